// What reading a kontena.yml depends on beside its own text, and what it may need: files it names, variables, secrets.
import { isAbsolute, join, normalize } from 'node:path'
import { expandText, type FindValue, type Marks } from './stack-file-expand.ts'
import type { Place, StackProblems } from './stack-file-problem.ts'
import type { Tree } from './stack-file-yaml.ts'

/** The files that were read: their texts, null for one that is not there or cannot be read. */
export type StackTexts = ReadonlyMap<string, string | null>

export type StackGround = {
  /** The folder that paths in the file are relative to. */
  readonly folder: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly texts: StackTexts
  /** Every file that was asked for. */
  readonly wanted: Set<string>
  readonly problems: StackProblems
  /** What `$NAME` stands for: a variable of the stack, else one of the environment. */
  readonly find: FindValue
  readonly marks: Marks
}

/** The text of a file named in the file; undefined while it has not been read. */
export function findText(ground: StackGround, path: string): string | null | undefined {
  const whole = toPath(ground, path)
  ground.wanted.add(whole)
  return ground.texts.get(whole)
}

/** A path as the file writes it, from the file's folder. */
export function toPath({ folder }: Pick<StackGround, 'folder'>, path: string): string {
  return isAbsolute(path) ? normalize(path) : join(folder, path)
}

/** A scalar with its variables filled in; null for nothing, undefined where it is a list or a map. */
export function readText(ground: StackGround, tree: Tree | undefined, key: string): string | null | undefined {
  if (tree === undefined) return null
  if (tree.kind !== 'text') return undefined
  return tree.text === null ? null : fillIn(ground, tree.text, tree.place, key)
}

/** A text with its variables filled in. */
export function fillIn({ find, problems }: StackGround, text: string, place: Place, key: string): string {
  return expandText(text, find, (name) =>
    problems.add(
      'remark',
      place,
      key,
      `the variable ${name} is not set and was left empty; set it, or write $$ for a dollar sign`,
    ),
  )
}

/**
 * A secret of Kontena's vault: the variable KONTENA_SECRET_NAME (capitals, `_` for what is no letter or digit), else
 * the file secrets/NAME beside the yml. Null: there is neither; undefined while the file has not been read.
 */
export function findSecret(ground: StackGround, name: string): string | null | undefined {
  const given = ground.environment[secretVariable(name)]
  if (given !== undefined) return given
  if (/[/\0]/.test(name) || name.startsWith('.')) return null
  const text = findText(ground, `secrets/${name}`)
  return typeof text === 'string' ? text.replace(/\r?\n$/, '') : text
}

export function secretVariable(name: string): string {
  return `KONTENA_SECRET_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`
}
