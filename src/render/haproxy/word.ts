// One word of a configuration line, whatever characters it is made of.

/** Escapes what HAProxy's parser would take for a space, a quote, a comment or an escape (manual, section 2.2). */
export function renderWord(text: string): string {
  return text.replace(/[\\'"#\s]/g, (character) => ESCAPED[character] ?? `\\${character}`)
}

/** Those that a backslash does not carry over the end of a line. */
const ESCAPED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** The same where HAProxy reads a log format: `%` stands for itself. */
export function renderFormat(text: string): string {
  return renderWord(text.replaceAll('%', '%%'))
}
