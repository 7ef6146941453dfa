// How the template engine stops at the first fault: a computation yields it and is never resumed.

/** Why a template cannot be rendered; `position` counts UTF-16 units from the start of its text. */
export type Fault = { readonly position: number; readonly message: string }

/** A computation that may stop at a fault; callers pass it on with `yield*`. */
export type Steps<T> = Generator<Fault, T, undefined>

/** Stops the computation here. */
export function* stopAt(position: number, message: string): Steps<never> {
  for (;;) yield { position, message }
}

/** What a computation came to: its value, or the fault it stopped at. */
export type Settled<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault }

/** Runs a computation to its end or its first fault. */
export function settle<T>(steps: Steps<T>): Settled<T> {
  const next = steps.next()
  return next.done ? { ok: true, value: next.value } : { ok: false, fault: next.value }
}
