// The daemon's effective settings: flag before environment before file before default, each with where it came from.
import { readFile } from 'node:fs/promises'
import { homedir, hostname } from 'node:os'
import { describeUnread } from '../io/describe-unread.ts'
import { outcomeOf } from '../io/outcome.ts'
import { findNearest } from '../spec/nearest.ts'
import type { Definition, Environment } from './setting-definition.ts'
import type { Machine } from './setting-texts.ts'
import { parseSettingsFile, type SettingsFileEntry } from './settings-file.ts'
import { SETTINGS, type Settings } from './settings-schema.ts'

export type { Settings } from './settings-schema.ts'

/** What commander found, by key (`stateDir`, `source`); keys that were not given are absent or undefined. */
export type Flags = Readonly<Record<string, string | readonly string[] | boolean | undefined>>

/** One setting as a person sees it; `origin` is `flag`, `environment FAIRLEAD_API`, `file /etc/fairlead.yml:3`, `default`. */
export type EffectiveSetting = { readonly key: string; readonly value: string; readonly origin: string }

/** The settings and their origins, or every mistake, a sentence each. No secret is in `effective` or `problems`. */
export type ParsedSettings =
  | { readonly ok: true; readonly settings: Settings; readonly effective: readonly EffectiveSetting[] }
  | { readonly ok: false; readonly problems: readonly string[] }

/** Everything settings are read from. */
export type SettingsInput = {
  readonly flags: Flags
  readonly env: Environment
  readonly file: { readonly path: string; readonly text: string } | null
  readonly machine: Machine
}

/** A flag per setting, for the command line and its help. */
export type SettingFlag = {
  readonly flag: string
  readonly variable: string
  readonly help: string
  readonly list: boolean
}

type Given = { readonly texts: readonly string[]; readonly origin: string; readonly place: string }

const DEFINITIONS = Object.entries(SETTINGS) as [keyof Settings, Definition<unknown>][]
const KEYS = DEFINITIONS.map(([, { key }]) => key)

/** Decides each setting; pure. */
export function parseSettings({ flags, env, file, machine }: SettingsInput): ParsedSettings {
  const parsedFile = file ? parseSettingsFile(file.path, file.text) : { entries: [], problems: [] }
  const problems = [...parsedFile.problems, ...findUnknown(flags, parsedFile.entries, file?.path ?? '')]
  const values: Record<string, unknown> = {}
  const effective: EffectiveSetting[] = []
  for (const [field, definition] of DEFINITIONS) {
    const given = findGiven(definition, flags, env, parsedFile.entries, file?.path ?? '')
    const parsed = given && definition.parse(given.texts, machine)
    if (parsed?.ok === false) problems.push(`${given?.place}: ${parsed.message}`)
    const value = parsed?.ok ? parsed.value : definition.fallback(machine, env)
    values[field] = value
    effective.push({ key: definition.key, value: definition.format(value), origin: given?.origin ?? 'default' })
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, settings: values as Settings, effective }
}

/** Reads the settings file, if one is named by `--config` or FAIRLEAD_CONFIG, and decides each setting. */
export async function readSettings(flags: Flags, env: Environment): Promise<ParsedSettings> {
  const { config, ...rest } = flags
  const path = typeof config === 'string' ? config : env['FAIRLEAD_CONFIG'] || null
  const machine = {
    root: process.getuid?.() === 0,
    home: homedir(),
    hostname: hostname(),
    workingDirectory: process.cwd(),
  }
  if (path === null) return parseSettings({ flags: rest, env, file: null, machine })
  const read = await outcomeOf(readFile(path, 'utf8'))
  if (!read.ok)
    return { ok: false, problems: [`the settings file ${path} cannot be read: ${describeUnread(read.error)}`] }
  return parseSettings({ flags: rest, env, file: { path, text: read.value }, machine })
}

/** Every setting as a flag (`--state-dir <DIR>`) and a variable (`FAIRLEAD_STATE_DIR`). */
export function listSettingFlags(): readonly SettingFlag[] {
  return DEFINITIONS.map(([, { key, shape, placeholder, help }]) => ({
    flag: shape === 'switch' ? flagOf(key) : `${flagOf(key)} <${placeholder}>`,
    variable: variableOf(key),
    help,
    list: shape === 'list',
  }))
}

/** What a setting was given as, by the first in the order that gives it; undefined where its default counts. */
function findGiven(
  { key, shape, otherVariable }: Definition<unknown>,
  flags: Flags,
  env: Environment,
  entries: readonly SettingsFileEntry[],
  path: string,
): Given | undefined {
  const flag = flags[key]
  if (flag !== undefined) {
    return { texts: Array.isArray(flag) ? flag : [String(flag)], origin: 'flag', place: flagOf(key) }
  }
  // An empty variable is how container platforms say "not set".
  const variable = [variableOf(key), otherVariable ?? ''].find((one) => env[one])
  const text = variable && env[variable]
  if (variable && text) {
    const texts = shape === 'list' ? text.split(',').map((part) => part.trim()) : [text]
    return { texts, origin: `environment ${variable}`, place: variable }
  }
  const entry = entries.findLast((each) => each.key === key)
  if (!entry?.texts || !fits(entry.texts, shape)) return undefined
  return { texts: entry.texts, origin: `file ${path}:${entry.line}`, place: `${path}:${entry.line}: ${key}` }
}

/**
 * Keys nobody knows, given twice or without a value. Variables are not looked at: platforms set some of their own that
 * begin with FAIRLEAD_ (a Kubernetes service of that name gives FAIRLEAD_PORT).
 */
function findUnknown(flags: Flags, entries: readonly SettingsFileEntry[], path: string): string[] {
  const unknownFlags = Object.keys(flags).filter((key) => !KEYS.includes(key))
  const inFlags = unknownFlags.map((key) => `${flagOf(key)} is no setting${suggest(key, flagOf)}`)
  const inFile = entries.flatMap(({ key, line, texts }, index) => {
    const place = `${path}:${line}`
    if (!KEYS.includes(key)) return [`${place}: ${key} is no setting${suggest(key, (known) => known)}`]
    if (entries.slice(0, index).some((other) => other.key === key)) return [`${place}: ${key} is given a second time`]
    const definition = DEFINITIONS.find(([, each]) => each.key === key)?.[1]
    const shape = definition?.shape ?? 'one'
    return fits(texts, shape)
      ? []
      : [`${place}: ${key} takes ${shape === 'list' ? 'a text or a list of texts' : 'one value'}`]
  })
  return [...inFlags, ...inFile]
}

/** A list takes any number of texts, everything else exactly one. */
function fits(texts: readonly string[] | null, shape: Definition<unknown>['shape']): boolean {
  return texts !== null && (shape === 'list' || texts.length === 1)
}

function suggest(key: string, show: (known: string) => string): string {
  const nearest = findNearest(key, KEYS)
  return nearest === undefined ? `; the settings are ${KEYS.map(show).join(', ')}` : `; did you mean ${show(nearest)}?`
}

function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

function variableOf(key: string): string {
  return `FAIRLEAD_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}
