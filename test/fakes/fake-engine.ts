// A daemon that applies everything at once and reports what it was asked: for tests of the API without HAProxy.
import { EventEmitter, once } from 'node:events'
import type { CertificateDesk, CertificateRecord } from '../../src/api/certificate-desk.ts'
import type { Engine, Foreign, LogFilter, Outcome, Proposal, Verdict } from '../../src/api/engine.ts'
import type {
  EventRecord,
  HaproxyStatus,
  LastApply,
  LogLine,
  PlanAnswer,
  RecordInfo,
  Status,
  TopRow,
} from '../../src/api/wire.ts'
import type { LoadBalancerInput } from '../../src/spec/schema.ts'
import type { Store } from '../../src/store/store.ts'

export const LAST_APPLY: LastApply = { ms: 8, reload: false, because: [], at: '2026-11-20T09:30:00.000Z' }

/** What a test sets and reads. */
export type FakeEngine = Engine & {
  foreignOnes: Foreign[]
  /** Every list of proposals that was reviewed. */
  readonly reviewed: (readonly Proposal[])[]
  /** Every wait for a change, as "web-lb 3". */
  readonly settledOnes: string[]
  /** Refuses a proposal that the test does not like. */
  refuse: (proposal: Proposal) => Verdict['refusal']
  /** Runs at each review, before its answer. */
  onReview: () => void | Promise<void>
  /** What became of a change; live where nothing is said. */
  outcome: Partial<Outcome>
  ready: boolean
  /** What became of a container; this daemon reads none where nothing is said. */
  explained: Engine['explain']
  downs: number
  /** Every filter the access log was asked with. */
  readonly askedLogs: LogFilter[]
  /** Certificates that are obtained, beside those that are stored. */
  obtainedOnes: CertificateRecord[]
  /** Tells an event; ids count from 1. */
  tell(message: string): void
  /** How many event streams are open. */
  listeners(): number
}

/** Makes one over a store, whose content is what it applies. */
export function createFakeEngine(store: Store<LoadBalancerInput>): FakeEngine {
  const events: EventRecord[] = []
  const told = new EventEmitter().setMaxListeners(0)
  let open = 0
  const fake: FakeEngine = {
    foreignOnes: [],
    reviewed: [],
    settledOnes: [],
    refuse: () => null,
    onReview: () => {},
    outcome: {},
    ready: true,
    explained: () => ({ kind: 'no-source' }),
    downs: 0,
    askedLogs: [],
    review: async (proposals) => {
      fake.reviewed.push(proposals)
      await fake.onReview()
      const refusal = proposals.map((each) => fake.refuse(each)).find((each) => each !== null) ?? null
      return { answer: planOf(proposals), refusal }
    },
    settled: async (name, version, { deleted }) => {
      fake.settledOnes.push(`${name} ${version}${deleted ? ' deleted' : ''}`)
      return { live: true, version, lastApply: LAST_APPLY, problems: [], ...fake.outcome }
    },
    status: async (name) => statusOf(store.get(name)?.value, store.get(name)?.version ?? null),
    statuses: async (names) =>
      new Map(names.map((name) => [name, statusOf(store.get(name)?.value, store.get(name)?.version ?? null)])),
    foreign: () => fake.foreignOnes,
    foreignNamed: (name) => fake.foreignOnes.find(({ resource }) => resource.name === name),
    renew: (name) =>
      store.get(name)?.value.spec.tls?.domain === undefined ? [] : [store.get(name)?.value.spec.tls?.domain ?? ''],
    records: () => [RECORD],
    planRecords: async () => [{ ...RECORD, state: 'create' }],
    takeOverRecord: (domain) => domain === RECORD.domain,
    obtainedOnes: [],
    certificates: createFakeDesk(() => fake.obtainedOnes),
    nodes: async () => [NODE],
    haproxy: async () => HAPROXY,
    isReady: () => ({ ready: fake.ready, because: fake.ready ? 'serving' : 'the source docker has not spoken yet' }),
    configuration: async () => [{ path: 'haproxy.cfg', content: 'global\n' }],
    check: async () => ({ valid: true, output: 'Configuration file is valid' }),
    metrics: async () => '# HELP fairlead_up 1\nfairlead_up 1\n',
    events: async function* (after, signal) {
      open++
      try {
        let next = after === undefined ? 0 : Number(after)
        while (!signal.aborted) {
          while (next < events.length) yield events[next++] as EventRecord
          await once(told, 'event', { signal }).catch(() => undefined)
        }
      } finally {
        open--
      }
    },
    logs: async (name, filter) => {
      fake.askedLogs.push(filter)
      return [{ ...LOG_LINE, loadBalancer: name }]
    },
    followLogs: async function* (name, filter, signal) {
      fake.askedLogs.push(filter)
      yield [{ ...LOG_LINE, loadBalancer: name }, { lost: 7 }]
      await once(signal, 'abort')
    },
    top: async (name) => ({
      time: LAST_APPLY.at,
      seconds: 1,
      items: name === null ? [] : [{ ...TOP_ROW, loadBalancer: name }],
    }),
    explain: (container) => fake.explained(container),
    down: async () => void fake.downs++,
    tell: (message) => {
      events.push({ id: `${events.length + 1}`, time: LAST_APPLY.at, type: 'updated', loadBalancer: 'web-lb', message })
      told.emit('event')
    },
    listeners: () => open,
  }
  return fake
}

