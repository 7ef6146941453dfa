// plan: what files would change, whether HAProxy has to reload for it, and why.
import type { CommandSpec } from '../command-spec.ts'
import { FILE_OPTION, readResources } from '../input-files.ts'
import { refuseProblems, tellPlan } from '../plans.ts'

export const plan: CommandSpec = {
  usage: 'plan',
  summary: 'Show what files would change, whether that needs a reload, and why',
  kind: 'read',
  examples: [
    ['Before apply', 'PROGRAM plan -f web-lb.yml'],
    ['What a template makes', 'envsubst < web-lb.yml.in | PROGRAM plan -f -'],
  ],
  options: [FILE_OPTION],
  run: async (call) => {
    const found = await readResources(call)
    const answer = await (await call.client()).plan(found.map(({ resource }) => resource))
    refuseProblems(answer)
    await tellPlan(call, answer)
    return 0
  },
}
