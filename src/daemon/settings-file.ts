// A settings file in YAML: which key stands on which line, with which texts.
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'

/** One key of the file, as camelCase whatever its spelling; `texts` is null where its value is neither text nor list. */
export type SettingsFileEntry = {
  readonly key: string
  readonly line: number
  readonly texts: readonly string[] | null
}

/** What stands in the file, and its syntax errors: sentences that begin with the file and the line. */
export type SettingsFile = { readonly entries: readonly SettingsFileEntry[]; readonly problems: readonly string[] }

/** Reads the text of a settings file; keys are camelCase or kebab-case. */
export function parseSettingsFile(path: string, text: string): SettingsFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const problems = document.errors.map(({ message, pos }) => {
    const { line, col } = lines.linePos(pos[0])
    return `${path}:${line}:${col}: ${message}`
  })
  if (problems.length > 0) return { entries: [], problems }
  if (document.contents === null) return { entries: [], problems: [] }
  if (!isMap<Node, Node | null>(document.contents)) {
    return {
      entries: [],
      problems: [`${path}:1: settings are written as keys with values, for example "api: 127.0.0.1:8080"`],
    }
  }
  const entries = document.contents.items.map(({ key, value }) => ({
    key: toCamelCase(String(isScalar(key) ? key.value : key)),
    line: lines.linePos(key.range?.[0] ?? 0).line,
    texts: textsOf(value),
  }))
  return { entries, problems: [] }
}

function textsOf(value: Node | null): readonly string[] | null {
  if (isScalar(value)) return value.value === null ? null : [textOf(value)]
  if (!isSeq<Node>(value)) return null
  return value.items.every((item) => isScalar(item)) ? value.items.map((item) => textOf(item)) : null
}

/** As written: `0x10` and `1_0` stay what the user typed, not what YAML reads into them. */
function textOf(scalar: { readonly value: unknown; readonly source?: string }): string {
  return typeof scalar.value === 'string' ? scalar.value : (scalar.source ?? String(scalar.value))
}

function toCamelCase(key: string): string {
  return key.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
