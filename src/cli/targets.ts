// The backends a command is about: given as arguments, as --target, or both.
import { type Call, textOption, textsOption } from './call.ts'
import { checkTarget } from './check-input.ts'
import type { OptionSpec } from './command-spec.ts'
import { usageFailure } from './refusal.ts'

export const TARGET_OPTION: OptionSpec = {
  flags: '--target <target>',
  help: 'host:port, ip:port or [v6]:port',
  list: true,
}
export const KNOWN_TARGET_OPTION: OptionSpec = { ...TARGET_OPTION, completes: 'targets' }
export const POOL_OPTION: OptionSpec = {
  flags: '--pool <name>',
  help: 'a named pool, instead of the main one',
  completes: 'pools',
}

/** The targets of a call, checked. Failure `usage` where there is none. */
export function readTargets(call: Call, words: readonly string[] = call.words.slice(1)): readonly string[] {
  const targets = [...words, ...textsOption(call, 'target')]
  if (targets.length > 0) return targets.map(checkTarget)
  throw usageFailure(
    `${call.name} needs a target, for example \`${call.program} ${call.name} ${call.words[0] ?? 'web-lb'} web-1:8080\``,
  )
}

/** The named pool a call is about; undefined for the main one. */
export function readPool(call: Call): string | undefined {
  return textOption(call, 'pool')
}
