// haproxy version: which HAProxy serves, on each node.
import type { CommandSpec } from '../../command-spec.ts'

export const haproxyVersion: CommandSpec = {
  usage: 'version',
  summary: 'Print the version of the HAProxy that serves',
  kind: 'read',
  examples: [['Which HAProxy is it?', 'PROGRAM haproxy version']],
  run: async (call) => {
    const nodes = await (await call.client()).nodes()
    const versions = nodes.map(({ name, haproxy }) => ({ node: name, version: haproxy.version }))
    const one = versions.length === 1
    await call.show(versions, () =>
      versions.map(({ node, version }) => (one ? version : `${node}  ${version}`)).join('\n'),
    )
    return 0
  },
}
