// Random configurations, and changes of them that the running process can take over.
import fc from 'fast-check'
import { merge } from '../../src/merge/merge.ts'
import type { Config, Pool, Server } from '../../src/model/config.ts'
import { contexts, words } from './resources.ts'

/** What merging random load balancers comes to. */
export const configs: fc.Arbitrary<Config> = fc
  .tuple(words, contexts)
  .map(([word, context]) => merge(word, { ...context, kept: new Map() }).value)

/** What can change of a server without a reload. */
const liveChanges = fc.record(
  {
    weight: fc.integer({ min: 0, max: 256 }),
    state: fc.constantFrom('ready', 'drain', 'maint'),
    address: fc.constantFrom('10.0.0.1', '127.0.0.1', 'fd00::77', null),
  },
  { requiredKeys: [] },
) satisfies fc.Arbitrary<Partial<Server>>

/** The same configuration with other weights, states and addresses. */
export function livelyChanged(config: Config): fc.Arbitrary<Config> {
  const pools = config.pools.map((pool) =>
    fc.tuple(...pool.servers.map((server) => liveChanges.map((change): Server => ({ ...server, ...change })))),
  )
  return fc.tuple(...pools).map((all) => ({
    ...config,
    pools: config.pools.map((pool, index): Pool => ({ ...pool, servers: all[index] ?? [] })),
  }))
}
