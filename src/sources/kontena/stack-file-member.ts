// What one service of a kontena.yml says that matters to a load balancer.
import { findSecrets } from './stack-file-environment.ts'
import type { Described } from './stack-file-extends.ts'
import { readText, type StackGround } from './stack-file-ground.ts'
import { type Published, readPorts } from './stack-file-ports.ts'
import type { Place } from './stack-file-problem.ts'
import { describeTree, type Tree } from './stack-file-yaml.ts'
import { DEFAULT_INTERNAL_PORT, isOfLoadBalancer } from './variables.ts'

/** A link as written, without its alias. */
export type Link = { readonly to: string; readonly place: Place; readonly isExternal: boolean }

export type StackMember = {
  readonly name: string
  readonly place: Place
  readonly isBalancer: boolean
  readonly environment: ReadonlyMap<string, string>
  readonly links: readonly Link[]
  readonly published: Published | null
  readonly instances: number
  readonly internalPort: number
  /** From `health_check`, by their names in the etcd tree. */
  readonly health: Readonly<Record<string, string>>
  /** What keeps it from being served, as sentences. */
  readonly faults: readonly string[]
}

/** Told of what keeps a service from being served. */
type TellFault = (place: Place, key: string, message: string) => void

/** `depends_on` counts as links where `isLinkedByDependence` (v2 and stack files). */
export function readMember(ground: StackGround, described: Described, isLinkedByDependence: boolean): StackMember {
  const { name, tree, entries } = described
  const faults: string[] = []
  const fault: TellFault = (place, key, message) => {
    faults.push(ground.problems.add('fault', place, key, message))
  }
  const secrets = findSecrets(ground, described.secrets)
  for (const { item, message } of secrets.missing) fault(item.place, item.key, message)
  const environment = new Map([...described.environment, ...secrets.values])
  const links = [
    ...readLinks(ground, entries.get('links'), `${name}.links`, false),
    ...readLinks(ground, entries.get('external_links'), `${name}.external_links`, true),
    ...(isLinkedByDependence ? readLinks(ground, entries.get('depends_on'), `${name}.depends_on`, false) : []),
  ]
  const image = readText(ground, entries.get('image'), `${name}.image`) ?? ''
  const isBalancer = isOfLoadBalancer(image, environment.get('KONTENA_SERVICE_ROLE'))
  const number = (tree: Tree | undefined, key: string, least: number, most: number, unset: number) => {
    const text = readText(ground, tree, key)
    if (tree === undefined || text === null || text === '') return unset
    const value = /^\d{1,9}$/.test(text ?? '') ? Number(text) : -1
    if (value >= least && value <= most) return value
    const given = text === undefined ? describeTree(tree) : JSON.stringify(text)
    fault(tree.place, key, `${given} is not a whole number from ${least} to ${most}`)
    return unset
  }
  const port: Tree = {
    kind: 'text',
    place: tree.place,
    text: environment.get('KONTENA_LB_INTERNAL_PORT')?.trim() ?? null,
  }
  return {
    ...{ name, place: tree.place, environment, links, faults, isBalancer },
    published: isBalancer ? readPorts(ground, entries.get('ports'), name) : null,
    instances: number(entries.get('instances'), `${name}.instances`, 0, MOST_INSTANCES, 1),
    internalPort: number(port, `${name}.environment.KONTENA_LB_INTERNAL_PORT`, 1, 65_535, DEFAULT_INTERNAL_PORT),
    health: readHealth(ground, entries.get('health_check'), `${name}.health_check`, number),
  }
}

const MOST_INSTANCES = 1000

type ReadNumber = (tree: Tree | undefined, key: string, least: number, most: number, unset: number) => number

function readLinks(ground: StackGround, tree: Tree | undefined, key: string, isExternal: boolean): Link[] {
  if (tree === undefined || (tree.kind === 'text' && tree.text === null)) return []
  // A map of `depends_on` has the names as its keys.
  if (tree.kind === 'map') return [...tree.entries].map(([to, { place }]) => ({ to, place, isExternal }))
  const items = tree.kind === 'list' ? tree.items : [tree]
  return items.flatMap((item) => {
    const text = readText(ground, item, key)
    if (text === undefined)
      ground.problems.add(
        'refused',
        item.place,
        key,
        `${describeTree(item)} is not a link; write the name of a service`,
      )
    return text ? [{ to: text.replace(/:.*$/s, '').trim(), place: item.place, isExternal }] : []
  })
}

function readHealth(ground: StackGround, tree: Tree | undefined, key: string, readNumber: ReadNumber) {
  if (tree?.kind !== 'map') {
    if (tree?.kind === 'list' || (tree?.kind === 'text' && tree.text !== null))
      ground.problems.add(
        'remark',
        tree.place,
        key,
        `${describeTree(tree)} is not understood; write a map with protocol, port and uri`,
      )
    return {}
  }
  const text = (name: string) => readText(ground, tree.entries.get(name), `${key}.${name}`) ?? ''
  const port = readNumber(tree.entries.get('port'), `${key}.port`, 1, 65_535, 0)
  return {
    ...(text('protocol') === 'http' ? { health_check_uri: text('uri') || '/' } : {}),
    ...(port === 0 ? {} : { health_check_port: String(port) }),
  }
}
