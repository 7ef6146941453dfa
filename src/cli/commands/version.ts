// version: which Fairlead this is, and which one answers.
import { outcomeOf } from '../../io/outcome.ts'
import type { Call } from '../call.ts'
import type { CommandSpec } from '../command-spec.ts'
import { readVersion } from '../read-version.ts'

export const version: CommandSpec = {
  usage: 'version',
  summary: 'Print the versions of this program, the daemon and its HAProxy',
  kind: 'read',
  examples: [['Which versions are these?', 'PROGRAM version']],
  run: async (call) => {
    const versions = { program: readVersion(), nodes: await readNodes(call) }
    const lines = versions.nodes.map(
      ({ name, daemon, haproxy }) => `node ${name}: daemon ${daemon}, HAProxy ${haproxy}`,
    )
    await call.show(versions, () => [`${call.program} ${versions.program}`, ...lines].join('\n'))
    return 0
  },
}

/** Without a daemon the program's own version is all there is to tell. */
async function readNodes(call: Call) {
  const nodes = await outcomeOf(call.client().then((client) => client.nodes()))
  if (!nodes.ok) return []
  return nodes.value.map(({ name, version: daemon, haproxy }) => ({ name, daemon, haproxy: haproxy.version }))
}
