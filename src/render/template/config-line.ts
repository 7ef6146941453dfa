// One line of haproxy.cfg as HAProxy reads it: words with quotes and escapes undone, and a comment. A line never goes on in the next.

/** A word as written, and what HAProxy makes of it; `hasVariable` where the environment has a say in that. */
export type Word = { readonly raw: string; readonly value: string; readonly hasVariable: boolean }

export type ConfigLine = {
  readonly indent: string
  readonly words: readonly Word[]
  /** With its `#` and the blanks before it; empty where there is none. */
  readonly comment: string
}

const PIECE = /\\(?:x[\da-fA-F]{2}|[\s\S])?|"(?:\\[\s\S]|[^"\\])*"|'[^']*'|[^\s"'\\#]/y

/** Longer lines are left as they are: HAProxy refuses them. */
const LONGEST_LINE = 16_384

/** Splits a line; null for one that HAProxy refuses, such as an open quote. */
export function splitLine(line: string): ConfigLine | null {
  if (line.length > LONGEST_LINE) return null
  const indent = /^\s*/.exec(line)?.[0] ?? ''
  const words: Word[] = []
  let at = indent.length
  while (at < line.length && line[at] !== '#') {
    const word = wordAt(line, at)
    if (word.raw === '') return null
    words.push(word)
    at += word.raw.length
    if (!/^(?:\s+#|\s*$)/.test(line.slice(at))) at += /^\s*/.exec(line.slice(at))?.[0].length ?? 0
    else break
  }
  return { indent, words, comment: line.slice(at).trimEnd() }
}

function wordAt(line: string, start: number): Word {
  const values: string[] = []
  let hasVariable = false
  let at = start
  for (;;) {
    PIECE.lastIndex = at
    const piece = PIECE.exec(line)?.[0]
    if (piece === undefined) break
    if (piece.startsWith('"') && /(?<!\\)\$/.test(piece)) hasVariable = true
    values.push(unquote(piece))
    at += piece.length
  }
  const isOpen = at < line.length && /["']/.test(line[at] ?? '')
  return { raw: isOpen ? '' : line.slice(start, at), value: values.join(''), hasVariable }
}

function unquote(piece: string): string {
  if (piece.startsWith("'")) return piece.slice(1, -1)
  if (piece.startsWith('"'))
    return piece.slice(1, -1).replace(/\\(?:x[\da-fA-F]{2}|[\s\S])/g, (escaped) => unescapeChar(escaped, ' \\#"$'))
  return piece.startsWith('\\') ? unescapeChar(piece, ' \\#"\'') : piece
}

const CONTROLS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

/** HAProxy knows a few escapes and leaves the others as they are, so that regular expressions need no second backslash. */
function unescapeChar(escaped: string, known: string): string {
  const char = escaped.slice(1)
  if (char.length === 3) return String.fromCharCode(Number.parseInt(char.slice(1), 16))
  return CONTROLS[char] ?? (char !== '' && known.includes(char) ? char : escaped)
}

/** A value as one word, so that HAProxy reads exactly this value. */
export function quoteWord(value: string): string {
  if (/^[A-Za-z0-9_.:/@%+=,^*?|~!;()[\]{}<>&-]+$/.test(value)) return value
  return `'${value.replaceAll("'", `'\\''`)}'`
}
