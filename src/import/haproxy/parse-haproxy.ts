// Reads a haproxy.cfg: sections of lines of words. What they mean is not known here.

/** One line of a section. */
export type ConfigLine = { readonly words: readonly string[]; readonly line: number }

/** A section with its keyword and name: `backend api`. */
export type ConfigSection = {
  readonly keyword: string
  readonly name: string
  readonly line: number
  readonly lines: readonly ConfigLine[]
}

const SECTIONS: ReadonlySet<string> = new Set([
  'backend',
  'cache',
  'crt-store',
  'defaults',
  'fcgi-app',
  'frontend',
  'global',
  'http-errors',
  'listen',
  'log-forward',
  'mailers',
  'peers',
  'program',
  'resolvers',
  'ring',
  'traces',
  'userlist',
])

/** The sections; what stands before the first one belongs to a section without a keyword. */
export function parseHaproxy(text: string): ConfigSection[] {
  const sections: (ConfigSection & { lines: ConfigLine[] })[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const words = splitWords(line)
    const [keyword = '', name = ''] = words
    if (words.length === 0) continue
    const last = sections.at(-1)
    if (SECTIONS.has(keyword)) sections.push({ keyword, name, line: index + 1, lines: [] })
    else if (last) last.lines.push({ words, line: index + 1 })
    else sections.push({ keyword: '', name: '', line: index + 1, lines: [{ words, line: index + 1 }] })
  }
  return sections
}

/** Words as HAProxy splits them: quotes keep spaces, a backslash what follows it, `#` ends the line. */
function splitWords(line: string): string[] {
  const words: string[] = []
  for (const [piece] of line.matchAll(/#.*$|(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'#\\])+/g)) {
    if (piece.startsWith('#')) break
    words.push(
      piece.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/g, (_, double?: string, single?: string, one?: string) =>
        double === undefined ? (single ?? one ?? '') : double.replace(/\\(.)/g, '$1'),
      ),
    )
  }
  return words
}
