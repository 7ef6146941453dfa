// A pool becomes a `backend` section, the user's raw lines included.
import type { Algorithm, HealthCheck, Pool, PoolTimeouts, Stickiness } from '../../model/config.ts'
import { formatBackendName } from './names.ts'
import type { ProcessSettings } from './process-settings.ts'
import { renderRateLimit } from './rate-limit.ts'
import { renderServer } from './server-line.ts'
import { renderWord } from './word.ts'

/** The lines of one pool's section. */
export function renderPool(pool: Pool, settings: ProcessSettings): string[] {
  return [
    `backend ${formatBackendName(pool.id)} from df_${pool.mode}`,
    ...indent([
      ...renderAlgorithm(pool.algorithm),
      ...renderTimeouts(pool.timeouts, pool.healthCheck),
      ...(pool.mode === 'http' ? HTTP_LINES : []),
      ...renderHealthCheck(pool.healthCheck),
      ...renderStickiness(pool.stickiness, settings.cookieKey),
      ...(pool.rateLimit ? renderRateLimit(pool.rateLimit, pool.mode) : []),
      ...pool.customLines,
      ...pool.servers.map((server) => `server ${renderServer(server, pool.healthCheck)}`),
    ]),
  ]
}

/** Our name for a server is its target without brackets; a Host header has them around IPv6. */
const SERVER_ITSELF = `'%[srv_name,regsub("^(.*:.*):([0-9]+)$","[\\1]:\\2")]'`

/** Retrying a request whose answer never began is safe only where a second time does no harm (RFC 9110 section 9.2.2). */
const HTTP_LINES = [
  'option forwardfor',
  'retry-on conn-failure empty-response',
  'http-request disable-l7-retry unless { method GET HEAD OPTIONS }',
]

const ALGORITHMS: Readonly<Record<Algorithm, readonly string[]>> = {
  roundrobin: ['balance roundrobin'],
  leastconn: ['balance leastconn'],
  random: ['balance random(2)'],
  // Consistent hashing moves few clients when servers come and go, and is what weights and run-time servers need.
  source: ['balance source', 'hash-type consistent'],
}

function renderAlgorithm(algorithm: Algorithm): readonly string[] {
  return ALGORITHMS[algorithm]
}

function renderTimeouts(timeouts: PoolTimeouts, check: HealthCheck): string[] {
  const { connectMs, serverMs, queueMs, tunnelMs } = timeouts
  return [
    `timeout connect ${connectMs}ms`,
    `timeout server ${serverMs}ms`,
    `timeout queue ${queueMs}ms`,
    `timeout tunnel ${tunnelMs}ms`,
    `timeout check ${check.timeoutMs}ms`,
  ]
}

function renderHealthCheck(check: HealthCheck): string[] {
  switch (check.type) {
    case 'none':
    case 'tcp':
      return []
    case 'http':
      // The Host is what a client would send that asks the server itself, unless the user names one.
      return [
        'option httpchk',
        `http-check send meth GET uri ${renderWord(check.path)} ver HTTP/1.1 hdr Host ${check.host ?? SERVER_ITSELF} hdr User-Agent fairlead-health-check`,
        `http-check expect status ${check.statusFrom}-${check.statusTo}`,
      ]
    case 'custom':
      return [
        'option tcp-check',
        'tcp-check connect',
        ...(check.send === '' ? [] : [`tcp-check send-binary ${check.send}`]),
        `tcp-check expect binary ${check.expect}`,
      ]
  }
}

function renderStickiness(stickiness: Stickiness | null, cookieKey: string): string[] {
  if (stickiness === null) return []
  if (stickiness.mode === 'source') return ['stick-table type ipv6 size 200k expire 30m peers fairlead', 'stick on src']
  return [`cookie ${stickiness.cookieName} insert indirect nocache httponly dynamic`, `dynamic-cookie-key ${cookieKey}`]
}

/** Lines of a section stand two spaces in. */
export function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}
