// What a balanced service asks for, read from its options.

import { quoted } from '../../model/parsed.ts'
import { parseRealm } from '../../model/password-hash.ts'
import { parsePort, parseRequestTarget } from '../../model/text.ts'
import type { PoolSpec } from '../../spec/schema.ts'
import { parseBalance } from './balance.ts'
import { parseCookie } from './cookie.ts'
import { readCustomLines } from './custom-lines.ts'
import { type ExternalPort, parseExternalPorts, USUAL_PORTS } from './external-ports.ts'
import type { Findings } from './findings.ts'
import { type Match, readMatches, readRewrite } from './hosts-and-paths.ts'
import type { KontenaBalancer, KontenaService } from './kontena.ts'
import { readOptions, type SetOptions } from './options.ts'
import { readUserList } from './user-list.ts'

/** What one asks for. */
export type Wish = {
  /** The keys of its pool but its servers. */
  readonly pool: PoolSpec
  /** Of http: which requests it takes. */
  readonly matches: readonly Match[]
  /** Of tcp: where it is reached. */
  readonly ports: readonly ExternalPort[]
  readonly sendProxy: 'none' | 'v1' | 'v2'
  /** Of tcp; null: not said. */
  readonly clientTimeout: string | null
  /** The name of the service that stands in; null: none. */
  readonly fallback: string | null
  readonly redirectsToHttps: boolean
}

/** A service and what was found in it. With faults it cannot be served as it is. */
export type Reading = { readonly service: KontenaService; readonly wish: Wish } & Findings

/** Reads one. */
export function readService(service: KontenaService, balancer: KontenaBalancer): Reading {
  const findings: Findings = { faults: [...(service.faults ?? [])], remarks: [...(service.remarks ?? [])] }
  const options = readOptions(service, findings)
  const matches = service.mode === 'http' ? readMatches(options, findings) : []
  const { lines, timeouts } = readCustomLines(options.get('custom_settings') ?? '', service.mode, findings)
  const { client = null, ...poolTimeouts } = timeouts
  const cookie = readCookie(options, `${balancer.name}/${service.name}`, findings)
  const customSettings = [...(cookie.customSettings ?? []), ...lines]
  const wish: Wish = {
    pool: {
      ...readBalance(options, service.mode, findings),
      ...readHealthCheck(options, findings),
      ...(cookie.sticky ? { sticky: cookie.sticky } : {}),
      ...readAuth(options, service.name, balancer, findings),
      ...readRewrite(options, matches, findings),
      ...(Object.keys(poolTimeouts).length > 0 ? { timeouts: poolTimeouts } : {}),
      ...(customSettings.length > 0 ? { customSettings } : {}),
    },
    matches,
    ports: service.mode === 'tcp' ? readPorts(options, balancer, findings) : [],
    sendProxy: readWord(options, 'send_proxy', ['none', 'v1', 'v2'], findings),
    clientTimeout: client,
    fallback: options.get('fallback')?.trim() ?? null,
    redirectsToHttps: readWord(options, 'https_redirect', ['false', 'true'], findings) === 'true',
  }
  return { service, wish, ...findings }
}

/** One of a few words, of which the first is usual. */
function readWord<Word extends string>(
  options: SetOptions,
  name: 'send_proxy' | 'https_redirect',
  words: readonly [Word, ...Word[]],
  { faults }: Findings,
): Word {
  const given = options.get(name)?.trim()
  const word = given === undefined ? words[0] : words.find((one) => one === given)
  if (word === undefined)
    faults.push(
      `KONTENA_LB_${name.toUpperCase()} is ${quoted(given)}; use ${words.join(', ').replace(/, (?=[^,]*$)/, ' or ')}`,
    )
  return word ?? words[0]
}

function readBalance(options: SetOptions, mode: 'http' | 'tcp', { faults }: Findings): PoolSpec {
  const balance = parseBalance(options.get('balance') ?? 'roundrobin', mode)
  if (balance.ok) return balance.value
  faults.push(balance.message)
  return {}
}

function readHealthCheck(options: SetOptions, { faults }: Findings): PoolSpec {
  const [uri, portText] = [options.get('health_check_uri')?.trim(), options.get('health_check_port')?.trim()]
  const port = portText === undefined ? null : parsePort(portText)
  if (uri !== undefined && !parseRequestTarget(uri).ok)
    faults.push(`health_check uri is ${quoted(uri)}; it starts with '/', for example /health`)
  if (port?.ok === false) faults.push(`health_check port is ${quoted(portText)}; use 1 to 65535`)
  if (uri === undefined && port === null) return {}
  return {
    healthCheck: {
      ...(uri === undefined ? {} : { type: 'http', path: uri }),
      ...(port?.ok ? { port: port.value } : {}),
    },
  }
}

function readCookie(options: SetOptions, who: string, { faults }: Findings): PoolSpec {
  const text = options.get('cookie')
  const cookie = text === undefined ? null : parseCookie(text, who)
  if (cookie?.ok === false) faults.push(cookie.message)
  return cookie?.ok ? cookie.value : {}
}

/** Servers got the password too, and some go by it. */
function readAuth(options: SetOptions, name: string, balancer: KontenaBalancer, findings: Findings): PoolSpec {
  const text = options.get('basic_auth_secrets')
  if (text === undefined) return {}
  const users = readUserList(text, `${balancer.name}/${name}`, findings)
  const realm = parseRealm(name).ok ? { realm: name } : {}
  return { auth: { basic: { ...realm, users, forward: true } } }
}

function readPorts(
  options: SetOptions,
  { ports: own, name }: KontenaBalancer,
  { faults }: Findings,
): readonly ExternalPort[] {
  const ports = parseExternalPorts(options.get('external_port') ?? '')
  if (!ports.ok) {
    faults.push(ports.message)
    return USUAL_PORTS
  }
  const words = { http: 'http', https: 'https', stats: 'the statistics page' } as const
  for (const { external } of ports.value) {
    const [kind] = (['http', 'https', 'stats'] as const).filter((one) => own[one] === external)
    if (kind)
      faults.push(
        `KONTENA_LB_EXTERNAL_PORT is ${external}, where load balancer ${name} has ${words[kind]}; use another port`,
      )
  }
  return ports.value
}
