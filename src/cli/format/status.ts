// Everything about one load balancer on one page: what it is, how it went live, its servers, what is wrong.
import type { LoadBalancer } from '../../api/wire.ts'
import { formatBackends } from './backend-table.ts'
import { formatLive, isLive } from './change-line.ts'
import { type Display, oneLine, paint } from './display.ts'
import { formatListen, styleOfState } from './load-balancer-table.ts'
import { formatTime } from './time.ts'
import { formatServedTls } from './tls.ts'

/** The page of `lb status`. */
export function formatStatus(display: Display, item: LoadBalancer): string {
  const { name, status } = item
  const heading = `${paint(display, 'bold', name)}  ${paint(display, styleOfState(status.state), status.state)}`
  const facts = listFacts(item)
  const width = Math.max(...facts.map(([what]) => what.length))
  const lines = facts.map(([what, value]) => `  ${paint(display, 'dim', what.padEnd(width))}  ${oneLine(value)}`)
  const backends = status.backends.length > 0 ? `\n${formatBackends(display, status.backends)}` : ''
  return `${[heading, ...lines].join('\n')}\n${backends}${formatProblems(display, item)}`
}

function listFacts(item: LoadBalancer): [string, string][] {
  const { spec, status, version, origin, labels } = item
  const { lastApply } = status
  const live = isLive(item)
    ? `${formatLive(lastApply)}${lastApply ? ` (${formatTime(lastApply.at)})` : ''}`
    : 'not live'
  const facts: [string, string | undefined][] = [
    ['type', `${spec.type ?? 'http'}, ${spec.algorithm ?? 'roundrobin'}`],
    ['listens', formatListen(spec)],
    ['tls', formatServedTls(item)],
    ['vpc', spec.vpc],
    ['files', spec.static?.root],
    ['backends', describeBackends(item)],
    ['sticky', spec.sticky && [spec.sticky.mode, spec.sticky.cookieName].filter(Boolean).join(' ')],
    [
      'rate limit',
      spec.rateLimit &&
        `${spec.rateLimit.requests} in ${spec.rateLimit.window}, then ${spec.rateLimit.action ?? 'deny'}`,
    ],
    ['routes', spec.routes && String(spec.routes.length)],
    [
      'labels',
      Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(', ') || undefined,
    ],
    ['version', `${version}, ${live}`],
    ['source', origin.source === 'store' ? 'store' : `${origin.source} ${origin.id}`],
  ]
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined)
}

function describeBackends({ spec, status }: LoadBalancer): string | undefined {
  if (status.backends.length > 0) return `${status.activeTargets} of ${status.backends.length} take traffic`
  return spec.static ? undefined : 'none yet'
}

function formatProblems(display: Display, { status }: LoadBalancer): string {
  if (status.problems.length === 0) return ''
  const lines = status.problems.map(({ path, message }) => `  ${path ? `${path}: ` : ''}${oneLine(message)}`)
  return `\n${[paint(display, 'yellow', 'Problems'), ...lines].join('\n')}\n`
}
