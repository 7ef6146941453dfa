// Commands that come later: refused in one sentence, and shown nowhere.
import type { CommandSpec } from '../command-spec.ts'
import { notBuilt } from '../refusal.ts'

const LATER: Readonly<Record<string, string>> = {
  top: '`PROGRAM lb status NAME` shows sessions and health of one load balancer',
  logs: '`PROGRAM events` shows what happened to a load balancer',
}

export const later: readonly CommandSpec[] = Object.entries(LATER).map(([name, instead]) => ({
  usage: `${name} [words...]`,
  summary: 'Not built yet',
  kind: 'plain',
  hidden: true,
  examples: [],
  run: (call) => {
    throw notBuilt(`\`${call.program} ${name}\``, instead.replaceAll('PROGRAM', call.program))
  },
}))
