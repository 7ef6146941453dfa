// What Kontena tells of becomes load balancers: each balanced service one of its own.
import type { Fragment, Word } from '../../model/fragment.ts'
import { checkWith, formatSpecProblem } from '../../spec/parse-resource.ts'
import { resourceSchema } from '../../spec/schema.ts'
import { toFragment } from '../../spec/to-fragment.ts'
import type { KontenaBalancer, KontenaService } from './kontena.ts'

/** Makes it; `seen` is the word before: what has not changed is the same object again, versions grow from there. */
export function toWord(balancers: readonly KontenaBalancer[], seen: Word): Word {
  return balancers.flatMap((balancer) =>
    balancer.services.map((service): Word[number] => {
      const id = `${balancer.name}/${service.name}`
      const before = seen.find((one) => one.origin.id === id)
      const version = (before?.origin.version ?? 0) + 1
      const origin: Fragment['origin'] = { source: 'kontena', id, since: before?.origin.since ?? 0, version }
      const resource = toResource(balancer, service)
      const faults = (service.faults ?? []).map((message) => ({ code: 'invalid', message, fatal: true }))
      if (faults.length > 0) return { origin, name: resource.name, broken: faults }
      const checked = checkWith(resourceSchema, resource)
      const fragment = checked.ok ? toFragment(checked.value, origin) : checked
      if (fragment.ok) return isSame(before, fragment.value) ? (before as Fragment) : fragment.value
      const broken = fragment.problems.map((each) => ({
        code: 'invalid',
        message: formatSpecProblem(each),
        fatal: true,
      }))
      return { origin, name: resource.name, broken }
    }),
  )
}

function isSame(before: Word[number] | undefined, { resource }: Fragment): boolean {
  return before !== undefined && 'resource' in before && JSON.stringify(before.resource) === JSON.stringify(resource)
}

function toResource({ name, ports }: KontenaBalancer, { name: service, mode, options, upstreams }: KontenaService) {
  const backends = upstreams.map(({ target, stopping }) => ({ target, ...(stopping ? { state: 'maint' } : {}) }))
  const label = `${name}-${service}`.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  if (mode === 'tcp')
    return { name: label, spec: { type: 'tcp', port: Number(options['external_port'] ?? 5000), backends } }
  const hosts = (options['virtual_hosts'] ?? '').split(',').filter((host) => host !== '')
  const paths = (options['virtual_path'] ?? '/').split(',')
  const matches = (hosts.length > 0 ? hosts : [null]).flatMap((host) =>
    paths.map((path) => ({ ...(host === null ? {} : { host }), ...(path === '/' ? {} : { path }) })),
  )
  return { name: label, spec: { port: ports.http, routes: matches.map((match) => ({ match, backends })) } }
}
