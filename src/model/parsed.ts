// The answer of every text parser: a value, or one sentence for a person.

/** What a `parseX` function answers: the value, or a sentence that says what was given and what is allowed. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string }

/** A value that was understood. */
export function accepted<T>(value: T): Parsed<T> {
  return { ok: true, value }
}

/** A text that was not understood; `message` says what was given, what is allowed. */
export function refused(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message }
}

/** A user's text as it may stand in a sentence: quoted, control characters shown as escapes, at most 60 characters. */
export function quoted(text: unknown): string {
  const shown = JSON.stringify(text) ?? String(text)
  return shown.length > 60 ? `${shown.slice(0, 57)}…"` : shown
}
