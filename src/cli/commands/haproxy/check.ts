// haproxy check: whether HAProxy accepts the files in force, in its own words.
import type { CommandSpec } from '../../command-spec.ts'
import { EXIT } from '../../refusal.ts'

export const haproxyCheck: CommandSpec = {
  usage: 'check',
  summary: 'Let HAProxy check the configuration in force; exit code 1 where it refuses it',
  kind: 'read',
  examples: [['Would HAProxy start with it?', 'PROGRAM haproxy check']],
  run: async (call) => {
    const answer = await (await call.client()).check()
    const said = answer.output.trim()
    const human = answer.valid ? said || 'the configuration is valid' : `HAProxy refuses the configuration\n${said}`
    await call.show(answer, () => human)
    return answer.valid ? EXIT.done : EXIT.failed
  },
}
