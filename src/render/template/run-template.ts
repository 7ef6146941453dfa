// Runs a template's tree on a value: what it writes, and from where in the template each piece of it came.
import { fromBytes } from './bytes.ts'
import { evaluatePipe, type Frame, setVariable } from './evaluate.ts'
import { type Settled, type Steps, settle, stopAt } from './fault.ts'
import { formatPlain } from './format-value.ts'
import { Limits } from './limits.ts'
import type { Block, Template, TemplateNode } from './tree.ts'
import { describe, isTrue, sortedEntries, type Value, weigh } from './value.ts'

/** A piece of the output, as bytes; literal text keeps its lines, so later lines of it have their own origin. */
export type Piece = { readonly text: string; readonly position: number; readonly isLiteral: boolean }

/** What one run shares: the template, what it wrote, and how much it may still do. */
type Run = { readonly template: Template; readonly pieces: Piece[]; readonly limits: Limits }

/** How a list of nodes ended, where a range has to know it. */
type Leaving = 'break' | 'continue' | null

/** Renders a tree; the first fault ends it. */
export function runTemplate(template: Template, data: Value): Settled<readonly Piece[]> {
  const run: Run = { template, pieces: [], limits: new Limits() }
  return settle(runRoot(run, data))
}

function* runRoot(run: Run, data: Value): Steps<readonly Piece[]> {
  const frame: Frame = { variables: [{ name: '$', value: data }], limits: run.limits }
  yield* runNodes(run, frame, data, run.template.root)
  return run.pieces
}

function* runNodes(run: Run, frame: Frame, dot: Value, nodes: readonly TemplateNode[]): Steps<Leaving> {
  for (const node of nodes) {
    yield* run.limits.step(node.position)
    const leaving = yield* runNode(run, frame, dot, node)
    if (leaving !== null) return leaving
  }
  return null
}

function* runNode(run: Run, frame: Frame, dot: Value, node: TemplateNode): Steps<Leaving> {
  if (node.kind === 'text') yield* write(run, { text: node.text, position: node.position, isLiteral: true })
  else if (node.kind === 'action') {
    const value = yield* evaluatePipe(frame, dot, node.pipe)
    if (node.pipe.variables.length === 0) yield* writeValue(run, value, node.position)
  } else if (node.kind === 'template') yield* runNamed(run, frame, dot, node)
  else if (node.kind === 'leave') return node.how
  else return yield* run.limits.inside(node.position, () => runBlock(run, frame, dot, node))
  return null
}

function* writeValue(run: Run, value: Value, position: number): Steps<void> {
  yield* run.limits.step(position, weigh(value))
  yield* write(run, { text: value === null ? '<no value>' : formatPlain(value), position, isLiteral: false })
}

function* write({ pieces, limits }: Run, piece: Piece): Steps<void> {
  yield* limits.write(piece.position, piece.text.length)
  pieces.push(piece)
}

function* runBlock(run: Run, frame: Frame, dot: Value, node: Extract<TemplateNode, Block>): Steps<Leaving> {
  const mark = frame.variables.length
  const value = yield* evaluatePipe(frame, dot, node.pipe)
  const isChosen = node.kind === 'range' || isTrue(value)
  const leaving = !isChosen
    ? yield* runNodes(run, frame, dot, node.otherwise)
    : node.kind === 'range'
      ? yield* runRange(run, frame, dot, node, value)
      : yield* runNodes(run, frame, node.kind === 'with' ? value : dot, node.body)
  frame.variables.length = mark
  return leaving
}

function* runRange(
  run: Run,
  frame: Frame,
  dot: Value,
  node: Block & { position: number },
  value: Value,
): Steps<Leaving> {
  const mark = frame.variables.length
  const elements = elementsOf(value)
  if (elements === null)
    return yield* stopAt(
      node.pipe.position,
      `range goes over a list, a map or a whole number; this is ${describe(value)}`,
    )
  let isEmpty = true
  for (const [key, element] of elements) {
    isEmpty = false
    yield* run.limits.step(node.position)
    setElement(frame, node, key, element)
    const leaving = yield* runNodes(run, frame, element, node.body)
    frame.variables.length = mark
    if (leaving === 'break') return null
  }
  return isEmpty ? yield* runNodes(run, frame, dot, node.otherwise) : null
}

/** What range goes over, with its keys; null for what it cannot. */
function elementsOf(value: Value): Iterable<readonly [key: Value, element: Value]> | null {
  if (value === null) return []
  if (typeof value === 'bigint') return countTo(value)
  if (typeof value !== 'object' || value.kind === 'struct') return null
  if (value.kind === 'map') return sortedEntries(value)
  return value.items.map((item, index) => [BigInt(index), item] as const)
}

function* countTo(end: bigint): Generator<readonly [Value, Value]> {
  for (let number = 0n; number < end; number++) yield [number, number]
}

/** Sets the variables of a range: one is the element, of two the first is the key. */
function setElement(frame: Frame, { pipe }: Block, key: Value, element: Value): void {
  const values = pipe.variables.length > 1 ? [key, element] : [element]
  for (const [index, name] of pipe.variables.entries()) {
    const top = frame.variables.length - pipe.variables.length + index
    if (pipe.assigns) setVariable(frame, name, values[index] ?? null)
    else frame.variables[top] = { name, value: values[index] ?? null }
  }
}

type Call = Extract<TemplateNode, { readonly kind: 'template' }>

function* runNamed(run: Run, frame: Frame, dot: Value, { name, pipe, position }: Call): Steps<void> {
  const nodes = run.template.defined.get(name)
  if (!nodes) {
    const known = [...run.template.defined.keys()].map((defined) => JSON.stringify(fromBytes(defined))).sort()
    const allowed = known.length === 0 ? 'this template defines none' : `defined are ${known.join(', ')}`
    return yield* stopAt(position, `no template ${JSON.stringify(fromBytes(name))} is defined; ${allowed}`)
  }
  const value = pipe === null ? null : yield* evaluatePipe(frame, dot, pipe)
  const own: Frame = { variables: [{ name: '$', value }], limits: run.limits }
  yield* run.limits.inside(position, () => runNodes(run, own, value, nodes))
}
