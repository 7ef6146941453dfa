// What the clients saw, counted, and which change was being made when they saw it.

export const CLIENT_KINDS = ['keep-alive', 'quiet keep-alive', 'new connection', 'tls', 'http2', 'websocket'] as const
export type ClientKind = (typeof CLIENT_KINDS)[number]

/**
 * How a request ended. `reset`: the connection broke before the answer was whole; `failed`: any other answer than the
 * one expected, or none in time. `retried` counts refusals that allow a second try.
 */
export type Heard = {
  readonly result: 'ok' | 'failed' | 'reset'
  /** What was seen instead of the answer; empty where all is well. */
  readonly why: string
  readonly retried: number
}

/** One failure, for the report. */
export type SeenFailure = {
  /** Time since the load began, in milliseconds. */
  readonly atMs: number
  readonly client: ClientKind
  /** Host and path of the request. */
  readonly asked: string
  readonly result: 'failed' | 'reset'
  readonly why: string
  /** The change that was being made, or the last one that had been. */
  readonly during: string
}

/** A request: where it goes on the one port. */
export type Place = { readonly host: string; readonly path: string }

/** So many failures are kept in words. */
const MOST_TOLD = 20

/** The count of one run. */
export class Tally {
  readonly requests: Record<ClientKind, number>
  readonly failures: SeenFailure[] = []
  failed = 0
  reset = 0
  retried = 0
  /** What is being changed right now, in words. */
  during = 'before the first change'
  readonly #startMs = performance.now()

  constructor() {
    this.requests = { 'keep-alive': 0, 'quiet keep-alive': 0, 'new connection': 0, tls: 0, http2: 0, websocket: 0 }
  }

  /** Counts one request and how it ended. A message of a WebSocket counts as a request. */
  count(client: ClientKind, { host, path }: Place, { result, why, retried }: Heard): void {
    this.requests[client]++
    this.retried += retried
    if (result === 'ok') return
    this[result]++
    const atMs = Math.round(performance.now() - this.#startMs)
    if (this.failures.length >= MOST_TOLD) return
    this.failures.push({ atMs, client, asked: `${host}${path}`, result, why, during: this.during })
  }
}
