// What passes through pools and servers, as HAProxy counts it: asked for by place, since everything at once costs.
import type { RuntimeSocket } from './runtime-socket.ts'
import { parseStatTable, type StatRow } from './stat-table.ts'

const COLUMNS = [
  'pxname',
  'svname',
  'status',
  'check_status',
  'scur',
  'stot',
  'qcur',
  'bin',
  'bout',
  'econ',
  'eresp',
  'hrsp_1xx',
  'hrsp_2xx',
  'hrsp_3xx',
  'hrsp_4xx',
  'hrsp_5xx',
  'act',
  'bck',
  'qtime',
  'ctime',
  'rtime',
]

/** Above so many places one answer about all is cheaper than one for each. */
const MANY_PLACES = 50

const POOLS = 2
const SERVERS = 4

/** Rows by `place/server`, a pool's own by its place. */
export async function readTraffic(
  socket: RuntimeSocket,
  places: readonly string[],
  withServers: boolean,
): Promise<ReadonlyMap<string, StatRow>> {
  const kinds = withServers ? POOLS + SERVERS : POOLS
  const asked = places.length > MANY_PLACES ? ['-1'] : places
  const answers = await socket.askAll(asked.map((place) => `show stat ${place} ${kinds} -1`))
  const rows = answers.flatMap((answer) => parseStatTable(answer, COLUMNS))
  return new Map(rows.map((row) => [row['svname'] === 'BACKEND' ? `${row['pxname']}` : formatServerKey(row), row]))
}

function formatServerKey(row: StatRow): string {
  return `${row['pxname']}/${row['svname']}`
}
