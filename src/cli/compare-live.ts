// Resources of files beside what is live: what apply and diff are about.
import { isDeepStrictEqual } from 'node:util'
import { ApiError, type Client } from '../api/client.ts'
import type { LoadBalancer } from '../api/wire.ts'
import { outcomeOf } from '../io/outcome.ts'
import type { LoadBalancerInput } from '../spec/schema.ts'
import { toResource } from './resource-text.ts'

/** The load balancer of a name; undefined where there is none. Other failures are thrown. */
async function findLive(client: Client, name: string): Promise<LoadBalancer | undefined> {
  const found = await outcomeOf(client.get(name))
  if (found.ok) return found.value
  if (found.error instanceof ApiError && found.error.status === 404) return undefined
  throw found.error
}

/** The load balancers of these names, in their order; undefined where there is none. Of two with one name the store's. */
export async function findLives(
  client: Client,
  names: readonly string[],
): Promise<readonly (LoadBalancer | undefined)[]> {
  const [only] = names
  if (only !== undefined && names.length === 1) return [await findLive(client, only)]
  const all = await client.list()
  const own = all.filter(({ origin }) => origin.source === 'store')
  const byName = new Map([...all, ...own].map((item) => [item.name, item]))
  return names.map((name) => byName.get(name))
}

/** True where applying the resource would change nothing. */
export function isSame(live: LoadBalancer, resource: LoadBalancerInput): boolean {
  const { labels = {} } = resource
  return isDeepStrictEqual(toResource(live).spec, resource.spec) && isDeepStrictEqual(live.labels, labels)
}
