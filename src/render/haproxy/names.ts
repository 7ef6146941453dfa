// HAProxy's names for our things. Prefixed, since 3.3 refuses a frontend and a backend of one name.

/** The way from a worker that is being replaced to a listener of the one after it. */
export function formatNextBackendName(listenerId: string): string {
  return `nx_${listenerId.replace(/[[\]]/g, '')}`
}

/** How the name of a place begins that is made when it is taken, by HAProxy 3.4 and later. */
export const MADE_WHEN_TAKEN = 'dy_'

/** Whether a place is there only while somebody has it. */
export function isMadeWhenTaken(place: string): boolean {
  return place.startsWith(MADE_WHEN_TAKEN)
}

/** The defaults section of a place in reserve: the same for all places of a profile. */
export function formatDefaultsName(place: string): string {
  const [, profile = ''] = /^(?:dy_)?(.*)_\d+$/.exec(place) ?? []
  return `pf_${profile}`
}

/** The one server of a pool that serves files: the process that reads them. No user's server has a name without a port. */
export const STATIC_SERVER = 'static-files'

/** A listener's frontend. */
export function formatFrontendName(listenerId: string): string {
  return `fe_${listenerId.replace(/[[\]]/g, '')}`
}

/** The table that counts for a rate limit. */
export function formatTableName(scope: string): string {
  return `rl_${scope}`
}

/**
 * A route's key in the map: `host/path/`, `.suffix/path/` for a wildcard, `/path/` for any host. The slash at its end makes
 * it match by whole segments; a path with a `*` at its end goes without.
 */
export function formatRouteKey(route: { readonly host: string | null; readonly path: string }): string {
  const host = (route.host ?? '').replace(/^\*/, '')
  return `${host}${route.path === '/' ? '/' : `${route.path}/`.replace(/\*\/$/, '')}`
}

/** The map of a listener's routes, relative to the generation's folder. */
export function formatRouteMapPath(listenerId: string): string {
  return `maps/routes_${listenerId.replace(/[[\]]/g, '').replace(/:/g, '_')}.map`
}
