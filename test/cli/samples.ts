// Answers of the API to test with.
import type { BackendStatus, HistoryEntry, LastApply, LoadBalancer, Node, Status } from '../../src/api/wire.ts'

export const LIVE: LastApply = { ms: 8, reload: false, because: [], at: '2026-11-21T10:00:00.000Z' }
export const RELOADED: LastApply = { ...LIVE, ms: 62, reload: true, because: ['new listener 0.0.0.0:80'] }

export function sampleBackend(changes: Partial<BackendStatus> = {}): BackendStatus {
  return {
    target: 'web-1:8080',
    pool: 'main',
    address: '10.0.0.1',
    health: 'up',
    weight: 1,
    backup: false,
    lastCheck: 'L7OK/200 in 1ms',
    sessions: 3,
    totalSessions: 120,
    queued: 0,
    errors: 0,
    ...changes,
  }
}

type Changes = Partial<Omit<LoadBalancer, 'status'>> & { readonly status?: Partial<Status> }

export function sampleLoadBalancer({ status, ...changes }: Changes = {}): LoadBalancer {
  const version = changes.version ?? 3
  return {
    id: 'lb-a1b2c3d4e5',
    name: 'web-lb',
    kind: 'LoadBalancer',
    version,
    labels: {},
    spec: { type: 'http', backends: [{ target: 'web-1:8080' }, { target: 'web-2:8080' }] },
    origin: { source: 'store', id: 'lb-a1b2c3d4e5' },
    createdAt: '2026-11-20T10:00:00.000Z',
    updatedAt: '2026-11-21T10:00:00.000Z',
    ...changes,
    status: {
      state: 'Running',
      conditions: [],
      publicIp: '',
      activeTargets: 1,
      backends: [sampleBackend(), sampleBackend({ target: 'web-2:8080', health: 'down', lastCheck: 'L4CON in 0ms' })],
      problems: [],
      appliedVersion: version,
      lastApply: LIVE,
      ...status,
    },
  }
}

export function sampleEntry(version: number, changes: Partial<HistoryEntry> = {}): HistoryEntry {
  return {
    version,
    revision: version + 10,
    action: version === 1 ? 'create' : 'update',
    author: 'ann',
    time: '2026-11-21T10:00:00.000Z',
    spec: { type: 'http' },
    labels: {},
    ...changes,
  }
}

export const NODE: Node = {
  name: 'node-1',
  vpcs: [],
  version: '0.1.0',
  haproxy: { version: '2.6.12', pid: 4711, workers: 1, reloads: 2, uptimeSeconds: 93_784, maxConnections: 20_000 },
  loadBalancers: 2,
}
