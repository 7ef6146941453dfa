// One word of a configuration line, whatever characters it is made of.

/** Escapes what HAProxy's parser would take for a space, a quote, a comment or an escape (manual, section 2.2). */
export function renderWord(text: string): string {
  return text.replace(/[\\'"#\s]/g, '\\$&')
}
