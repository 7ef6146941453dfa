// A service held against the spec on its own: what makes no sense together is its fault alone, and told by its labels.

import { toKebab } from '../../spec/key-path.ts'
import { checkWith, type SpecProblem } from '../../spec/parse-resource.ts'
import { resourceSchema } from '../../spec/schema.ts'
import { toFragment } from '../../spec/to-fragment.ts'
import type { Wish } from './offer.ts'
import { toResource } from './to-resource.ts'

/** Any address will do: it is the keys that are checked. */
const SOME_ADDRESS = '192.0.2.1'

/** One sentence for each fault; none means that it can be served. */
export function checkWish(wish: Wish, prefix: string): string[] {
  const idle = wish.mode === 'tcp' ? listRouteKeys(wish) : []
  if (idle.length > 0)
    return idle.map((key) => `${prefix}.${key}: needs mode http; tcp has no hosts, paths or requests`)
  const target = wish.targetPort === null ? null : `${SOME_ADDRESS}:${wish.targetPort}`
  const resource = toResource('any', wish, [{ wish, target, state: null, since: 0 }])
  const checked = checkWith(resourceSchema, resource)
  const tell = (problem: SpecProblem) => formatByLabel(problem, prefix)
  if (!checked.ok) return [...new Set(checked.problems.map(tell))]
  const origin = { source: 'docker', id: 'any', since: 0, version: 0 }
  const fragment = toFragment(checked.value, origin)
  return fragment.ok ? [] : [...new Set(fragment.problems.map(tell))]
}

/** What only requests of http have. */
function listRouteKeys({ host, path, route }: Wish): string[] {
  return [...(host === null ? [] : ['host']), ...(path === '/' ? [] : ['path']), ...Object.keys(route).map(toKebab)]
}

const LABELS: Readonly<Record<string, string>> = {
  port: 'publish',
  bind: 'dst_addr',
  type: 'mode',
  'match.host': 'host',
  'match.path': 'path',
}

/** "spec.routes[0].backends[0].maxConnections" is what `lb.max-connections` says. */
function formatByLabel({ path, message }: SpecProblem, prefix: string): string {
  const key = path
    .replace(/^spec\.?/, '')
    .replace(/^(?:routes\[0\]|pools\.[^.]+)\.?/, '')
    .replace(/^(?:backends|split)\[0\]\.?/, '')
    .replace(/\[\d+\]/g, '')
  const label = LABELS[key] ?? key.split('.').map(toKebab).join('.')
  return `${label === '' ? prefix : `${prefix}.${label}`}: ${message}`
}
