// A configuration written for HAProxy 1.x as one that HAProxy 2.4 and newer take, with a word on every change.
import { type ConfigLine, splitLine } from './config-line.ts'
import { rewriteDirective, type Section } from './legacy-directives.ts'

/** One directive that was changed. A note is about how the process is run and needs nothing done. */
export type LegacyWarning = {
  readonly level: 'warning' | 'note'
  /** Counted from 1, in the text that was given. */
  readonly line: number
  readonly directive: string
  /** What stands there now; empty where it is left out. */
  readonly replacement: readonly string[]
  readonly because: string
}

/** A translated text; `lines` tells of each of its lines which line of the given text it came from, counted from 1. */
export type Translated =
  | {
      readonly ok: true
      readonly text: string
      readonly warnings: readonly LegacyWarning[]
      readonly lines: readonly number[]
    }
  | { readonly ok: false; readonly line: number; readonly message: string }

const SECTION =
  /^\s*(global|defaults|frontend|backend|listen|peers|resolvers|userlist|mailers|cache|program|ring|log-forward|http-errors|fcgi-app|crt-store|traces|acme)(?=\s|#|$)/

/** Translates a whole configuration, or says which line cannot be translated. */
export function translateLegacy(text: string): Translated {
  const given = text.split('\n')
  const sections = sectionsOf(given)
  const output: string[] = []
  const lines: number[] = []
  const warnings: LegacyWarning[] = []
  for (const [index, line] of given.entries()) {
    const split = splitLine(line)
    const section = sections[index]
    const rewrite = split && section ? rewriteDirective(split.words, section) : null
    if (rewrite?.kind === 'refused') return { ok: false, line: index + 1, message: rewrite.message }
    const made = split && rewrite ? layOut(split, rewrite.lines) : [line]
    output.push(...made)
    lines.push(...made.map(() => index + 1))
    if (!split || !rewrite) continue
    const directive = split.words.map(({ raw }) => raw).join(' ')
    warnings.push({
      level: rewrite.level,
      line: index + 1,
      directive,
      replacement: rewrite.lines,
      because: rewrite.because,
    })
  }
  return { ok: true, text: output.join('\n'), warnings, lines }
}

/** New lines at the place of an old one, which keeps its comment. */
function layOut({ indent, comment }: ConfigLine, lines: readonly string[]): string[] {
  if (lines.length === 0) return [comment === '' ? '' : `${indent}${comment.trimStart()}`]
  return lines.map((line, index) => `${indent}${line}${index === 0 ? comment : ''}`)
}

/** The section each line stands in; a section's first line belongs to it. */
function sectionsOf(lines: readonly string[]): Section[] {
  const starts = lines.map((line) => SECTION.exec(line)?.[1])
  const withTable = new Set<number>()
  let current = -1
  const owners = lines.map((line, index) => {
    if (starts[index] !== undefined) current = index
    if (/^\s*stick-table\s/.test(line)) withTable.add(current)
    return current
  })
  return owners.map((owner) => ({ kind: starts[owner] ?? '', hasStickTable: withTable.has(owner) }))
}
