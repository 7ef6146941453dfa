// `extends`: a service made of another one of the same file, or of a file beside it.
import { dirname } from 'node:path'
import { readEnvironment, readSecretItems, type SecretItem } from './stack-file-environment.ts'
import { fillMarks } from './stack-file-expand.ts'
import { findText, readText, type StackGround, toPath } from './stack-file-ground.ts'
import { parseTree, type Tree } from './stack-file-yaml.ts'

/** A service with everything it extends; the variables and secrets of all of them together, its own first. */
export type Described = {
  readonly name: string
  readonly tree: Tree
  readonly entries: ReadonlyMap<string, Tree>
  readonly environment: ReadonlyMap<string, string>
  readonly secrets: readonly SecretItem[]
}

/** Longer chains are a mistake, most often a circle. */
const MOST_STEPS = 10

/** Describes a service; null where it cannot be, which is told, or while files are still to be read. */
export function describe(
  ground: StackGround,
  services: ReadonlyMap<string, Tree>,
  name: string,
  steps = 0,
): Described | null {
  const tree = services.get(name)
  if (tree?.kind !== 'map') {
    if (tree) refuse(ground, tree, name, `a service is a map of keys such as image and links`)
    return null
  }
  const own = {
    ...{ name, tree, entries: tree.entries },
    environment: readEnvironment(ground, tree.entries, name),
    secrets: readSecretItems(ground, tree.entries, name),
  }
  const extended = tree.entries.get('extends')
  if (!extended || (extended.kind === 'text' && extended.text === null)) return own
  if (steps === MOST_STEPS) {
    refuse(ground, extended, `${name}.extends`, `goes over more than ${MOST_STEPS} services: does one extend itself?`)
    return null
  }
  const base = describeBase(ground, services, extended, name, steps)
  return base && merge(own, base)
}

function merge(own: Described, base: Described): Described {
  const names = new Set(own.secrets.map((item) => item.name))
  return {
    ...own,
    entries: new Map([...base.entries, ...own.entries]),
    environment: new Map([...base.environment, ...own.environment]),
    secrets: [...base.secrets.filter((item) => !names.has(item.name)), ...own.secrets],
  }
}

function describeBase(
  ground: StackGround,
  services: ReadonlyMap<string, Tree>,
  tree: Tree,
  name: string,
  steps: number,
): Described | null {
  const key = `${name}.extends`
  const entries = tree.kind === 'map' ? tree.entries : new Map([['service', tree]])
  const [file, service] = ['file', 'service'].map((each) => readText(ground, entries.get(each), key))
  if (!service || file === undefined || entries.has('stack')) {
    refuse(ground, tree, key, 'write the name of a service of this file, or {file, service}')
    return null
  }
  if (file === null && services.has(service)) return describe(ground, services, service, steps + 1)
  const there = file === null ? null : readServices(ground, file, tree, key)
  if (there?.services.has(service)) return describe(there.ground, there.services, service, steps + 1)
  if (file === null || there)
    refuse(ground, tree, key, `there is no service ${service}${file === null ? '' : ` in ${file}`}`)
  return null
}

/** The services of another file, and what its own paths are relative to. */
function readServices(ground: StackGround, path: string, tree: Tree, key: string) {
  const text = findText(ground, path)
  if (text === undefined) return null
  const file = toPath(ground, path)
  const parsed = text === null ? null : parseTree(file, fillMarks(text, ground.marks))
  if (parsed?.ok !== true) {
    if (parsed) ground.problems.add('refused', parsed.place, '', parsed.message)
    else refuse(ground, tree, key, `the file ${path} is not there or cannot be read`)
    return null
  }
  return { services: findServices(parsed.tree), ground: { ...ground, folder: dirname(file) } }
}

/** The map of services of a file of any form. */
export function findServices(tree: Tree): ReadonlyMap<string, Tree> {
  if (tree.kind !== 'map') return new Map()
  const services = tree.entries.get('services') ?? tree
  return services.kind === 'map' ? services.entries : new Map()
}

function refuse({ problems }: StackGround, tree: Tree, key: string, message: string): void {
  problems.add('refused', tree.place, key, message)
}
