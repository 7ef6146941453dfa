// The `variables` of a stack file: what each is, from the environment, the vault, or its default.
import { fillIn, findSecret, type StackGround } from './stack-file-ground.ts'
import { parseTree, type Tree } from './stack-file-yaml.ts'

export type StackValues = ReadonlyMap<string, string | number | boolean>

/** Reads the section alone: the rest of the file may become YAML only once they are filled in. */
export function readVariables(ground: StackGround, file: string, text: string): StackValues {
  const values = new Map<string, string | number | boolean>()
  const section = /^variables:[^\n]*(?:\n(?:[ \t#][^\n]*)?\r?)*/m.exec(text)
  if (!section) return values
  const before = text.slice(0, section.index).split('\n').length - 1
  const parsed = parseTree(file, section[0], (line) => line + before)
  if (!parsed.ok) {
    ground.problems.add('refused', parsed.place, 'variables', parsed.message)
    return values
  }
  const variables = parsed.tree.kind === 'map' ? parsed.tree.entries.get('variables') : undefined
  if (variables?.kind !== 'map') return values
  for (const [name, tree] of variables.entries) {
    const found = findValue(ground, name, tree, values)
    if (found !== null) values.set(name, found)
  }
  return values
}

function findValue(ground: StackGround, name: string, tree: Tree, earlier: StackValues) {
  const key = `variables.${name}`
  const entries = tree.kind === 'map' ? tree.entries : new Map<string, Tree>()
  const text = (each: string) => textOf(entries.get(each))
  for (const each of ['only_if', 'skip_if'])
    if (entries.has(each))
      ground.problems.add('remark', tree.place, key, `${each} is not looked at: the variable is always there`)
  const given =
    text('value') ?? findFrom(ground, entries.get('from'), earlier) ?? ground.environment[name] ?? text('default')
  if (given === undefined || given === null) {
    if (text('required') !== 'false' && entries.size > 0)
      ground.problems.add(
        'remark',
        tree.place,
        key,
        `it has no value and was left empty; set the environment variable ${name}`,
      )
    return null
  }
  return toTyped(
    ground,
    fillIn(
      { ...ground, find: (other) => String(earlier.get(other) ?? ground.environment[other] ?? '') },
      given,
      tree.place,
      key,
    ),
    text('type') ?? 'string',
    tree,
    key,
  )
}

/** What can be asked without a person or a platform: the environment, the vault, another variable. */
function findFrom(ground: StackGround, tree: Tree | undefined, earlier: StackValues): string | null {
  if (tree?.kind !== 'map') return null
  for (const [kind, hint] of tree.entries) {
    const names = hint.kind === 'list' ? hint.items.map(textOf) : [textOf(hint)]
    for (const name of names) {
      if (!name) continue
      const found =
        kind === 'env'
          ? ground.environment[name]
          : kind === 'vault'
            ? findSecret(ground, name)
            : kind === 'variable'
              ? earlier.get(name)
              : undefined
      if (found !== undefined && found !== null) return String(found)
    }
  }
  return null
}

function textOf(tree: Tree | undefined): string | null {
  return tree?.kind === 'text' ? tree.text : null
}

function toTyped(ground: StackGround, text: string, type: string, tree: Tree, key: string) {
  if (type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text)
  if (type === 'boolean' && /^(true|yes|on|1|enabled)$/i.test(text)) return true
  if (type === 'boolean' && /^(false|no|off|0|disabled|)$/i.test(text)) return false
  if (type === 'integer' || type === 'boolean')
    ground.problems.add('refused', tree.place, key, `what it was given is no ${type}`)
  return text
}
