// From a request's host and path to its pool: lookups in one tree-shaped map, so that the cost stays flat with any number of routes.
import type { Listener } from '../../model/config.ts'
import { renderForwarded } from './forwarded.ts'
import { formatRouteMapPath } from './names.ts'
import type { ProcessSettings } from './process-settings.ts'
import { hasSteps, renderSteps } from './steps.ts'
import { renderSilence } from './thinning.ts'

type RoutingSettings = Pick<ProcessSettings, 'capabilities' | 'trustedProxies'>

const FOUND = '{ var(txn.pool) -m found }'

/** Leaves the rules of this section: a request of an exact host skips what would cost a worker of 2.6.12 3,200 instructions. */
const DONE = `http-request allow if ${FOUND}`

const NOT_FOUND = `http-request return status 404 content-type text/plain string "No route for this host and path.\\n"`

/** The same where steps come afterwards. */
const NOT_YET = ` unless ${FOUND}`

/**
 * The rules of a listener: exact host, then wildcard hosts from the longest, then any host; inside each the longest path.
 * Map keys are `host/path/`, `.suffix/path/` and `/path/`; the request's path gets a `/` at its end, so that
 * prefixes match by whole segments. They end with the first pool found: what every request needs stands before them.
 */
export function renderRouting(listener: Listener, { capabilities, trustedProxies }: RoutingSettings): string[] {
  const map = formatRouteMapPath(listener.id)
  const hostOnly = capabilities.hostOnly ? 'host_only' : 'regsub(:[0-9]+$,)'
  const isLong = hasSteps(listener)
  // A Host with a slash in it must not reach into the path part of the key.
  const host = `req.hdr(host),field(1,/),${hostOnly},lower`
  const lookup = (key: string) => {
    const rule = `http-request set-var(txn.pool) ${key},map_beg(${map})`
    return isLong ? [`${rule}${NOT_YET}`] : [rule, DONE]
  }
  const notFound = (isLost: string) => [
    renderSilence('http', 'http-request', isLost),
    `${NOT_FOUND}${isLost === '' ? '' : ` if ${isLost}`}`,
  ]
  return [
    ...renderForwarded({ trustedProxies }, listener),
    'http-request set-var(txn.path) path',
    // The usual way: one lookup, and nothing of the request is kept but its path and its pool.
    ...lookup(`${host},concat(,txn.path,/)`),
    // Without the first label, since a wildcard never takes the name it stands below.
    `http-request set-var(txn.parent) ${host},field(2,.,0)${isLong ? NOT_YET : ''}`,
    ...renderWildcards(listener.wildcardLabels, lookup, isLong),
    ...lookup('path,concat(/)'),
    ...(isLong ? renderSteps(listener, map, notFound) : []),
    ...notFound(isLong ? `!${FOUND}` : ''),
  ]
}

/** Tries the host's last labels, as many as the longest wildcard has, then one fewer each time. */
function renderWildcards(labels: number, lookup: (key: string) => string[], isLong: boolean): string[] {
  return Array.from({ length: labels }, (_, index) => [
    `http-request set-var(txn.suffix) var(txn.parent),field(-1,.,${labels - index})${isLong ? NOT_YET : ''}`,
    ...lookup('str(.),concat(,txn.suffix),concat(,txn.path,/)'),
  ]).flat()
}
