// What is really running, as read from HAProxy and from what its worker has been told.
import { type Config, EMPTY_CONFIG, type Server } from '../model/config.ts'
import { ownPlaceOf } from '../model/place.ts'
import { Table } from '../model/table.ts'
import type { ServerRef } from './action.ts'

/** Servers of one place that HAProxy knows and nobody wants any more. In maintenance: nothing new reaches them. */
export type Leavers = { readonly owner: string; readonly pool: string; readonly servers: readonly Server[] }

/** A place nobody is sent to any more; requests that were on their way may still be in it. */
export type Left = {
  readonly owner: string
  /** The id of the pool that stood there. */
  readonly pool: string
  /** Whose reserve it belongs to; null for a place that was made for this pool. */
  readonly profile: string | null
  /** Since when, in milliseconds since 1970. */
  readonly sinceMs: number
  /** How long requests may still be on their way in it. */
  readonly graceMs: number
}

/** Which pool stands where, and what is in reserve. */
export type Ledger = {
  /** By pool's id; a pool that is missing stands in its own place. */
  readonly places: Table<string, string>
  /** The profile of each place that was taken from the reserve, by place. */
  readonly profiles: Table<string, string>
  /** By place. */
  readonly left: Table<string, Left>
  /** By place. */
  readonly leavers: Table<string, Leavers>
  /** Free places by profile, the next one to be taken first. */
  readonly spares: Table<string, readonly string[]>
}

export const NEW_LEDGER: Ledger = {
  places: Table(),
  profiles: Table(),
  left: Table(),
  leavers: Table(),
  spares: Table(),
}

/** A row of a map in HAProxy that is not as it was told; null where there is none. */
export type OddRow = {
  readonly map: string
  readonly key: string
  readonly live: string | null
  readonly told: string | null
}

/** What of the running process somebody switched off. */
export type SwitchedOff = {
  /** Ids of listeners that take no connection. */
  readonly listeners: readonly string[]
  /** Servers whose health is not checked any more. */
  readonly checks: readonly ServerRef[]
}

/** The state a plan starts from. */
export type Running = {
  /** Listeners, routes and pools as the worker was told; weights, addresses and states of servers as they are live. */
  readonly config: Config
  readonly ledger: Ledger
  /** Digest of the process-wide settings the worker was started with; empty when nothing is known of it. */
  readonly processDigest: string
  /** Whether this is what was told and read back before, without another look at it: who is unchanged need not be compared. */
  readonly isTold: boolean
  /** Rows somebody else changed. */
  readonly odd: readonly OddRow[]
  /** Absent: nothing, or not looked at. */
  readonly switchedOff?: SwitchedOff
  /** Certificates on listeners that nobody of ours brought there; absent: none, or not looked at. */
  readonly strayCertificates?: readonly { readonly listener: string; readonly path: string }[]
  /** Leavers, as `place server`, to which nothing can be under way any more. */
  readonly quiet: ReadonlySet<string>
  /** Left places in which no request can be on its way any more. */
  readonly ripe: ReadonlySet<string>
}

/** Something runs of which we do not know what it was told. */
export const UNKNOWN: Running = {
  config: EMPTY_CONFIG,
  ledger: NEW_LEDGER,
  processDigest: '',
  isTold: false,
  odd: [],
  quiet: new Set(),
  ripe: new Set(),
}

/** Where a plan leads. */
export type Desired = { readonly config: Config; readonly processDigest: string }

/** Where a pool stands. */
export function placeOf(ledger: Ledger, poolId: string): string {
  return ledger.places.get(poolId) ?? ownPlaceOf(poolId)
}
