// lb export: load balancers as files that `apply -f` takes.
import type { LoadBalancer } from '../../../api/wire.ts'
import type { Call } from '../../call.ts'
import type { CommandSpec } from '../../command-spec.ts'
import { toResource } from '../../resource-text.ts'

export const lbExport: CommandSpec = {
  usage: 'export [names...]',
  summary: 'Print load balancers as a file for apply, YAML unless told otherwise',
  kind: 'read',
  examples: [
    ['One, into a file', 'PROGRAM lb export web-lb > web-lb.yml'],
    ['All of them, as a backup', 'PROGRAM lb export > all.yml'],
    ['As JSON', 'PROGRAM lb export web-lb -o json'],
  ],
  run: async (call) => {
    const resources = (await readItems(call)).map(toResource)
    if (call.output === 'json') call.print(JSON.stringify(resources.length === 1 ? resources[0] : resources, null, 2))
    else {
      const { stringify } = await import('yaml')
      call.print(resources.map((resource) => stringify(resource, { lineWidth: 0 })).join('---\n'))
    }
    return 0
  },
}

/** Those that are named; without names all of the API's own store, since only they can be applied again. */
async function readItems(call: Call): Promise<readonly LoadBalancer[]> {
  const client = await call.client()
  if (call.words.length === 0) return (await client.list()).filter(({ origin }) => origin.source === 'store')
  const items: LoadBalancer[] = []
  for (const name of call.words) items.push(await client.get(name))
  return items
}
