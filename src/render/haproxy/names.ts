// HAProxy's names for our things. Prefixed, since 3.3 refuses a frontend and a backend of one name.

/** A pool's backend. */
export function formatBackendName(poolId: string): string {
  return `be_${poolId}`
}

/** A listener's frontend. */
export function formatFrontendName(listenerId: string): string {
  return `fe_${listenerId.replace(/[[\]]/g, '')}`
}

/** The table that counts for a rate limit. */
export function formatTableName(scope: string): string {
  return `rl_${scope}`
}

/** The map of a listener's routes, relative to the generation's folder. */
export function formatRouteMapPath(listenerId: string): string {
  return `maps/routes_${listenerId.replace(/[[\]]/g, '').replace(/:/g, '_')}.map`
}
