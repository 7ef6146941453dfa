// rollback: makes an older version the newest one.
import { rollBack } from '../../api/client.ts'
import { accepted, quoted, refused } from '../../model/parsed.ts'
import { requiredOption } from '../call.ts'
import { carryOut } from '../change.ts'
import { checkText } from '../check-input.ts'
import type { CommandSpec } from '../command-spec.ts'

export const rollback: CommandSpec = {
  usage: 'rollback <name>',
  summary: 'Go back to an older version, as a new one',
  kind: 'change',
  examples: [
    ['Undo what came after version 2', 'PROGRAM rollback web-lb --to 2'],
    ['Which versions are there?', 'PROGRAM history web-lb'],
  ],
  options: [{ flags: '--to <version>', help: 'the version to go back to' }],
  run: async (call) => {
    const version = checkText('--to', requiredOption(call, 'to'), parseVersion)
    return carryOut(call, rollBack(call.words[0] ?? '', version))
  },
}

function parseVersion(text: string) {
  return /^[1-9]\d{0,14}$/.test(text)
    ? accepted(Number(text))
    : refused(`${quoted(text)} is not a version; use a number from \`history\``)
}
