// What becomes of a directive that HAProxy no longer takes.

/** Lines instead of it, none where it is left out; or a refusal that says what to write. */
export type Rewrite =
  | {
      readonly kind: 'replaced'
      readonly lines: readonly string[]
      /** A note is for information; a warning is for the author of the template. */
      readonly level: 'warning' | 'note'
      readonly because: string
    }
  | { readonly kind: 'refused'; readonly message: string }

/** These lines stand for it. */
export function replacedBy(lines: readonly string[], because: string): Rewrite {
  return { kind: 'replaced', lines, level: 'warning', because }
}

/** It is left out without loss. */
export function leftOut(because: string, level: 'warning' | 'note' = 'warning'): Rewrite {
  return { kind: 'replaced', lines: [], level, because }
}

/** Nothing stands for it for sure; `advice` says what to write. */
export function refusedFor(directive: string, advice: string): Rewrite {
  return {
    kind: 'refused',
    message: `"${directive}" is no longer known to HAProxy and cannot be translated for sure; ${advice}`,
  }
}
