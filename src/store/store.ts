// The store's contract: what every store (SQLite now, etcd later) promises its users.

/** One object as it stands: the newest revision of it. */
export type Stored<T> = {
  readonly name: string
  /** Stable for the object's life: `lb-` and 10 random characters. */
  readonly id: string
  readonly value: T
  /** 1 at creation, one more with each change; what If-Match is held against. */
  readonly version: number
  readonly createdAt: string
  readonly updatedAt: string
}

/** One change, as history tells it. `value` is null for a deletion. */
export type Revision<T> = {
  /** Grows over all objects; no two changes share one. */
  readonly revision: number
  readonly name: string
  readonly id: string
  readonly version: number
  readonly action: 'create' | 'update' | 'delete' | 'rollback'
  readonly value: T | null
  readonly author: string
  /** ISO 8601, UTC. */
  readonly time: string
}

/** What a write expects to find; a write that finds something else changes nothing. */
export type Expectation = { readonly absent: true } | { readonly present: true; readonly version?: number }

/** Why a write was not done. */
export type Refusal = { readonly code: 'exists' | 'not_found' | 'version_conflict'; readonly message: string }

export type Written<T> =
  | { readonly ok: true; readonly stored: Stored<T>; readonly revision: number }
  | { readonly ok: false; readonly refusal: Refusal }

/**
 * Named objects of one kind with every revision of them.
 *
 * - A write that answered is on disk: kill -9 or a power cut after it loses nothing.
 * - A write is atomic: the object and its revision are both there or neither is; of two writers with the same
 *   expected version exactly one succeeds.
 * - Names are unique; after a deletion the name is free again, its history stays, and versions go on counting.
 * - `watch(after)` yields every revision above `after`, in order, without gap or repetition, those written by other
 *   processes included, until the signal aborts; then it ends without an error.
 * - Every method may block the thread for one disk write at most; failures of the disk are thrown as `Failure`.
 */
export interface Store<T> {
  list(): readonly Stored<T>[]
  get(name: string): Stored<T> | undefined
  put(
    name: string,
    value: T,
    options: { readonly expect: Expectation; readonly author: string; readonly action?: 'rollback' },
  ): Written<T>
  delete(name: string, options: { readonly version?: number; readonly author: string }): Written<T>
  /** Newest first. Empty for a name never seen. */
  history(name: string): readonly Revision<T>[]
  /** Every revision above `after`, in order. */
  revisionsAbove(after: number): readonly Revision<T>[]
  /** The newest revision number; 0 for an empty store. */
  revision(): number
  watch(after: number, signal: AbortSignal): AsyncIterable<Revision<T>>
  close(): void
}
