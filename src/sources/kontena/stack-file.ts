// A kontena.yml of any generation, read whole: its load balancers, the services behind them, and what is wrong with it.
import { basename, dirname } from 'node:path'
import { linkServices, type Naming, type StackBalancer } from './stack-file-balancers.ts'
import { fillMarks } from './stack-file-expand.ts'
import { describe, findServices } from './stack-file-extends.ts'
import type { StackGround, StackTexts } from './stack-file-ground.ts'
import { renderLiquid } from './stack-file-liquid.ts'
import { readMember } from './stack-file-member.ts'
import { type StackProblem, StackProblems } from './stack-file-problem.ts'
import { readVariables, type StackValues } from './stack-file-variables.ts'
import { parseTree, type Tree } from './stack-file-yaml.ts'

export type StackInput = {
  /** Its folder is what other paths are relative to, and gives the project its name. */
  readonly path: string
  readonly text: string
  /** `$NAME`, KONTENA_PROJECT, KONTENA_GRID, KONTENA_SECRET_… */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The files it names, as far as they have been read. */
  readonly texts: StackTexts
}

export type StackFile = {
  /** Null: the file cannot be followed; its problems say why. */
  readonly balancers: readonly StackBalancer[] | null
  readonly problems: readonly StackProblem[]
  /** Every file it names: one that is not in `texts` is to be read, and this to be asked again. */
  readonly wanted: readonly string[]
}

/** What a file is beside its services. */
type Form = { readonly kind: 'flat' | 'v2' | 'stack'; readonly name: string | null }

/** Reads it. */
export function readStackFile({ path, text, environment, texts }: StackInput): StackFile {
  const [problems, wanted] = [new StackProblems(), new Set<string>()]
  const form = findForm(text)
  const project = environment['KONTENA_PROJECT'] || form.name || basename(dirname(path))
  const grid = environment['KONTENA_GRID'] ?? ''
  const marks = { project, grid }
  const bare = { folder: dirname(path), environment, texts, wanted, problems, marks }
  const find = (values: StackValues) => (name: string) => values.get(name)?.toString() ?? environment[name]
  const inner: StackValues = new Map(
    form.kind === 'stack'
      ? [
          ['GRID', grid],
          ['PLATFORM', grid],
          ['STACK', project],
        ]
      : [],
  )
  const values: StackValues =
    form.kind === 'stack' ? new Map([...inner, ...readVariables({ ...bare, find: find(inner) }, path, text)]) : inner
  const ground: StackGround = { ...bare, find: find(values) }
  const tree = form.kind === 'stack' ? parseStack(ground, path, text, values) : parsePlain(ground, path, text)
  const balancers = tree && readServices(ground, tree, { isStack: form.kind === 'stack', project }, form.kind)
  return { balancers: problems.isRefused ? null : balancers, problems: problems.list(), wanted: [...wanted] }
}

/** By lines at the margin: a stack file may be no YAML before its Liquid is rendered. */
function findForm(text: string): Form {
  const value = (key: string) => new RegExp(`^${key}:[ \\t]*["']?([^"'\\s#{[&*][^"'\\s#]*)`, 'm').exec(text)?.[1]
  const stack = value('stack')
  if (stack !== undefined) return { kind: 'stack', name: stack.replace(/:.*$/, '').replace(/^.*\//, '') }
  if (!/^services:/m.test(text)) return { kind: 'flat', name: null }
  return { kind: 'v2', name: value('name') ?? null }
}

function parsePlain({ problems, marks }: StackGround, file: string, text: string): Tree | null {
  const parsed = parseTree(file, fillMarks(text, marks))
  if (parsed.ok) return parsed.tree
  problems.add('refused', parsed.place, '', parsed.message)
  return null
}

function parseStack({ problems }: StackGround, file: string, text: string, values: StackValues): Tree | null {
  const rendered = renderLiquid(text, Object.fromEntries(values))
  if (!rendered.ok) {
    problems.add('refused', { file, line: rendered.line }, '', rendered.message)
    return null
  }
  const parsed = parseTree(file, rendered.text, rendered.lineOf)
  if (parsed.ok) return parsed.tree
  problems.add('refused', parsed.place, '', parsed.message)
  return null
}

function readServices(ground: StackGround, tree: Tree, naming: Naming, kind: Form['kind']): StackBalancer[] {
  if (tree.kind !== 'map') {
    ground.problems.add('refused', tree.place, '', 'there are no services in it; each is a key with a map under it')
    return []
  }
  const services = new Map([...findServices(tree)].filter(([name]) => kind !== 'flat' || name !== 'version'))
  if (services.size === 0) ground.problems.add('refused', tree.place, '', 'there are no services in it')
  if (tree.entries.has('depends'))
    ground.problems.add(
      'remark',
      tree.place,
      'depends',
      'other stacks are not followed; give each its own --source kontena-yml=PATH',
    )
  const members = [...services.keys()].flatMap((name) => {
    const described = describe(ground, services, name)
    return described ? [readMember(ground, described, kind !== 'flat')] : []
  })
  return linkServices(ground, naming, members)
}
