// Containers for tests: one that runs and is enabled, with only what a test speaks of stated.
import { isIP } from 'node:net'
import { expect } from 'vitest'
import type { Fragment, Word } from '../../../src/model/fragment.ts'
import type { Container, FindAddress } from '../../../src/sources/docker/container.ts'
import { toWord } from '../../../src/sources/docker/to-word.ts'
import type { LoadBalancerInput } from '../../../src/spec/schema.ts'

export type Given = Partial<Container> & { readonly at?: number; readonly ip?: string | null }

/** A running container; `at` is when it was made, `ip` its address on the network bridge. */
export function container(
  name: string,
  labels: Readonly<Record<string, string>>,
  { at = 1, ip = '172.17.0.2', ...given }: Given = {},
): Container {
  return {
    id: Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64),
    name,
    image: 'nginx:alpine',
    createdAt: at,
    labels: { 'lb.enable': 'Y', ...labels },
    environment: {},
    state: 'running',
    health: 'none',
    stopping: false,
    networkMode: 'bridge',
    networks: [{ name: 'bridge', id: 'b', ipv4: ip, ipv6: null }],
    exposedPorts: [80],
    publishedPorts: [],
    ...given,
  }
}

/** The address of its first network. */
export const findAddress: FindAddress = ({ networks }, { port }) => {
  const [network] = networks
  if (!network?.ipv4 || isIP(network.ipv4) === 0)
    return { ok: false, reason: 'it has no address on any network we share' }
  return { ok: true, address: network.ipv4, network: network.name, port }
}

/** Fragments by name; none may be broken. */
export function servedOf(containers: readonly Container[], seen: Word = []): Map<string, LoadBalancerInput['spec']> {
  const { word } = toWord(containers, findAddress, seen)
  return new Map(
    word.map((one) => {
      expect(one).not.toHaveProperty('broken')
      return [one.name, (one as Fragment).resource.spec]
    }),
  )
}

/** Targets of a spec, with their state where it is not ready. */
export function targetsOf({ backends = [], routes = [], pools = {} }: LoadBalancerInput['spec']): string[] {
  const all = [...backends, ...routes.flatMap((route) => route.backends ?? [])]
  const pooled = Object.values(pools).flatMap((pool) => pool.backends ?? [])
  return [...all, ...pooled].map(({ target, state }) => (state === undefined ? target : `${target} ${state}`))
}
