// YAML as a tree of texts, each with the line it stands on: what a scalar means is for its reader to say.
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Place } from './stack-file-problem.ts'

/** One value of the file. A scalar is its text as written: `8080`, `true`; null where there is nothing. */
export type Tree =
  | { readonly kind: 'text'; readonly place: Place; readonly text: string | null }
  | { readonly kind: 'list'; readonly place: Place; readonly items: readonly Tree[] }
  | { readonly kind: 'map'; readonly place: Place; readonly entries: ReadonlyMap<string, Tree> }

export type ParsedTree =
  | { readonly ok: true; readonly tree: Tree }
  | { readonly ok: false; readonly place: Place; readonly message: string }

/** No kontena.yml is near it; aliases of aliases would be. */
const MOST_VALUES = 100_000

/** An alias inside of what it names has no end. */
const MOST_LEVELS = 100

/** Parses one document; `lineOf` says where a line of the text stands in the file. */
export function parseTree(file: string, text: string, lineOf: (line: number) => number = (line) => line): ParsedTree {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, merge: true })
  const placeOf = (offset: number): Place => ({ file, line: lineOf(Math.max(1, lines.linePos(offset).line)) })
  const [error] = document.errors
  if (error) return { ok: false, place: placeOf(error.pos[0]), message: error.message.split('\n')[0] ?? '' }
  let [values, level] = [0, 0]
  let fault: { place: Place; message: string } | null = null
  const refuse = (place: Place, message: string): Tree => {
    fault ??= { place, message }
    return { kind: 'text', place, text: null }
  }
  const read = (node: unknown, above: Place): Tree => {
    if (level > MOST_LEVELS) return refuse(above, `values lie in each other more than ${MOST_LEVELS} deep`)
    level++
    const tree = readNode(node, above)
    level--
    return tree
  }
  const readNode = (node: unknown, above: Place): Tree => {
    if (++values > MOST_VALUES)
      return refuse(above, `the file has more than ${MOST_VALUES} values, aliases counted out`)
    if (isAlias(node)) {
      const meant = node.resolve(document)
      return meant ? read(meant, above) : refuse(above, `the alias *${node.source} leads nowhere`)
    }
    const range = isScalar(node) || isMap(node) || isSeq(node) ? node.range : null
    const place = range ? placeOf(range[0]) : above
    if (isSeq(node)) return { kind: 'list', place, items: node.items.map((item) => read(item, place)) }
    if (isMap(node)) return { kind: 'map', place, entries: readEntries(node.items, place) }
    if (isScalar(node))
      return { kind: 'text', place, text: node.value === null ? null : (node.source ?? String(node.value)) }
    return { kind: 'text', place, text: null }
  }
  const readEntries = (pairs: readonly { key: unknown; value: unknown }[], above: Place): Map<string, Tree> => {
    const [own, merged] = [new Map<string, Tree>(), new Map<string, Tree>()]
    for (const { key, value } of pairs) {
      const name = isScalar(key) ? String(key.source ?? key.value) : String(key)
      // A key that fills lines of its own is looked for at its own line, not at its first child's.
      const place = isScalar(key) && key.range ? placeOf(key.range[0]) : above
      const tree = read(value, place)
      if (name === '<<') for (const [inner, each] of entriesOf(tree)) merged.set(inner, each)
      else own.set(name, isScalar(value) ? tree : { ...tree, place })
    }
    return new Map([...merged, ...own])
  }
  const tree = read(document.contents, { file, line: 1 })
  return fault ? { ok: false, ...(fault as { place: Place; message: string }) } : { ok: true, tree }
}

/** A map's entries; those of each of a list of maps, the first ones last, so that they win. */
function entriesOf(tree: Tree): [string, Tree][] {
  if (tree.kind === 'list') return tree.items.toReversed().flatMap(entriesOf)
  return tree.kind === 'map' ? [...tree.entries] : []
}

/** "a list", for a person. */
export function describeTree(tree: Tree): string {
  if (tree.kind !== 'text') return tree.kind === 'list' ? 'a list' : 'a map'
  return tree.text === null ? 'nothing' : JSON.stringify(tree.text)
}
