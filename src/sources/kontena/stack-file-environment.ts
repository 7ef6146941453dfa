// A service's variables: from its environment and its env_file, and the secrets and certificates that become some.
import { findSecret, findText, readText, type StackGround, secretVariable } from './stack-file-ground.ts'
import type { Place } from './stack-file-problem.ts'
import { describeTree, type Tree } from './stack-file-yaml.ts'

type Entries = ReadonlyMap<string, Tree>

/** A secret or a certificate that becomes a variable. */
export type SecretItem = { readonly secret: string; readonly name: string; readonly place: Place; readonly key: string }

/** The variables of a service itself; what it states wins over its files. */
export function readEnvironment(ground: StackGround, entries: Entries, service: string): Map<string, string> {
  return new Map([
    ...readFiles(ground, entries.get('env_file'), `${service}.env_file`),
    ...readStated(ground, entries.get('environment'), `${service}.environment`),
  ])
}

function readStated(ground: StackGround, tree: Tree | undefined, key: string): [string, string][] {
  if (tree === undefined || (tree.kind === 'text' && tree.text === null)) return []
  if (tree.kind === 'map')
    return [...tree.entries].map(([name, value]) => {
      const text = readText(ground, value, `${key}.${name}`)
      if (text === undefined) refuse(ground, value, `${key}.${name}`, 'write one value')
      return [name, text ?? '']
    })
  if (tree.kind === 'list') return tree.items.flatMap((item) => readPair(ground, item, key))
  refuse(ground, tree, key, 'write a list of NAME=value, or a map')
  return []
}

function readPair(ground: StackGround, item: Tree, key: string): [string, string][] {
  // `- NAME: value` is a map of one; people write it.
  if (item.kind === 'map') return readStated(ground, item, key)
  const text = readText(ground, item, key)
  if (typeof text !== 'string') {
    refuse(ground, item, key, 'write NAME=value')
    return []
  }
  const equals = text.indexOf('=')
  if (equals > 0) return [[text.slice(0, equals), text.slice(equals + 1)]]
  ground.problems.add('remark', item.place, key, 'an item without a value was left out; write NAME=value')
  return []
}

function readFiles(ground: StackGround, tree: Tree | undefined, key: string): [string, string][] {
  if (tree?.kind === 'list') return tree.items.flatMap((item) => readFiles(ground, item, key))
  const path = readText(ground, tree, key)
  if (path === null) return []
  if (path === undefined || tree === undefined) {
    if (tree) refuse(ground, tree, key, 'write one path, or a list of them')
    return []
  }
  const text = findText(ground, path)
  if (text === null) ground.problems.add('refused', tree.place, key, `the file ${path} is not there or cannot be read`)
  return [...(text ?? '').matchAll(/^\s*([^#\s=][^=\n]*?)\s*=(.*)$/gm)].map(([, name = '', value = '']) => [
    name,
    value.trim(),
  ])
}

/** The items under `secrets` and `certificates`. */
export function readSecretItems(ground: StackGround, entries: Entries, service: string): SecretItem[] {
  return [
    ...readItems(ground, entries.get('secrets'), `${service}.secrets`, 'secret'),
    ...readItems(ground, entries.get('certificates'), `${service}.certificates`, 'subject'),
  ]
}

function readItems(ground: StackGround, tree: Tree | undefined, key: string, of: 'secret' | 'subject'): SecretItem[] {
  if (tree === undefined || (tree.kind === 'text' && tree.text === null)) return []
  if (tree.kind !== 'list') {
    refuse(ground, tree, key, `write a list of {${of}, name, type: env}`)
    return []
  }
  return tree.items.flatMap((item) => {
    const entries = item.kind === 'map' ? item.entries : new Map<string, Tree>()
    const [secret, name] = [readText(ground, entries.get(of), key), readText(ground, entries.get('name'), key)]
    if (secret && name) return [{ secret, name, place: item.place, key }]
    refuse(ground, item, key, `write {${of}, name, type: env}`)
    return []
  })
}

/** What of a set of items cannot be found; each sentence says where it is looked for. */
export type Secrets = {
  readonly values: Map<string, string>
  readonly missing: { item: SecretItem; message: string }[]
}

/** The variables that secrets become: several of one name are joined by newlines. Only those that are looked at are read. */
export function findSecrets(ground: StackGround, items: readonly SecretItem[]): Secrets {
  const [values, missing]: [Map<string, string>, Secrets['missing']] = [new Map(), []]
  for (const item of items.filter(({ name }) => LOOKED_AT.test(name))) {
    const value = findSecret(ground, item.secret)
    if (typeof value === 'string') values.set(item.name, [...[values.get(item.name) ?? []].flat(), value].join('\n'))
    else if (value === null)
      missing.push({
        item,
        message: `there is no ${JSON.stringify(item.secret)} for ${item.name}: set ${secretVariable(item.secret)}, or write the file secrets/${item.secret} beside the yml`,
      })
  }
  return { values, missing }
}

/** The variables that mean something to a load balancer. */
const LOOKED_AT = /^(KONTENA_|SSL_CERT|ACME_CHALLENGE_|STATS_PASSWORD$|SYSLOG_TARGET$)/

/** What was given is not repeated: it may be a secret. */
function refuse({ problems }: StackGround, tree: Tree, key: string, allowed: string): void {
  const given = tree.kind === 'text' ? 'a single value' : describeTree(tree)
  problems.add('refused', tree.place, key, `${given} is not understood here; ${allowed}`)
}
