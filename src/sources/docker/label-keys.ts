// Every label there is, found by walking the resource's schema: a key added there has its label without more code.
import { z } from 'zod'
import { integer, oneOf } from '../../spec/fields.ts'
import { findKeyed, foldSegment, toKebab, unwrapSchema } from '../../spec/key-path.ts'
import { backendSchema, labelsSchema, nameSchema, routeSchema, specSchema } from '../../spec/schema.ts'

/** Of what a label speaks: the whole load balancer, its route, one server of it, or how Docker's side is read. */
export type Place = 'spec' | 'route' | 'server' | 'service' | 'labels'

/** One label and the key of the resource it gives. */
export type LabelKey = {
  /** As it is written in documentation: `lb.health-check.path`, `lb.headers.response.set.<name>`. */
  readonly label: string
  readonly place: Place
  /** From the place on; `*` stands for a name the user chooses, always at the end. */
  readonly path: readonly string[]
  readonly schema: z.ZodType
  readonly about: string
}

/** Keys that other labels stand for, or that containers are: what listens on a port is told by `lb.publish` and its like. */
const NOT_BY_LABEL = new Set(['routes', 'pools', 'backends', 'pool', 'split', 'target'])

/** What only Docker's side has, by label. */
const OWN: Readonly<Record<string, readonly [z.ZodType, string]>> = {
  name: [nameSchema, "The load balancer's name"],
  network: [z.string().min(1).max(255), 'The Docker network to reach the container on; any we share by default'],
  family: [oneOf(['ipv4', 'ipv6']), 'ipv4 where there is one by default'],
  version: [nameSchema, 'Containers of one version form a pool of their own, for canaries'],
  'version-weight': [
    integer(0, 100),
    "The version's share of the traffic in percent; versions without one share what is left",
  ],
}

/** Names that seed users and habit know, and the labels they stand for. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  publish: 'port',
  'dst-addr': 'bind',
  target: 'target-port',
  mode: 'type',
  host: 'match.host',
  path: 'match.path',
}

/** A node of the tree of labels, by segment as `foldSegment` has it. */
type Node = { readonly next: Map<string, Node>; leaf: LabelKey | null }

/** Every label by its full name. */
export const LABEL_KEYS: readonly LabelKey[] = collectKeys()

const TREE = makeTree()

/** What a label's name leads to; `rest` is the part the user chose. Undefined: there is no such label. */
export function findLabelKey(
  segments: readonly string[],
): { readonly key: LabelKey; readonly rest: string } | undefined {
  const whole = segments.join('.')
  const renamed = Object.entries(OTHER_NAMES).find(([other]) => foldSegment(other) === foldSegment(whole))
  const steps = renamed ? renamed[1].split('.') : segments
  let node: Node | undefined = TREE
  for (const [index, segment] of steps.entries()) {
    const free: LabelKey | null | undefined = node?.next.get('*')?.leaf
    if (free) return { key: free, rest: steps.slice(index).join('.') }
    node = node?.next.get(foldSegment(segment))
  }
  return node?.leaf ? { key: node.leaf, rest: '' } : undefined
}

/** Whether a label's first segment is one of ours, so that it is not the name of a service. */
export function isKnownSegment(segment: string): boolean {
  const folded = foldSegment(segment)
  return TREE.next.has(folded) || KNOWN_WORDS.some((one) => foldSegment(one) === folded)
}

/** First segments that are no key of the resource. */
const KNOWN_WORDS = ['enable', 'ssl', ...Object.keys(OTHER_NAMES)]

/** Every label's name without `lb.`, for the nearest to a mistyped one. */
export function listLabelNames(): string[] {
  return [...KNOWN_WORDS, ...LABEL_KEYS.map(({ label }) => label.slice('lb.'.length))]
}

/** Other names of a label, as they are written: of `lb.port` it is `lb.publish`. */
export function otherNamesOf({ label }: LabelKey): string[] {
  return Object.entries(OTHER_NAMES).flatMap(([other, name]) =>
    `lb.${name}` === label ? [`lb.${other === 'dst-addr' ? 'dst_addr' : other}`] : [],
  )
}

function collectKeys(): LabelKey[] {
  const own = Object.entries(OWN).map(([name, [schema, about]]): LabelKey => {
    const path = [name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())]
    return { label: `lb.${name}`, place: 'service', path, schema, about }
  })
  const ofServers = walk(backendSchema, 'server', [])
  const ofLoadBalancers = walk(specSchema, 'spec', [])
  const ofRoutes = walk(routeSchema, 'route', [])
  const all = [...own, ...ofServers, ...ofLoadBalancers, ...ofRoutes, ...walk(labelsSchema, 'labels', ['labels'])]
  // What a server may have of its own is each container's; what stands at the top holds for routes.
  return [...new Map(all.toReversed().map((key) => [key.label, key])).values()].reverse()
}

function walk(schema: z.ZodType, place: Place, path: readonly string[]): LabelKey[] {
  const inner = unwrapSchema(schema)
  if (inner instanceof z.ZodNever) return []
  if (inner instanceof z.ZodObject)
    return Object.entries(inner.shape as Record<string, z.ZodType>).flatMap(([key, value]) =>
      path.length === 0 && NOT_BY_LABEL.has(key) ? [] : walk(value, place, [...path, key]),
    )
  const keyed = inner instanceof z.ZodUnion ? findKeyed(inner) : undefined
  const isRecord = inner instanceof z.ZodRecord
  const steps = isRecord ? [...path, '*'] : path
  const label = `lb.${steps.map((step) => (step === '*' ? '<name>' : toKebab(step))).join('.')}`
  return [
    { label, place, path: steps, schema, about: describeSchema(schema) },
    ...(keyed ? walk(keyed, place, path) : []),
  ]
}

function describeSchema(schema: z.ZodType): string {
  const inner = unwrapSchema(schema)
  return (
    schema.description ??
    inner.description ??
    (inner instanceof z.ZodArray ? describeSchema(inner.element as z.ZodType) : '')
  )
}

function makeTree(): Node {
  const root: Node = { next: new Map(), leaf: null }
  for (const key of LABEL_KEYS) {
    let node = root
    for (const segment of key.label.split('.').slice(1)) {
      const step = segment === '<name>' ? '*' : foldSegment(segment)
      const next: Node = node.next.get(step) ?? { next: new Map(), leaf: null }
      node.next.set(step, next)
      node = next
    }
    node.leaf = key
  }
  return root
}
