// explain: why a container is served, or why it is not.
import type { CommandSpec } from '../command-spec.ts'
import { formatExplanation } from '../format/explanation.ts'

export const explain: CommandSpec = {
  usage: 'explain <container>',
  summary: 'Say whether a container is served, with which labels, and what keeps it out',
  kind: 'read',
  examples: [
    ['Why does web1 get no traffic?', 'PROGRAM explain web1'],
    ['By the beginning of its id, for a script', 'PROGRAM explain 3f2a91c0de11 -o json'],
  ],
  run: async (call) => {
    const explanation = await (await call.client()).explain(call.words[0] ?? '')
    await call.show(explanation, (display) => formatExplanation(display, explanation))
    return 0
  },
}
