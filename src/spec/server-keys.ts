// The keys that say something about servers, and so nothing where files are served.

import type { SpecProblem } from './parse-resource.ts'
import type { LoadBalancerSpec, RouteSpec } from './schema.ts'

const SERVER_KEYS = [
  'algorithm',
  'hashKey',
  'healthCheck',
  'agentCheck',
  'sticky',
  'passiveHealth',
  'slowStart',
  'protocol',
  'keepAlive',
  'proxyProtocol',
] as const

/** The same without them: who serves files takes none of them over from the top. */
export function withoutServerKeys<T extends object>(spec: T): T {
  const left = Object.entries(spec).filter(([key]) => !SERVER_KEYS.some((one) => one === key))
  return Object.fromEntries(left) as T
}

/** Those that stand beside `static`. At the top they may be meant for the pools of routes. */
export function checkServerKeys(spec: RouteSpec | LoadBalancerSpec, path: string): SpecProblem[] {
  if (spec.static === undefined) return []
  const given = SERVER_KEYS.filter((key) => key !== 'proxyProtocol' && key in spec)
  return given.map((key) => ({
    path: `${path}.${key}`,
    message: 'is about servers, and files have none; leave it out beside static',
  }))
}
