// A load balancer's status, from what was applied and what HAProxy says right now.
import type { BackendStatus, LastApply, ServerHealth, Status, WireProblem } from '../api/wire.ts'
import type { ObtainState } from '../certs/obtain/obtain-state.ts'
import type { StatRow } from '../haproxy/stat-table.ts'
import type { Placement } from '../merge/merge.ts'
import type { Config, Pool, Server } from '../model/config.ts'
import { formatTarget } from '../model/target.ts'
import { toTlsStatus } from './tls-status.ts'

/** What a status is made of. */
export type StatusGround = {
  readonly placement: Placement | undefined
  readonly config: Config
  /** HAProxy's rows of servers by `place/server`. */
  readonly rows: ReadonlyMap<string, StatRow>
  readonly placeOf: (poolId: string) => string
  readonly lastApply: LastApply | null
  /** Why the last turn failed; null when it did not. */
  readonly failure: string | null
  readonly publicIp: string
  /** How it stands with a domain whose certificate is obtained. */
  readonly obtaining: (domain: string) => ObtainState | undefined
}

/** The status as the API answers it. */
export function toStatus(name: string, ground: StatusGround): Status {
  const { placement, config, rows, placeOf, lastApply, failure, publicIp } = ground
  const pools = config.shares.get(name)?.pools ?? []
  const backends = pools.flatMap((pool) =>
    pool.servers.map((server) => toBackendStatus(pool, server, rows.get(`${placeOf(pool.id)}/${server.name}`))),
  )
  const fatal = placement?.problems.find((problem) => problem.fatal)
  const problems = [
    ...(placement?.problems ?? []),
    ...(failure === null ? [] : [{ code: 'not_applied', message: failure }]),
  ].map(toWireProblem)
  const isApplied = placement !== undefined && failure === null
  const servesNothing = placement !== undefined && placement.serving === null
  const state = fatal || servesNothing || failure !== null ? 'Error' : isApplied ? 'Running' : 'Updating'
  const activeTargets = backends.filter(({ health }) => takesTraffic(health)).length
  const appliedVersion = placement?.serving?.origin.version ?? null
  return {
    state,
    conditions: toConditions(ground, backends, activeTargets),
    publicIp,
    activeTargets,
    backends,
    problems,
    appliedVersion,
    lastApply,
    ...toTlsStatus(config.shares.get(name)?.certificates ?? [], ground, problems),
  }
}

function toConditions(
  { placement, failure }: StatusGround,
  backends: readonly BackendStatus[],
  active: number,
): Status['conditions'] {
  const serving = placement?.serving ?? null
  const isCurrent = serving !== null && serving.origin.version === placement?.version && failure === null
  const applied = isCurrent
    ? 'HAProxy serves this version'
    : serving
      ? 'an earlier version serves'
      : 'nothing of it serves'
  const healthy =
    backends.length === 0 ? 'it has no backends yet' : `${active} of ${backends.length} backends take traffic`
  return [
    { type: 'Applied', status: isCurrent, message: applied },
    { type: 'Healthy', status: active > 0, message: healthy },
  ]
}

function toBackendStatus(pool: Pool, server: Server, row: StatRow | undefined): BackendStatus {
  const number = (column: string) => Number(row?.[column] ?? 0)
  return {
    target: formatTarget({ host: server.host, port: server.port }),
    pool: pool.id.slice(pool.owner.length + 1),
    address: server.address,
    health: toHealth(server, row),
    weight: server.weight,
    backup: server.backup,
    lastCheck: formatCheck(row),
    sessions: number('scur'),
    totalSessions: number('stot'),
    queued: number('qcur'),
    errors: number('econ') + number('eresp'),
  }
}

/** HAProxy's words ("UP 1/3", "DOWN (agent)", "MAINT", "no check") in ours. */
export function toHealth(server: Server, row: StatRow | undefined): ServerHealth {
  if (server.address === null) return 'unresolved'
  if (!row) return 'unknown'
  const status = row['status'] ?? ''
  if (status.startsWith('MAINT')) return 'maint'
  if (status.startsWith('DOWN') || status.startsWith('NOLB')) return 'down'
  if (server.state === 'drain' || status.startsWith('DRAIN')) return 'drain'
  if (status === 'no check') return 'no check'
  return ['', 'INI', 'UNK'].includes((row['check_status'] ?? '').replace(/^\* /, '')) ? 'checking' : 'up'
}

/** Whether HAProxy gives new requests to such a server: one that comes with a start or a reload counts as up until its first check says otherwise. */
export function takesTraffic(health: ServerHealth): boolean {
  return health === 'up' || health === 'no check' || health === 'checking'
}

/** "L7OK/200 in 1ms", "L4CON: Connection refused", or empty before the first check. */
function formatCheck(row: StatRow | undefined): string {
  const status = (row?.['check_status'] ?? '').replace(/^\* /, '')
  if (!row || status === '' || status === 'INI') return ''
  const code = row['check_code'] ? `/${row['check_code']}` : ''
  const time = row['check_duration'] ? ` in ${row['check_duration']}ms` : ''
  const info = /OK/.test(status) ? '' : row['last_chk'] ? `: ${row['last_chk']}` : ''
  return `${status}${code}${time}${info}`
}

/** A problem without what only we need to know. */
export function toWireProblem(problem: {
  readonly code: string
  readonly message: string
  readonly path?: string
}): WireProblem {
  return { code: problem.code, message: problem.message, ...(problem.path === undefined ? {} : { path: problem.path }) }
}
