// An offer: one service of one container on one published port, as it was read from its labels.

import type { Container } from './container.ts'
import type { Json } from './json.ts'

/** A label and the key of the resource it was taken for. */
export type TakenLabel = { readonly label: string; readonly key: string }

/** A label that was not taken, and why. */
export type IgnoredLabel = { readonly label: string; readonly reason: string }

/** What a service wants. */
export type Wish = {
  /** `lb.name`; null: none was given. */
  readonly name: string | null
  readonly port: number
  /** In the form the system prints it. */
  readonly bind: string
  readonly mode: 'http' | 'tcp'
  /** Exact host or wildcard in lower case; null: any. */
  readonly host: string | null
  readonly path: string
  /** Where the container listens; null: it answers with a redirect and needs no server. */
  readonly targetPort: number | null
  readonly network: string | null
  readonly family: 4 | 6 | null
  readonly version: string | null
  readonly versionWeight: number | null
  /** Keys at the top of the spec: what the containers of one load balancer share. */
  readonly spec: Json
  /** Keys of the route beside host and path. */
  readonly route: Json
  /** Keys of this one server. */
  readonly server: Json
  readonly labels: Readonly<Record<string, string>>
}

/** One service of one container. */
export type Offer = {
  readonly container: Container
  /** Of `lb.<name>.publish`; null: the one without a name. */
  readonly name: string | null
  /** null: some of its labels make no sense; `faults` say which. */
  readonly wish: Wish | null
  readonly taken: readonly TakenLabel[]
  readonly ignored: readonly IgnoredLabel[]
  /** One sentence for each value that is no good. */
  readonly faults: readonly string[]
}

/** What was found on a container: its services, or one sentence on why there are none. */
export type Reading =
  | { readonly ok: true; readonly services: readonly Offer[] }
  | { readonly ok: false; readonly because: string }
