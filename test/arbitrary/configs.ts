// Random configurations, and changes of them that the running process can take over.
import fc from 'fast-check'
import { merge } from '../../src/merge/merge.ts'
import { type Config, poolsOf, type Server } from '../../src/model/config.ts'
import { mapPools } from '../plan/to-running.ts'
import { OWN_CERTIFICATE } from './own-certificate.ts'
import { contexts, words } from './resources.ts'

/** What merging random load balancers comes to. */
export const configs: fc.Arbitrary<Config> = fc
  .tuple(words, contexts)
  .map(([word, context]) => merge(word, { ...context, certificates: OWN_CERTIFICATE, kept: new Map() }).value)

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
  const pools = poolsOf(config).map(({ id, servers }) =>
    fc
      .tuple(...servers.map((server) => liveChanges.map((change): Server => ({ ...server, ...change }))))
      .map((changed) => [id, changed] as const),
  )
  return fc.tuple(...pools).map((all) => {
    const byPool = new Map(all)
    return mapPools(config, (pool) => ({ ...pool, servers: byPool.get(pool.id) ?? [] }))
  })
}
