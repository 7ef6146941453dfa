// A zone's primary server, and what it is asked about.
import type { ServerAddress } from '../wire/exchange.ts'
import type { TsigKey } from './tsig-key.ts'

/** How a primary is spoken to. */
export type Primary = {
  readonly server: ServerAddress
  /** null: it goes by our address. */
  readonly key: TsigKey | null
  /** For connecting, asking and the whole answer. */
  readonly timeoutMs: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** What a message is about, and the answers that its sender can go on with. */
export type Subject = {
  readonly zone: string
  readonly name: string
  readonly isChange: boolean
  readonly allowed: readonly number[]
}
