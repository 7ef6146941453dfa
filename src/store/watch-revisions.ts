// Revisions as they happen: read from the log in order, woken by this process's writes and by a look at other processes'.
import type { EventEmitter } from 'node:events'
import type { Revision } from './store.ts'

/** How often to look whether another process has written. A look costs some microseconds. */
const LOOK_EVERY_MS = 200

/** How many revisions are read from the database at once. */
const PAGE = 256

/** Where revisions come from. */
export type RevisionLog<T> = {
  /** The first revisions above this one, in order. */
  readonly read: (after: number, limit: number) => readonly Revision<T>[]
  /** A number that is another one after a commit of another connection. */
  readonly foreignCommits: () => number
  /** Emits `written` after each commit of this connection. */
  readonly writes: EventEmitter
}

/** Every revision above `after`, in order, without gap or repetition, until the signal aborts. */
export async function* watchRevisions<T>(
  log: RevisionLog<T>,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<Revision<T>, void, undefined> {
  let seen = after
  while (!signal.aborted) {
    // Read before the log is: a commit in between then wakes us for nothing, and none is missed.
    const commits = log.foreignCommits()
    const page = log.read(seen, PAGE)
    for (const revision of page) {
      if (signal.aborted) return
      seen = revision.revision
      yield revision
    }
    if (page.length === 0) await nextCommit(log, commits, signal)
  }
}

/** Resolves after the next commit of anyone, or when the signal aborts. */
function nextCommit<T>(log: RevisionLog<T>, commits: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      try {
        if (log.foreignCommits() !== commits) finish()
      } catch (failure) {
        stop()
        reject(failure)
      }
    }
    const stop = () => {
      clearInterval(timer)
      log.writes.off('written', finish)
      signal.removeEventListener('abort', finish)
    }
    const finish = () => {
      stop()
      resolve()
    }
    const timer = setInterval(look, LOOK_EVERY_MS)
    log.writes.once('written', finish)
    signal.addEventListener('abort', finish, { once: true })
  })
}
