// What goes over the wire: the answers of the REST API, as the CLI and other clients read them.
import type { LoadBalancerSpec } from '../spec/schema.ts'

export type Labels = Readonly<Record<string, string>>
export type ServerHealth = 'up' | 'down' | 'drain' | 'maint' | 'checking' | 'unresolved' | 'no check' | 'unknown'

/** One server as HAProxy sees it right now. */
export type BackendStatus = {
  readonly target: string
  /** main, pool.<name> or route.<slug>. */
  readonly pool: string
  readonly address: string | null
  readonly health: ServerHealth
  readonly weight: number
  readonly backup: boolean
  /** HAProxy's words for the last check: "L7OK/200 in 1ms". */
  readonly lastCheck: string
  readonly sessions: number
  readonly totalSessions: number
  readonly queued: number
  readonly errors: number
}

export type WireProblem = { readonly code: string; readonly message: string; readonly path?: string }

/** How the last change of this load balancer was carried out. */
export type LastApply = {
  readonly ms: number
  readonly reload: boolean
  readonly because: readonly string[]
  readonly at: string
}

export type Status = {
  readonly state: 'Running' | 'Updating' | 'Error'
  readonly conditions: readonly { readonly type: string; readonly status: boolean; readonly message: string }[]
  readonly publicIp: string
  readonly activeTargets: number
  readonly backends: readonly BackendStatus[]
  readonly problems: readonly WireProblem[]
  readonly appliedVersion: number | null
  readonly lastApply: LastApply | null
}

export type WireOrigin = { readonly source: string; readonly id: string }

/** GET /v1/load-balancers/{name}. */
export type LoadBalancer = {
  readonly id: string
  readonly name: string
  readonly kind: 'LoadBalancer'
  readonly version: number
  readonly labels: Labels
  readonly spec: LoadBalancerSpec
  readonly origin: WireOrigin
  readonly status: Status
  readonly createdAt: string
  readonly updatedAt: string
}

/** What would change: the same lines the log prints when it happens. */
export type PlanAnswer = {
  readonly plan: readonly string[]
  readonly reload: boolean
  readonly because: readonly string[]
  readonly problems: readonly WireProblem[]
}

export type HistoryEntry = {
  readonly version: number
  readonly revision: number
  readonly action: 'create' | 'update' | 'delete' | 'rollback'
  readonly author: string
  readonly time: string
  readonly spec: LoadBalancerSpec | null
  readonly labels: Labels
}

export type Node = {
  readonly name: string
  readonly vpcs: readonly string[]
  readonly version: string
  readonly haproxy: {
    readonly version: string
    readonly pid: number | null
    readonly workers: number
    readonly reloads: number
    readonly uptimeSeconds: number
    readonly maxConnections: number
  }
  readonly loadBalancers: number
}

/** One line of /v1/events. */
export type EventRecord = {
  readonly id: string
  readonly time: string
  readonly type: 'created' | 'updated' | 'deleted' | 'applied' | 'problem' | 'resolved' | 'health' | 'haproxy'
  readonly loadBalancer: string | null
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>>
}

export type ErrorBody = {
  readonly error: string
  readonly code: string
  readonly details?: readonly { readonly path: string; readonly message: string }[]
  readonly request_id?: string
}
