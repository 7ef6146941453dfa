// The daemon's settings as options of up, config and doctor.
import type { Options } from './call.ts'
import type { OptionSpec } from './command-spec.ts'
import { RefusedInput } from './refusal.ts'

/** A setting's flag, as the daemon lists it. */
type SettingFlag = { readonly flag: string; readonly variable: string; readonly help: string; readonly list: boolean }

/** Options that belong to the program and are no settings. */
const OF_THE_PROGRAM = new Set(['output', 'color', 'apiKeyFile', 'wait'])

/** Every setting, and the file that may hold them. */
export function listSettingOptions(flags: readonly SettingFlag[]): readonly OptionSpec[] {
  const config = { flags: '--config <FILE>', help: 'settings file in YAML [FAIRLEAD_CONFIG]' }
  return [
    ...flags.map(({ flag, variable, help, list }) => ({ flags: flag, help: `${help} [${variable}]`, list })),
    config,
  ]
}

/** What of a call's options are settings. */
export function pickSettingFlags(options: Options): Readonly<Record<string, string | readonly string[] | boolean>> {
  const given = Object.entries(options).filter(([key]) => !OF_THE_PROGRAM.has(key))
  return Object.fromEntries(given) as Record<string, string | readonly string[] | boolean>
}

/** Settings that can be used; the mistakes in them are thrown as `RefusedInput`. */
export function takeSettings<T extends { readonly ok: true }>(
  read: T | { readonly ok: false; readonly problems: readonly string[] },
): T {
  if (read.ok) return read
  const details = read.problems.map((message) => ({ path: '', message }))
  throw new RefusedInput(`${details.length} settings cannot be used`, details)
}
