// The tree below /kontena/haproxy/LB as flat keys, and the services it lists.
import type { KontenaService, KontenaUpstream } from './kontena.ts'

/** By path below the prefix, `services/web/balance`; a folder ends in a slash and has no value. v3 has no folders. */
export type EtcdTree = ReadonlyMap<string, string>

/** One key or folder as it is now; null: gone. The empty path is the prefix itself. */
export type EtcdChange = {
  readonly path: string
  readonly value: string | null
  /** It is gone with everything below. */
  readonly isTree?: true
}

/** What a tree says. */
export type EtcdList = {
  /** In the alphabet's order. */
  readonly services: readonly KontenaService[]
  /** Which of the folders `services` and `tcp-services` are there; v3 has none. */
  readonly folders: readonly KontenaService['mode'][]
  /** The key `empty` says that no service is meant to be there. */
  readonly isEmptied: boolean
}

/** The folder each kind of service lies in. */
export const FOLDERS = { http: 'services', tcp: 'tcp-services' } as const

const MODES: Readonly<Record<string, KontenaService['mode']>> = { services: 'http', 'tcp-services': 'tcp' }

type Draft = {
  readonly name: string
  readonly mode: KontenaService['mode']
  readonly options: Map<string, string>
  readonly upstreams: KontenaUpstream[]
}

/** Where the load balancer's keys are. */
export function prefixOf(balancer: string): string {
  return `/kontena/haproxy/${balancer}`
}

/** What a service is known by: both folders may have one of the same name. */
export function keyOf({ mode, name }: Pick<KontenaService, 'mode' | 'name'>): string {
  return `${FOLDERS[mode]}/${name}`
}

/** Changes the tree in place. */
export function applyChange(tree: Map<string, string>, { path, value, isTree }: EtcdChange): void {
  if (value === null) tree.delete(path)
  else tree.set(path, value)
  if (isTree !== true) return
  const below = path === '' ? '' : `${path}/`
  for (const key of tree.keys()) if (key.startsWith(below)) tree.delete(key)
}

/** Reads a whole tree; keys that mean nothing here are passed over. */
export function readTree(tree: EtcdTree): EtcdList {
  const drafts = new Map<string, Draft>()
  for (const [path, value] of tree) takeKey(drafts, path.split('/'), value)
  const ordered = [...drafts].sort(([a], [b]) => compare(a, b)).map(([, draft]) => draft)
  return {
    services: ordered.map(toService),
    folders: (['http', 'tcp'] as const).filter((mode) => tree.has(`${FOLDERS[mode]}/`)),
    isEmptied: tree.get('empty') === 'true',
  }
}

/** `services/web/balance` or `services/web/upstreams/web-1`. */
function takeKey(drafts: Map<string, Draft>, path: readonly string[], value: string): void {
  const [folder = '', name = '', option = '', instance = ''] = path
  const mode = Object.hasOwn(MODES, folder) ? MODES[folder] : undefined
  const isOption = path.length === 3 && option !== '' && option !== 'upstreams'
  const isUpstream = path.length === 4 && option === 'upstreams' && instance !== ''
  if (mode === undefined || name === '' || !(isOption || isUpstream)) return
  const key = keyOf({ mode, name })
  const draft: Draft = drafts.get(key) ?? { name, mode, options: new Map(), upstreams: [] }
  drafts.set(key, draft)
  if (isOption) draft.options.set(option, value)
  else draft.upstreams.push({ name: instance, target: value.trim() })
}

function toService({ name, mode, options, upstreams }: Draft): KontenaService {
  const service = {
    name,
    mode,
    options: Object.fromEntries([...options].sort(([a], [b]) => compare(a, b))),
    upstreams: upstreams.sort((a, b) => compare(a.name, b.name)),
  }
  const isLed = mode === 'tcp' || options.has('virtual_hosts') || options.has('virtual_path')
  return isLed ? service : { ...service, faults: [describeUnled(name)] }
}

/** Kontena's agents write a path where nothing is asked for: without both, what they write is not there yet. */
function describeUnled(name: string): string {
  return `${FOLDERS.http}/${name} has neither virtual_hosts nor virtual_path, so no request is led to it: set one of them, virtual_path to / for every request`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
