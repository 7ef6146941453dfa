// Load balancers of Kontena for tests, with only what a test speaks of stated.
import { expect } from 'vitest'
import type { Fragment, Word } from '../../../src/model/fragment.ts'
import type { KontenaBalancer, KontenaService } from '../../../src/sources/kontena/kontena.ts'
import { toWord } from '../../../src/sources/kontena/to-word.ts'
import type { LoadBalancerSpec } from '../../../src/spec/schema.ts'

/** A service of http with one instance. */
export function service(
  name: string,
  options: Readonly<Record<string, string>> = {},
  more: Partial<KontenaService> = {},
): KontenaService {
  return { name, mode: 'http', options, upstreams: [{ name: `${name}-1`, target: '10.81.1.2:80' }], ...more }
}

/** A service of tcp with one instance. */
export function tcpService(
  name: string,
  options: Readonly<Record<string, string>> = {},
  more: Partial<KontenaService> = {},
): KontenaService {
  const upstreams = [{ name: `${name}-1`, target: '10.81.1.3:3306' }]
  return service(name, options, { mode: 'tcp', upstreams, ...more })
}

/** A load balancer called `lb`. */
export function balancer(services: readonly KontenaService[], more: Partial<KontenaBalancer> = {}): KontenaBalancer {
  return { name: 'lb', environment: {}, ports: { http: 80, https: 443, stats: 1000 }, services, ...more }
}

/** The spec of a load balancer's resource in a word; it may not be broken. */
export function specOf(word: Word, name: string): LoadBalancerSpec {
  const found = word.find((one) => one.name === name)
  expect(found, `${name} among ${word.map((one) => one.name).join(', ')}`).toBeDefined()
  expect(found).not.toHaveProperty('broken')
  return (found as Fragment).resource.spec as LoadBalancerSpec
}

/** What is told of it, the fatal ones marked. */
export function problemsOf(word: Word, name: string): string[] {
  const found = word.find((one) => one.name === name)
  const problems = found && 'broken' in found ? found.broken : (found?.problems ?? [])
  return problems.map(({ message, fatal }) => (fatal ? `fatal: ${message}` : message))
}

/** The word of one load balancer's services. */
export function tell(services: readonly KontenaService[], seen: Word = [], more: Partial<KontenaBalancer> = {}): Word {
  return toWord([balancer(services, more)], seen)
}

/** Host and path of each route, `-` for any host. */
export function routesOf({ routes = [] }: LoadBalancerSpec): string[] {
  return routes.map(({ match }) => `${match.host ?? '-'} ${match.path ?? '/'}`).sort()
}
