// A YAML text with one or more load balancers: each document read, each fault at its line and column.
import { type Document, isNode, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml'
import { normaliseResource } from '../../spec/dialect.ts'
import { formatSpecProblem, parseResource, type SpecProblem } from '../../spec/parse-resource.ts'
import type { LoadBalancerInput } from '../../spec/schema.ts'

/** A fault at its place in the text; `line` and `column` count from 1. */
export type Fault = { readonly line: number; readonly column: number; readonly message: string }

/** One load balancer of the text, whole or with its faults. */
export type Item = {
  readonly name: string | null
  readonly index: number
  readonly resource: LoadBalancerInput | null
  readonly faults: readonly Fault[]
}

/** The text's items; or the faults that make it unreadable as YAML. */
export type Documents =
  | { readonly ok: true; readonly items: readonly Item[] }
  | { readonly ok: false; readonly faults: readonly Fault[] }

type Path = readonly (string | number)[]

/** Reads documents separated by `---`; one document may also be a list, or hold a list under `items`. */
export function parseDocuments(text: string): Documents {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const syntax = documents.flatMap((document) =>
    document.errors.map((error) => toFault(lines, error.pos[0], error.message)),
  )
  if (syntax.length > 0) return { ok: false, faults: syntax }
  const aliases = documents.flatMap((document) => findAliasFault(document))
  if (aliases.length > 0) return { ok: false, faults: aliases }
  const items = documents.flatMap((document) => splitDocument(document).map((path) => ({ document, path })))
  return { ok: true, items: items.map(({ document, path }, index) => readItem(document, path, index, lines)) }
}

/** Aliases are followed only when a document becomes a value; the library throws where one leads nowhere, or too far. */
function findAliasFault(document: Document.Parsed): Fault[] {
  try {
    // A value that contains itself throws here.
    JSON.stringify(document.toJS({ maxAliasCount: 100 }))
    return []
  } catch (cause) {
    return [{ line: 1, column: 1, message: cause instanceof Error ? cause.message : String(cause) }]
  }
}

/** "lb.yml:7:15: spec.port: …". */
export function formatFault(file: string, fault: Fault): string {
  return `${file}:${fault.line}:${fault.column}: ${fault.message}`
}

/** Where in a document its load balancers stand. */
function splitDocument(document: Document.Parsed): Path[] {
  // A lone `---`, as many files end with, is an empty document.
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) return []
  if (isSeq(document.contents)) return document.contents.items.map((_, index) => [index])
  const items = document.get('items', true)
  return isSeq(items) ? items.items.map((_, index) => ['items', index]) : [[]]
}

function readItem(document: Document.Parsed, path: Path, index: number, lines: LineCounter): Item {
  const node = path.length === 0 ? document.contents : document.getIn(path, true)
  const value: unknown = isNode(node) ? node.toJS(document, { maxAliasCount: 100 }) : node
  const parsed = parseResource(value)
  const named = normaliseResource(value)
  const name =
    typeof named === 'object' && named !== null && 'name' in named && typeof named.name === 'string' ? named.name : null
  if (parsed.ok) return { name: parsed.value.name, index, resource: parsed.value, faults: [] }
  return {
    name,
    index,
    resource: null,
    faults: parsed.problems.map((problem) => locate(document, path, problem, lines)),
  }
}

/** The place of the nearest node on the way to the faulty key that stands in the text. */
function locate(document: Document.Parsed, base: Path, problem: SpecProblem, lines: LineCounter): Fault {
  const steps = problem.path.split(/[.[\]]+/).filter((step) => step !== '')
  for (let length = steps.length; length >= 0; length--) {
    const path = [...base, ...steps.slice(0, length).map((step) => (/^\d+$/.test(step) ? Number(step) : step))]
    const node = path.length === 0 ? document.contents : document.getIn(path, true)
    const range =
      typeof node === 'object' && node !== null && 'range' in node
        ? (node.range as [number, number, number] | null)
        : null
    if (range) return toFault(lines, range[0], formatSpecProblem(problem))
  }
  return { line: 1, column: 1, message: formatSpecProblem(problem) }
}

function toFault(lines: LineCounter, offset: number, message: string): Fault {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col), message: message.split('\n')[0] ?? message }
}
