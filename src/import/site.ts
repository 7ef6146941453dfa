// What an imported file says of the outside: ports, names, and where requests go. Both formats come to this.
import type { PoolSpec, RouteSpec } from '../spec/schema.ts'

/** What of a route is not its match: its own pool, or the name of a shared one, or a redirect. */
export type RouteKeys = Omit<RouteSpec, 'match'>

export type SiteRoute = { readonly path: string; readonly keys: RouteKeys }

/** What one server block, or one frontend, answers to. */
export type Site = {
  /** What the file calls it; null: nothing. */
  readonly name: string | null
  readonly line: number
  readonly bind: string | null
  readonly plainPorts: readonly number[]
  readonly tlsPorts: readonly number[]
  readonly certificateFile: string | null
  readonly minVersion: '1.3' | null
  /** null: any host. */
  readonly hosts: readonly (string | null)[]
  readonly routes: readonly SiteRoute[]
  /** Plain requests do nothing but go to https. */
  readonly isWayToTls: boolean
  readonly timeouts: { readonly httpRequest?: string; readonly keepAlive?: string; readonly client?: string }
}

/** Pools by the names routes call them. */
export type Pools = ReadonlyMap<string, PoolSpec>
