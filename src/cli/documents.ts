// Resource files: YAML or JSON, one or many resources, every mistake at its line and column.
import { isCollection, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseAllDocuments } from 'yaml'
import { outcomeOf } from '../io/outcome.ts'
import type { LoadBalancerInput } from '../spec/schema.ts'
import { judgeResource } from './check-input.ts'
import type { Detail } from './refusal.ts'

/** What a file holds: checked resources, and what is wrong with the others; `path` is "lb.yml:7:15: spec.port". */
export type ReadDocuments = { readonly resources: readonly LoadBalancerInput[]; readonly problems: readonly Detail[] }

type Place = (node: Node | null) => string

/** Reads documents parted by `---`, and lists of resources: `items:`, or a list at the top. Changes nothing, sends nothing. */
export async function readDocuments(text: string, file: string): Promise<ReadDocuments> {
  const counter = new LineCounter()
  const place = (offset: number) => {
    const { line, col } = counter.linePos(offset)
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`
  }
  const documents = parseAllDocuments(text, { lineCounter: counter, prettyErrors: false })
  const resources: LoadBalancerInput[] = []
  const problems: Detail[] = []
  for (const document of 'empty' in documents ? [] : documents) {
    const faults = [...document.errors, ...document.warnings]
    problems.push(...faults.map(({ message, pos }) => ({ path: place(pos[0]), message })))
    if (faults.length > 0) continue
    for (const node of listResources(document.contents)) {
      const value = await outcomeOf(Promise.try((): unknown => node.toJS(document, { maxAliasCount: 100 })))
      const at: Place = (inner) => place((inner ?? node).range?.[0] ?? 0)
      if (!value.ok) problems.push({ path: at(node), message: value.error.message })
      else await judge(node, value.value, at, { resources, problems })
    }
  }
  return { resources, problems: [...problems, ...findTwice(resources, file)] }
}

async function judge(
  node: Node,
  value: unknown,
  place: Place,
  { resources, problems }: { resources: LoadBalancerInput[]; problems: Detail[] },
): Promise<void> {
  const kind = isMap(node) ? node.get('kind') : undefined
  if (kind !== undefined && kind !== 'LoadBalancer') {
    problems.push({ path: place(node), message: `${JSON.stringify(kind)} is no kind Fairlead knows; use LoadBalancer` })
    return
  }
  const checked = await judgeResource(value)
  if (checked.ok) resources.push(checked.value)
  else {
    for (const { path, message } of checked.problems) {
      problems.push({ path: `${place(findNode(node, path))}${path === '' ? '' : `: ${path}`}`, message })
    }
  }
}

/** The resources of one document: itself, or the members of its list. An empty document holds none. */
function listResources(node: unknown): Node[] {
  if (isSeq<Node>(node)) return node.items.flatMap(listResources)
  if (isMap(node)) {
    const items = node.get('items', true) ?? node.get('resources', true)
    return isSeq(items) && !node.has('spec') ? listResources(items) : [node]
  }
  if (node === null || node === undefined || (isScalar(node) && node.value === null)) return []
  return [node as Node]
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

function findTwice(resources: readonly LoadBalancerInput[], file: string): Detail[] {
  const names = resources.map(({ name }) => name)
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index))
  return [...twice].map((name) => ({ path: file, message: `${name} stands there more than once; keep one` }))
}
