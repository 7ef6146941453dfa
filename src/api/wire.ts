// What goes over the wire: the answers of the REST API, as the CLI and other clients read them.
import type { LoadBalancerSpec } from '../spec/schema.ts'
import type { TlsStatus } from './wire-tls.ts'

export type { ExplainedService, Explanation } from './explanation.ts'
export type { ObtainedDomain, RecordInfo, TlsStatus } from './wire-tls.ts'

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
  /** Absent: it serves no certificate. */
  readonly tls?: TlsStatus
}

/** GET /v1/certificates/{name}: everything but the key. */
export type CertificateInfo = {
  readonly name: string
  readonly domains: readonly string[]
  /** When the first of its keys ends; null where it cannot be read any more, or has not come yet. */
  readonly notAfter: string | null
  /** Of the first of its keys; null where there is none. */
  readonly issuer: string | null
  readonly keys: readonly {
    readonly keyType: string
    /** SHA-1 of the certificate, as HAProxy tells it. */
    readonly fingerprint: string
    readonly names: readonly string[]
    readonly notBefore: string
    readonly notAfter: string
    readonly issuer: string
    readonly fingerprintSha256: string
    /** Subjects, the certificate's own first, each issued by the next. */
    readonly chain: readonly string[]
    /** Whether it ends with a root, or at one that browsers have. */
    readonly complete: boolean
  }[]
  /** Load balancers by name. */
  readonly usedBy: readonly string[]
  /** When it was stored, or came; null: it has not come yet, or that is not known. */
  readonly updatedAt: string | null
  readonly problems: readonly WireProblem[]
  /** How it stands with one that the daemon obtains itself, whose name is its domain; null: a user stored it. */
  readonly obtained: {
    /** When the next is asked for; null: it is under way, or that is never done by itself. */
    readonly renewAt: string | null
    readonly isUnderWay: boolean
    /** Why the last try failed; null: it did not. */
    readonly lastError: string | null
    /** Tries in a row that failed. */
    readonly failures: number
  } | null
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

/** The connections of one HAProxy worker by kind; where `isPartial`, tunnels and requests are the least there are. */
export type Connections = {
  readonly total: number
  readonly tunnels: number
  readonly tcp: number
  readonly requests: number
  readonly idle: number
  readonly isPartial: boolean
}

/** A worker of an earlier configuration that still lives for its last connections. */
export type OldWorkerStatus = {
  readonly pid: number
  readonly generation: string | null
  readonly ageSeconds: number
  /** When the configuration after its own came into force. */
  readonly oldSince: string
  /** When it ends at the latest. */
  readonly deadline: string
  /** null where it does not answer. */
  readonly connections: Connections | null
  /** Why it lives, in words. */
  readonly why: string
}

/** Spare parts of one kind for changes without a reload: free, in use, and waiting to be free again. */
export type Reserve = {
  readonly profile: string
  readonly free: number
  readonly used: number
  readonly leaving: number
}

/** GET /v1/haproxy. */
export type HaproxyStatus = {
  readonly version: string
  readonly masterPid: number | null
  readonly workerPid: number | null
  readonly generation: string | null
  /** Of the master: since HAProxy was started. */
  readonly uptimeSeconds: number
  /** Of the worker in force: since the last reload. */
  readonly workerUptimeSeconds: number
  readonly reloads: {
    /** Since HAProxy was started. */
    readonly done: number
    /** Refused by HAProxy since the daemon was started. */
    readonly failed: number
    /** How many had which reason since the daemon was started. */
    readonly reasons: Readonly<Record<string, number>>
  }
  readonly connections: { readonly current: number; readonly max: number }
  /** How many old workers may live. */
  readonly oldWorkerLimit: number
  readonly oldWorkers: readonly OldWorkerStatus[]
  readonly reserve: readonly Reserve[]
}

/** One line of /v1/events. */
export type EventRecord = {
  readonly id: string
  readonly time: string
  readonly type:
    | 'created'
    | 'updated'
    | 'deleted'
    | 'applied'
    | 'problem'
    | 'resolved'
    | 'health'
    | 'haproxy'
    | 'certificate'
    | 'dns'
  readonly loadBalancer: string | null
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>>
}

/** One request or connection of /v1/load-balancers/{name}/logs. Times in milliseconds; null: it never came so far. */
export type LogLine = {
  readonly time: string
  readonly loadBalancer: string
  readonly client: string
  /** null where the load balancer gives none. */
  readonly requestId: string | null
  /** The three are null for TCP; the path has no query. */
  readonly method: string | null
  readonly host: string | null
  readonly path: string | null
  /** null where no pool was found for it. */
  readonly pool: string | null
  readonly server: string | null
  readonly status: number | null
  readonly durationMs: number
  readonly queueMs: number | null
  readonly connectMs: number | null
  readonly answerMs: number | null
  readonly retries: number
  readonly bytes: number
  /** HAProxy's two letters, and what they mean; null where it ended well. */
  readonly end: string
  readonly ending: string | null
  /** How many requests this line stands for: a busy listener logs one in 10 or 100. */
  readonly standsFor: number
}

/** Lines a follower was too slow for. */
export type LostLines = { readonly lost: number }

/**
 * How long requests waited until the head of their answer was there. `log`: percentiles of the access log's lines of the
 * last 10 s; `average`: too few of them, only HAProxy's average of the last 1024 requests.
 */
export type Latency = {
  readonly from: 'log' | 'average'
  readonly samples: number
  readonly p50Ms: number | null
  readonly p90Ms: number | null
  readonly p99Ms: number | null
  /** null: there was none yet. */
  readonly averageMs: number | null
}

/** A load balancer (`server` and `pool` null) or one of its servers. */
export type TopRow = {
  readonly loadBalancer: string
  readonly pool: string | null
  readonly server: string | null
  /** Connections, for TCP. */
  readonly requestsPerSecond: number
  readonly errors4xxPerSecond: number
  readonly errors5xxPerSecond: number
  /** Connections to a server that failed, and answers it broke off. */
  readonly failuresPerSecond: number
  readonly bytesInPerSecond: number
  readonly bytesOutPerSecond: number
  readonly sessions: number
  readonly queued: number
  /** "2/3 up" of a load balancer, else as in its status. */
  readonly health: string
  readonly latency: Latency
}

/** GET /v1/top. */
export type TopAnswer = {
  readonly time: string
  /** Between the two readings the rates are made of. */
  readonly seconds: number
  readonly items: readonly TopRow[]
}

export type ErrorBody = {
  readonly error: string
  readonly code: string
  readonly details?: readonly { readonly path: string; readonly message: string }[]
  readonly request_id?: string
}
