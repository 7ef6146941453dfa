// The settings of a service as a whole: defaults filled in, what is missing told, and all of it held against the spec.
import { parseBindAddress, parseHostPattern, parsePathPrefix } from '../../model/text.ts'
import { checkWish } from './check-wish.ts'
import type { Container } from './container.ts'
import { isObject, type Json, withValue } from './json.ts'
import type { Offer, Wish } from './offer.ts'
import type { Settings } from './settings.ts'
import { SAME_PORT } from './short-forms.ts'

/** A service with its wish, or with the faults that keep it from having one. */
export function toWish(service: Offer, settings: Settings): Offer {
  const { container, name, faults } = service
  const wish = readWish(settings, container)
  const prefix = name === null ? 'lb' : `lb.${name}`
  const missing = typeof wish === 'string' ? [wish.replaceAll('lb.', `${prefix}.`)] : []
  // What is missing because it could not be read is told already.
  if (typeof wish === 'string') return { ...service, faults: faults.length > 0 ? faults : missing }
  const found = faults.length > 0 ? faults : checkWish(wish, prefix)
  return { ...service, wish, faults: found }
}

function readWish(settings: Settings, container: Container): Wish | string {
  const { service, server, labels } = settings
  const { type, port, bind, targetPort, ...spec } = withDefaults(settings)
  if (typeof port !== 'number')
    return 'lb.publish is missing; say on which port it is served, for example lb.publish=80'
  const { match, ...route } = settings.route
  const { host, path, ...condition } = isObject(match) ? match : {}
  const mode = type === 'tcp' ? 'tcp' : 'http'
  const target = 'redirect' in route && mode === 'http' ? null : (targetPort ?? findOnlyPort(container))
  if (typeof target === 'string') return target
  return {
    name: text(service['name']),
    port,
    bind: canonical(parseBindAddress, bind) ?? '0.0.0.0',
    mode,
    host: canonical(parseHostPattern, host),
    path: canonical(parsePathPrefix, path) ?? '/',
    targetPort: target as number | null,
    network: text(service['network']),
    family: service['family'] === 'ipv6' ? 6 : service['family'] === 'ipv4' ? 4 : null,
    version: text(service['version']),
    versionWeight: typeof service['versionWeight'] === 'number' ? service['versionWeight'] : null,
    spec: withPublishedPort(spec, port),
    route: Object.keys(condition).length > 0 ? { ...route, match: condition } : route,
    server,
    labels: labels as Wish['labels'],
  }
}

/**
 * As in the program these labels come from: http, the least connections, clients kept on their server, packed answers.
 * A container may end at any moment, so what one left without an answer is asked of another where that is safe; its address
 * says nothing any more then, and is given up before clients notice.
 */
function withDefaults({ spec, touched }: Settings): Json {
  const isHttp = spec['type'] !== 'tcp'
  return {
    algorithm: 'leastconn',
    ...(touched.has('sticky') ? {} : { sticky: { mode: 'source' } }),
    ...(isHttp ? { compression: true, retries: { on: ['empty-response'] } } : {}),
    ...spec,
    timeouts: { connect: '1s', ...(isObject(spec['timeouts']) ? spec['timeouts'] : {}) },
  }
}

function findOnlyPort({ exposedPorts }: Container): number | string {
  const [only, ...others] = exposedPorts
  if (only === undefined)
    return 'lb.target is missing, and the container exposes no port; say where it listens, for example lb.target=8080'
  if (others.length === 0) return only
  return `lb.target is missing, and the container exposes several ports (${exposedPorts.join(', ')}); say which one, for example lb.target=${only}`
}

function withPublishedPort(spec: Json, port: number): Json {
  const { tls } = spec
  return isObject(tls) && tls['port'] === SAME_PORT ? withValue(spec, ['tls', 'port'], port) : spec
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function canonical(
  parse: (text: string) => { ok: true; value: string } | { ok: false },
  value: unknown,
): string | null {
  const parsed = typeof value === 'string' ? parse(value) : null
  return parsed?.ok ? parsed.value : null
}
