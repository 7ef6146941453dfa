// A Config becomes the files HAProxy reads: one for the process, one for the listeners, one for each load balancer, and the maps.
import type { Config, Pool, RateLimit } from '../../model/config.ts'
import type { RenderedFile } from '../files.ts'
import { OWN_MAP, renderHandOverBackend } from './hand-over.ts'
import { renderListener } from './listener.ts'
import { formatRouteMapPath } from './names.ts'
import { renderPool } from './pool.ts'
import { renderProcess } from './process.ts'
import type { ProcessSettings } from './process-settings.ts'
import { renderRateLimitTable } from './rate-limit.ts'
import { renderRouteMap } from './routing.ts'

/** Every file of a configuration, in the order HAProxy reads them. The same Config gives the same files. */
export function renderHaproxy(config: Config, settings: ProcessSettings): RenderedFile[] {
  const byListener = Map.groupBy(config.routes, (route) => route.listener)
  const routesOf = (listener: string) => byListener.get(listener) ?? []
  const listeners = config.listeners.flatMap((listener) => {
    const handOver = listener.mode === 'http' ? renderHandOverBackend(listener, settings) : []
    return [renderListener(listener, routesOf(listener.id), settings), ...(handOver.length > 0 ? [handOver] : [])]
  })
  const maps = config.listeners
    .filter((listener) => listener.mode === 'http')
    .map((listener) => ({
      path: formatRouteMapPath(listener.id),
      content: renderRouteMap(routesOf(listener.id)),
      owner: null,
    }))
  return [
    { path: 'config/10-process.cfg', content: toText([renderProcess(settings)]), owner: null },
    { path: 'config/20-listeners.cfg', content: toText(listeners), owner: null },
    { path: OWN_MAP.path, content: OWN_MAP.content, owner: null },
    ...renderOwners(config.pools, settings),
    ...maps,
  ]
}

function renderOwners(pools: readonly Pool[], settings: ProcessSettings): RenderedFile[] {
  const byOwner = Map.groupBy(pools, (pool) => pool.owner)
  return [...byOwner].map(([owner, own]) => ({
    path: `config/50-${owner}.cfg`,
    content: toText([...findLimits(own).map(renderRateLimitTable), ...own.map((pool) => renderPool(pool, settings))]),
    owner,
  }))
}

/** Each counter table once, however many pools count into it. */
function findLimits(pools: readonly Pool[]): RateLimit[] {
  return [
    ...new Map(
      pools.flatMap((pool) => (pool.rateLimit ? [[pool.rateLimit.scope, pool.rateLimit] as const] : [])),
    ).values(),
  ]
}

function toText(sections: readonly (readonly string[])[]): string {
  return sections.map((lines) => `${lines.join('\n')}\n`).join('\n')
}
