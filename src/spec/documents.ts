// Resource files: YAML or JSON, one or many load balancers, every mistake at its line and column. The same for all who read them.
import {
  type Document,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
} from 'yaml'
import { normaliseResource } from './dialect.ts'
import { parseResource, type SpecProblem } from './parse-resource.ts'
import type { LoadBalancerInput } from './schema.ts'

/** A fault at its place in the text; `line` and `column` count from 1, `path` is the key's, empty where it is no key's. */
export type Fault = { readonly line: number; readonly column: number; readonly path: string; readonly message: string }

/** One load balancer of the text, whole or with its faults. */
export type Item = {
  readonly name: string | null
  /** Counted from 0 over the whole text. */
  readonly index: number
  readonly resource: LoadBalancerInput | null
  readonly faults: readonly Fault[]
  /** The place of a problem that was found later. */
  readonly locate: (problem: SpecProblem) => Fault
}

/** The text's items; or the faults that make it unreadable as YAML. */
export type Documents =
  | { readonly ok: true; readonly items: readonly Item[] }
  | { readonly ok: false; readonly faults: readonly Fault[] }

/** Reads documents parted by `---`, and lists of resources: at the top, or under `items` or `resources`. */
export function parseDocuments(text: string): Documents {
  const lines = new LineCounter()
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const documents = 'empty' in parsed ? [] : parsed
  const mayHaveAlias = /[&*]/.test(text)
  const faults = documents.flatMap((document) => [
    ...[...document.errors, ...document.warnings].map((error) => toFault(lines, error.pos[0], '', error.message)),
    ...(document.errors.length > 0 || !mayHaveAlias ? [] : findAliasFault(document)),
  ])
  if (faults.length > 0) return { ok: false, faults }
  const found = documents.flatMap((document) => listResources(document.contents).map((node) => ({ document, node })))
  return { ok: true, items: found.map(({ document, node }, index) => readItem(document, node, index, lines)) }
}

/** "lb.yml:7:15: spec.port: …". */
export function formatFault(file: string, { path, message, ...place }: Fault): string {
  return `${formatFaultPlace(file, { path, message, ...place })}: ${message}`
}

/** The same without the message: "lb.yml:7:15: spec.port". */
export function formatFaultPlace(file: string, { line, column, path }: Fault): string {
  return `${file}:${line}:${column}${path === '' ? '' : `: ${path}`}`
}

/** Aliases are followed only when a document becomes a value; the library throws where one leads nowhere, or too far. */
function findAliasFault(document: Document.Parsed): Fault[] {
  try {
    // A value that contains itself throws here.
    JSON.stringify(document.toJS({ maxAliasCount: 100 }))
    return []
  } catch (cause) {
    return [{ line: 1, column: 1, path: '', message: cause instanceof Error ? cause.message : String(cause) }]
  }
}

/** The resources of one document: itself, or the members of its list. An empty document, a lone `---`, holds none. */
function listResources(node: unknown): Node[] {
  // An empty item of a list is a mistake; an empty document is none.
  if (isSeq<Node>(node)) return node.items.flatMap((item) => (isScalar(item) ? [item] : listResources(item)))
  if (isMap(node)) {
    const items = node.get('items', true) ?? node.get('resources', true)
    return isSeq(items) && !node.has('spec') ? listResources(items) : [node]
  }
  if (node === null || node === undefined || (isScalar(node) && node.value === null)) return []
  return [node as Node]
}

function readItem(document: Document.Parsed, node: Node, index: number, lines: LineCounter): Item {
  const value: unknown = node.toJS(document, { maxAliasCount: 100 })
  const parsed = parseResource(value)
  const named = parsed.ok ? parsed.value : normaliseResource(value)
  const name =
    typeof named === 'object' && named !== null && 'name' in named && typeof named.name === 'string' ? named.name : null
  const locate = ({ path, message }: SpecProblem) =>
    toFault(lines, (findNode(node, path) ?? node).range?.[0] ?? 0, path, message)
  if (parsed.ok) return { name: parsed.value.name, index, resource: parsed.value, faults: [], locate }
  return { name, index, resource: null, faults: parsed.problems.map(locate), locate }
}

/** Where a path such as `spec.backends[0].weight` stands: its value, or its key where the value fills lines of its own. */
function findNode(root: Node, path: string): Node | null {
  let found: Node | null = root
  let place: Node | null = root
  for (const step of path.split(/[.[\]]+/).filter(Boolean)) {
    const pair: Pair<Node, Node | null> | undefined = isMap<Node, Node | null>(found)
      ? found.items.find(({ key }) => isKey(key, step))
      : undefined
    const next: Node | null = pair ? pair.value : isSeq<Node>(found) ? (found.items[Number(step)] ?? null) : null
    if (!pair && !next) return place
    place = pair && (next === null || isCollection(next)) ? pair.key : next
    found = next
  }
  return place
}

/** Keys count in both spellings: the problem is told in camelCase, the file may say snake_case. */
function isKey(key: unknown, step: string): boolean {
  const text = String(isScalar(key) ? key.value : key)
  return text === step || text.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()) === step
}

function toFault(lines: LineCounter, offset: number, path: string, message: string): Fault {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col), path, message: message.split('\n')[0] ?? message }
}
