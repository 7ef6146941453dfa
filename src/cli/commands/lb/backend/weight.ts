// lb backend weight: a server's share of the traffic, changed without a reload.
import { patchBackend } from '../../../../api/client.ts'
import { type Call, numberOption } from '../../../call.ts'
import { carryOutAll } from '../../../change.ts'
import { checkPart } from '../../../check-input.ts'
import type { CommandSpec } from '../../../command-spec.ts'
import { usageFailure } from '../../../refusal.ts'
import { KNOWN_TARGET_OPTION, POOL_OPTION, readPool, readTargets } from '../../../targets.ts'

export const backendWeight: CommandSpec = {
  usage: 'weight <name> [target] [weight]',
  summary: "Set a backend's share of the traffic, 0 to 256",
  kind: 'change',
  examples: [
    ['Three times the share of the others', 'PROGRAM lb backend weight web-lb web-2:8080 3'],
    ['No new traffic', 'PROGRAM lb backend weight web-lb web-2:8080 0'],
  ],
  options: [KNOWN_TARGET_OPTION, { flags: '--weight <weight>', help: 'the same as the last argument' }, POOL_OPTION],
  run: async (call) => {
    const [name = '', ...words] = call.words
    const weight = readWeight(call, words)
    const targets = readTargets(call, call.options['weight'] === undefined ? words.slice(0, -1) : words)
    const checked = await Promise.all(targets.map((target) => checkPart(call, 'backend', { target, weight })))
    const changes = checked.map((backend) =>
      patchBackend(name, backend.target, { weight: backend.weight }, readPool(call)),
    )
    return carryOutAll(call, changes)
  },
}

/** From --weight, else the last argument. */
function readWeight(call: Call, words: readonly string[]): number | string {
  const last = words.at(-1)
  const weight = numberOption({ ...call, options: { weight: last, ...call.options } }, 'weight')
  if (weight !== undefined) return weight
  throw usageFailure(`${call.name} needs a weight, for example \`${call.program} ${call.name} web-lb web-1:8080 50\``)
}
