// The series of /metrics about traffic: by load balancer and by server, never more of them than was allowed.
import type { StatRow } from '../haproxy/stat-table.ts'
import type { Share } from '../model/config.ts'
import { formatTarget } from '../model/target.ts'
import { takesTraffic, toHealth } from './status.ts'

/** A family of series and how each is read from HAProxy's rows. */
type Family = { readonly name: string; readonly type: 'counter' | 'gauge'; readonly help: string; readonly read: Read }
type Read = (rows: readonly StatRow[]) => readonly Sample[]
type Sample = { readonly value: number; readonly code?: string }

/** One load balancer or server: its labels and its rows. */
type Subject = { readonly labels: string; readonly rows: readonly StatRow[] }

/** What is rendered, and within which bound. */
export type SeriesGround = {
  readonly shares: readonly Share[]
  /** By place and by `place/server`. */
  readonly rows: ReadonlyMap<string, StatRow>
  readonly placeOf: (poolId: string) => string
  /** The most servers, and the most load balancers, that have series of their own. */
  readonly most: number
}

const CODES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const

const LOAD_BALANCER = 'fairlead_load_balancer'
const SERVER = 'fairlead_backend'

const LOAD_BALANCER_FAMILIES = toFamilies(LOAD_BALANCER, 'a load balancer', 'requests_total')
const SERVER_FAMILIES = toFamilies(SERVER, 'a backend', 'sessions_total')

/** How many servers there are in all. */
export function countServers(shares: readonly Share[]): number {
  return shares.reduce((sum, { pools }) => sum + pools.reduce((all, { servers }) => all + servers.length, 0), 0)
}

/** The text, in Prometheus' format. Counters count from HAProxy's last start or reload, as Prometheus expects of them. */
export function renderSeries({ shares, rows, placeOf, most }: SeriesGround): string {
  const servers = countServers(shares)
  const [areServersIn, areSharesIn] = [servers <= most, shares.length <= most]
  const left = [
    gauge('fairlead_metrics_servers_left_out', 'Backends without series of their own: more than --metrics-servers', [
      ` ${areServersIn ? 0 : servers}`,
    ]),
    gauge('fairlead_metrics_load_balancers_left_out', 'Load balancers without series: more than --metrics-servers', [
      ` ${areSharesIn ? 0 : shares.length}`,
    ]),
  ]
  const ofShares = areSharesIn ? renderShares(shares, rows, placeOf) : []
  const ofServers = areServersIn ? renderServers(shares, rows, placeOf) : []
  return [...left, ...ofShares, ...ofServers].join('')
}

function renderShares(
  shares: readonly Share[],
  rows: SeriesGround['rows'],
  placeOf: SeriesGround['placeOf'],
): string[] {
  const subjects = shares.map((share) => ({
    labels: `load_balancer="${share.owner}"`,
    rows: share.pools.map(({ id }) => rows.get(placeOf(id))).filter((row) => row !== undefined),
  }))
  const up = subjects.map(({ labels, rows: own }) => `{${labels}} ${sum(own, 'act') + sum(own, 'bck')}`)
  const all = shares.map((share, index) => `{${subjects[index]?.labels}} ${countServers([share])}`)
  return [
    gauge(`${LOAD_BALANCER}_backends_up`, 'Backends that take traffic', up),
    gauge(`${LOAD_BALANCER}_backends`, 'Backends of a load balancer', all),
    ...LOAD_BALANCER_FAMILIES.map((family) => renderFamily(family, subjects)),
  ]
}

function renderServers(
  shares: readonly Share[],
  rows: SeriesGround['rows'],
  placeOf: SeriesGround['placeOf'],
): string[] {
  const known = shares.flatMap(({ pools }) =>
    pools.flatMap((pool) =>
      pool.servers.map((server) => {
        const row = rows.get(`${placeOf(pool.id)}/${server.name}`)
        const poolName = pool.id.slice(pool.owner.length + 1)
        const labels = `load_balancer="${pool.owner}",pool="${poolName}",target="${formatTarget(server)}"`
        return { labels, rows: row ? [row] : [], isUp: takesTraffic(toHealth(server, row)) }
      }),
    ),
  )
  const up = known.map(({ labels, isUp }) => `{${labels}} ${isUp ? 1 : 0}`)
  return [
    gauge(`${SERVER}_up`, '1 while a backend takes traffic', up),
    ...SERVER_FAMILIES.map((family) => renderFamily(family, known)),
  ]
}

function toFamilies(prefix: string, what: string, total: string): Family[] {
  const one = (column: string, divisor = 1): Read => {
    return (rows) => [{ value: sum(rows, column) / divisor }]
  }
  const family = (name: string, type: Family['type'], help: string, read: Read) => ({
    name: `${prefix}_${name}`,
    type,
    help,
    read,
  })
  return [
    family(total, 'counter', `Requests (TCP: connections) of ${what}`, one('stot')),
    family('responses_total', 'counter', `Answers of ${what} by class of status`, (rows) =>
      CODES.map((code) => ({ code, value: sum(rows, `hrsp_${code}`) })),
    ),
    family('failures_total', 'counter', `Connections and answers of ${what} that failed`, (rows) => [
      { value: sum(rows, 'econ') + sum(rows, 'eresp') },
    ]),
    family('bytes_in_total', 'counter', `Bytes to ${what}`, one('bin')),
    family('bytes_out_total', 'counter', `Bytes from ${what}`, one('bout')),
    family('sessions', 'gauge', `Sessions of ${what} now`, one('scur')),
    family('queued', 'gauge', `Requests that wait for ${what}`, one('qcur')),
    family(
      'response_seconds',
      'gauge',
      `Until the head of the answer, the average of the last 1024 of ${what}`,
      average,
    ),
  ]
}

/** Pools count by how much they have had to do. */
function average(rows: readonly StatRow[]): readonly Sample[] {
  const weight = sum(rows, 'stot')
  const total = rows.reduce((all, row) => all + Number(row['stot'] ?? 0) * Number(row['rtime'] ?? 0), 0)
  return [{ value: weight === 0 ? 0 : total / weight / 1000 }]
}

function renderFamily({ name, type, help, read }: Family, subjects: readonly Subject[]): string {
  const samples = subjects.flatMap(({ labels, rows }) =>
    read(rows).map(({ value, code }) => `{${labels}${code === undefined ? '' : `,code="${code}"`}} ${value}`),
  )
  return render(name, type, help, samples)
}

function gauge(name: string, help: string, samples: readonly string[]): string {
  return render(name, 'gauge', help, samples)
}

function render(name: string, type: string, help: string, samples: readonly string[]): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples.map((sample) => `${name}${sample}\n`).join('')}`
}

function sum(rows: readonly StatRow[], column: string): number {
  return rows.reduce((all, row) => all + Number(row[column] ?? 0), 0)
}
