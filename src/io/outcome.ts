// The world's answer as a value, for callers to whom a refusal is one of the answers they expect.

/** What a promise came to. `error.code` is the system's word ("ENOENT") where the system refused. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: NodeJS.ErrnoException }

/** Waits for a promise and answers how it ended; never rejects. */
export function outcomeOf<T>(promise: Promise<T>): Promise<Outcome<T>> {
  return promise.then(
    (value) => ({ ok: true, value }),
    (thrown: unknown) => ({ ok: false, error: thrown instanceof Error ? thrown : new Error(String(thrown)) }),
  )
}