const NODE = {
  name: 'node-1',
  vpcs: [],
  version: '0.1.0',
  haproxy: { version: '2.6.12', pid: 42, workers: 1, reloads: 3, uptimeSeconds: 60, maxConnections: 1000 },
  loadBalancers: 1,
}

/** The one domain that is in a zone of ours. */
export const RECORD: RecordInfo = {
  domain: 'app.example.com',
  addresses: ['192.0.2.1'],
  provider: 'rfc2136 at 127.0.0.1:53',
  state: 'current',
  lastError: null,
  checkedAt: '2026-11-21T10:00:00.000Z',
}

export const HAPROXY: HaproxyStatus = {
  version: '2.6.12',
  masterPid: 42,
  workerPid: 60,
  generation: '9',
  uptimeSeconds: 93_784,
  workerUptimeSeconds: 480,
  reloads: { done: 8, failed: 1, reasons: { start: 1, 'listener-added': 3 } },
  connections: { current: 17, max: 20_000 },
  oldWorkerLimit: 10,
  oldWorkers: [
    {
      pid: 51,
      generation: '8',
      ageSeconds: 900,
      oldSince: '2026-11-20T09:22:00.000Z',
      deadline: '2026-11-20T10:22:00.000Z',
      connections: { total: 16, tunnels: 3, tcp: 1, requests: 0, idle: 12, isPartial: false },
      why: '3 WebSockets or other tunnels, 1 TCP connection, 12 idle keep-alive clients; ends at the latest in 52 min',
    },
  ],
  reserve: [{ profile: 'http', free: 5, used: 3, leaving: 1 }],
}

export const TOP_ROW: TopRow = {
  loadBalancer: 'web-lb',
  pool: null,
  server: null,
  requestsPerSecond: 1204.4,
  errors4xxPerSecond: 3.2,
  errors5xxPerSecond: 0,
  failuresPerSecond: 0,
  bytesInPerSecond: 150_000,
  bytesOutPerSecond: 4_200_000,
  sessions: 12,
  queued: 0,
  health: '2/3 up',
  latency: { from: 'log', samples: 120, p50Ms: 4, p90Ms: 20, p99Ms: 180, averageMs: 7 },
}

export const LOG_LINE: LogLine = {
  time: '2026-11-21T10:00:00.120Z',
  loadBalancer: 'web-lb',
  client: '192.0.2.7',
  requestId: 'id-1',
  method: 'GET',
  host: 'www.example.com',
  path: '/api/users',
  pool: 'main',
  server: 'web-1:8080',
  status: 504,
  durationMs: 60_003,
  queueMs: 1,
  connectMs: 2,
  answerMs: null,
  retries: 0,
  bytes: 198,
  end: 'sH',
  ending: 'the server did not answer in time',
  standsFor: 1,
}

function planOf(proposals: readonly Proposal[]): PlanAnswer {
  const plan = proposals.map(({ name, resource }) => `${resource === null ? 'remove' : 'set'} ${name}`)
  return { plan, reload: plan.length > 0, because: plan.length > 0 ? ['a listener changes'] : [], problems: [] }
}

function statusOf(resource: LoadBalancerInput | undefined, version: number | null): Status {
  const backends = (resource?.spec.backends ?? []).map(({ target, weight = 1, backup = false }) => ({
    target: target.replace(/[[\]]/g, ''),
    pool: 'main',
    address: '127.0.0.1',
    health: 'up' as const,
    weight,
    backup,
    lastCheck: 'L4OK in 0ms',
    sessions: 0,
    totalSessions: 0,
    queued: 0,
    errors: 0,
  }))
  return {
    state: 'Running',
    conditions: [{ type: 'Live', status: true, message: 'serving' }],
    publicIp: '',
    activeTargets: backends.length,
    backends,
    problems: [],
    appliedVersion: version,
    lastApply: LAST_APPLY,
  }
}

/** A desk that takes every text; the certificate `used` is used by web-lb, and texts with "bad" in them are refused. */
function createFakeDesk(obtained: () => readonly CertificateRecord[]): CertificateDesk {
  const kept = new Map<string, CertificateRecord>()
  const key = {
    keyType: 'ecdsa',
    fingerprint: 'AB12',
    names: ['a.test'],
    notBefore: '2026-01-01T00:00:00.000Z',
    notAfter: '2027-01-01T00:00:00.000Z',
    issuer: 'CN=Test CA',
    fingerprintSha256: 'CD34',
    chain: ['CN=a.test', 'CN=Test CA'],
    complete: false,
  } as const
  const usersOf = (name: string) => (name === 'used' ? ['web-lb'] : [])
  return {
    list: async () => [...kept.values(), ...obtained()],
    get: async (name) => kept.get(name) ?? obtained().find((one) => one.name === name),
    put: async (name, texts) => {
      if (texts.some((text) => text.includes('bad'))) return { ok: false, message: 'it holds no certificate' }
      const updatedAt = '2026-11-20T09:30:00.000Z'
      kept.set(name, { name, keys: [key], updatedAt, usedBy: usersOf(name), remarks: [], obtained: null })
      return { ok: true, value: [key] }
    },
    remove: async (name) => void kept.delete(name),
    served: async () => true,
  }
}
