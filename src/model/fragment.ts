// A fragment: one origin's small complete Config, and where it came from.
import type { CertificateSource } from './certificate.ts'
import type { ListenerTimeouts, Mode, Pool, Route, TlsVersion } from './config.ts'
import type { Detour, Switch } from './detour.ts'
import type { TlsSettings } from './tls-guideline.ts'

/** Where a fragment came from. Of two that want the same thing the older one (`since`) keeps it, then the alphabet. */
export type Origin = {
  /** The kind of source: store, file, docker, … */
  readonly source: string
  /** Which object there: a resource's name, a file's path and item. */
  readonly id: string
  /** When it first appeared, in milliseconds since 1970. */
  readonly since: number
  /** Grows with each change of the object. */
  readonly version: number
}

/** Something a user must fix. Never thrown; shown in status, API, CLI and log. */
export type Problem = {
  /** Short and stable, for programs: `conflict`, `invalid`, `unresolved`, … */
  readonly code: string
  /** One sentence: what was given, what is allowed, what to do. */
  readonly message: string
  /** Where in the resource: `spec.backends[0].weight`. */
  readonly path?: string
  /** false: told, but the object serves all the same. */
  readonly fatal: boolean
}

/** What a fragment asks a listener to be; several may share one when they ask for the same. */
export type ListenerWish = {
  readonly address: string
  readonly port: number
  readonly mode: Mode
  /** Only what the user stated; null leaves it to the others or to the default. */
  readonly timeouts: { readonly [K in keyof ListenerTimeouts]: number | null }
  /** Absent: not encrypted. */
  readonly tls?: {
    readonly minVersion: TlsVersion | null
    /** One of the guideline's configurations; absent: that is left to the others. */
    readonly settings?: TlsSettings
    /** The file of the CAs whose clients it lets in; absent: it asks for no certificate. */
    readonly clientCa?: string
    /** Whether a name nobody serves is to be refused; absent: that is left to the others. */
    readonly isStrict?: boolean
    /** Whether clients may speak HTTP/2; absent: that is left to the others. */
    readonly http2?: boolean
    /** Of TLS 1.2, as OpenSSL writes them; absent: that is left to the others. */
    readonly ciphers?: string
  }
  /** Clients speak TLS to the servers, and the name they ask for (SNI) says which; absent: they do not. */
  readonly sni?: true
  /** Clients say who they are by the PROXY protocol; absent: they do not. */
  readonly acceptProxy?: true
  /** A path that HAProxy itself answers; absent: that is left to the others. */
  readonly monitorUri?: string
  /** Routes with conditions; absent: none. */
  readonly switches?: readonly Switch[]
  /** Steps its routes need; absent: none. */
  readonly detours?: readonly Detour[]
}

/** What a fragment serves on a listener that speaks TLS. */
export type CertificateWish = {
  readonly listener: string
  readonly source: CertificateSource
  /** Whom it asks for a certificate; absent: nobody. */
  readonly clients?: ClientsWish
  /** Whether it is to answer where no certificate has the name; absent: where nobody older does. */
  readonly isDefault?: boolean
  /** Whether one that is obtained stays as it is until it expires; absent: it is renewed in time. */
  readonly autoRenew?: false
  /** Tells it from the others of its fragment there; absent: the first of them, or the only one. */
  readonly part?: string
}

/** Clients that prove by a certificate who they are. */
export type ClientsWish = {
  /** Where the CAs stand that their certificates come from. */
  readonly authority: CertificateSource
  /** Whether one without a certificate stays out. */
  readonly isRequired: boolean
  /** Who asks for one of these names is asked; absent: for any name of the certificate that is served. */
  readonly names?: readonly string[]
}

/** Everything a fragment needs read of certificates. */
export function certificateSourcesOf({ certificates = [] }: Pick<Fragment, 'certificates'>): CertificateSource[] {
  return certificates.flatMap(({ source, clients }) => (clients ? [source, clients.authority] : [source]))
}

/** A resource as a user wrote it; only `spec/` looks inside. */
export type DescribedResource = {
  readonly name: string
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly spec: object
}

/** One load balancer as its source tells it: taken whole or refused whole. */
export type Fragment = {
  readonly origin: Origin
  /** The load balancer's name. */
  readonly name: string
  /** Only nodes of this vpc serve it; null: every node. */
  readonly vpc: string | null
  readonly listeners: readonly ListenerWish[]
  readonly routes: readonly Route[]
  readonly pools: readonly Pool[]
  /** Absent: none. */
  readonly certificates?: readonly CertificateWish[]
  /** The names it says are its own, for DNS; absent: none. */
  readonly domains?: readonly string[]
  /** What takes the place of its listeners and routes while a domain of its has no certificate yet: http serves. Absent: they stay. */
  readonly meanwhile?: Pick<Fragment, 'listeners' | 'routes'>
  /** Whole sections of HAProxy's configuration, written by a template of the user's; absent: none. */
  readonly text?: string
  /** The resource as its source tells it, for showing. */
  readonly resource: DescribedResource
  /** What the source or the spec had to say about it, without refusing it. */
  readonly problems: readonly Problem[]
}

/** The same, of an object that could not be understood: it is told, and its last good version is kept. */
export type BrokenFragment = { readonly origin: Origin; readonly name: string; readonly broken: readonly Problem[] }

/** A source's complete current truth. */
export type Word = readonly (Fragment | BrokenFragment)[]

/** Oldest first, then the alphabet: the order in which fragments get what they ask for. */
export function compareAge(a: Fragment | BrokenFragment, b: Fragment | BrokenFragment): number {
  return (
    a.origin.since - b.origin.since || compare(a.origin.source, b.origin.source) || compare(a.origin.id, b.origin.id)
  )
}

/** Of fragments with one name, the one that has it. */
export function findWinners(word: Word): (Fragment | BrokenFragment)[] {
  const winners = new Map<string, Fragment | BrokenFragment>()
  for (const fragment of [...word].sort(compareAge))
    if (!winners.has(fragment.name)) winners.set(fragment.name, fragment)
  return [...winners.values()]
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
