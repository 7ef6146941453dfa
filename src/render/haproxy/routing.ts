// From a request's host and path to its pool: lookups in one tree-shaped map, so that the cost stays flat with any number of routes.
import { type Route, wildcardDepth } from '../../model/config.ts'
import { formatBackendName, formatRouteKey } from './names.ts'
import type { Capabilities } from './process-settings.ts'

const FOUND = '{ var(txn.pool) -m found }'

/**
 * The rules of a listener: exact host, then wildcard hosts from the longest, then any host; inside each the longest path.
 * Map keys are `host/path/`, `.suffix/path/` and `/path/`; the request's path gets a `/` at its end, so that
 * prefixes match by whole segments.
 */
export function renderRouting(routes: readonly Route[], map: string, capabilities: Capabilities): string[] {
  const hostOnly = capabilities.hostOnly ? 'host_only' : 'regsub(:[0-9]+$,)'
  const lookup = (key: string) => `http-request set-var(txn.pool) ${key},concat(,txn.path,/),map_beg(${map})`
  return [
    // A Host with a slash in it must not reach into the path part of the key.
    `http-request set-var(txn.host) req.hdr(host),field(1,/),${hostOnly},lower`,
    'http-request set-var(txn.path) path',
    'http-request set-header X-Forwarded-Proto http',
    lookup('var(txn.host)'),
    ...renderWildcards(wildcardDepth(routes), lookup),
    `http-request set-var(txn.pool) path,concat(/),map_beg(${map}) unless ${FOUND}`,
    `http-request return status 404 content-type text/plain string "No route for this host and path.\\n" unless ${FOUND}${capabilities.stopping ? ' or { stopping }' : ''}`,
  ]
}

/** Cuts the host to as many labels as the longest wildcard has, then tries it with one label fewer each time. */
function renderWildcards(labels: number, lookup: (key: string) => string): string[] {
  const rules = [
    `http-request set-var(txn.suffix) var(txn.host),regsub(^[^.]*,) unless ${FOUND}`,
    `http-request set-var(txn.suffix) 'var(txn.suffix),regsub("^.*((\\.[^.]+){${labels}})$","\\1")' unless ${FOUND}`,
    `${lookup('var(txn.suffix)')} unless ${FOUND}`,
  ]
  for (let left = labels - 1; left > 0; left--) {
    rules.push(
      `http-request set-var(txn.suffix) var(txn.suffix),regsub(^.[^.]*,) unless ${FOUND}`,
      `${lookup('var(txn.suffix)')} unless ${FOUND}`,
    )
  }
  return rules
}

/** The map's rows, one a route. */
export function renderRouteMap(routes: readonly Route[]): string {
  return routes.map((route) => `${formatRouteKey(route)} ${formatBackendName(route.pool)}\n`).join('')
}
