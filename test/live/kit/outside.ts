// What HAProxy holds and what its files say, read without Fairlead: each route with the servers it leads to.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { request } from '../../../src/io/line-socket.ts'

/** One server: where it stands, its weight, whether it is out of service, how many connections it may have. */
type Row = { readonly place: string; readonly text: string; readonly takes: boolean }

/** By `host/path/`, the servers behind it as `target @address weight W`, in order. */
export type View = Record<string, string[]>

/** A server as every view words it. */
export function formatServer(of: {
  readonly name: string
  readonly address: string
  readonly weight: number
  readonly isMaint: boolean
  readonly limit: number | null
}): string {
  return `${of.name} @${of.address} weight ${of.weight}${of.isMaint ? ' maint' : ''} limit ${of.limit ?? 'none'}`
}

/** What the running worker does, and what of it nothing leads to although it would take traffic. */
export async function viewRunning(stateDir: string, port: number): Promise<{ view: View; astray: string[] }> {
  const ask = (command: string) => request(join(stateDir, 'run/worker.sock'), command, { timeoutMs: 5000 })
  const limits = readLimits(await ask('show stat -1 4 -1'))
  const servers = (await ask('show servers state')).split('\n').flatMap((line) => readStateLine(line, limits))
  const routes = readRows(await ask(`show map ${routeMapOf(port)}`))
  const used = new Set(routes.values())
  const astray = servers
    .filter(({ place, takes }) => takes && !used.has(place))
    .map(({ place, text }) => `${place} ${text}`)
  return { view: toView(routes, servers), astray }
}

/** What a HAProxy would do that starts from the files in force. */
export async function viewFiles(stateDir: string, port: number): Promise<View> {
  const folder = join(stateDir, 'haproxy/current')
  const servers: Row[] = []
  for (const name of (await readdir(join(folder, 'config'))).sort()) {
    let place = ''
    for (const line of (await readFile(join(folder, 'config', name), 'utf8')).split('\n')) {
      if (/^\S/.test(line)) place = /^backend (\S+)/.exec(line)?.[1] ?? ''
      servers.push(...readServerLine(line, place))
    }
  }
  return toView(readRows(await readFile(join(folder, routeMapOf(port)), 'utf8')), servers)
}

/** The files a load balancer's own words make: its sections and every map. */
export async function readOwnFiles(stateDir: string): Promise<Record<string, string>> {
  const folder = join(stateDir, 'haproxy/current')
  const names = [
    ...(await readdir(join(folder, 'config'))).filter((name) => name.startsWith('50-')).map((name) => `config/${name}`),
    ...(await readdir(join(folder, 'maps'))).map((name) => `maps/${name}`),
  ]
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  return Object.fromEntries(names.map((name, index) => [name, texts[index]?.split('\n').sort().join('\n') ?? '']))
}

/** Rows of a map, as a file or HAProxy tells them. */
function readRows(text: string): Map<string, string> {
  const rows = text.split('\n').map((line) => line.replace(/^0x[0-9a-f]+ /, '').split(' '))
  return new Map(rows.flatMap(([key = '', value = '']) => (value === '' ? [] : [[key, value]])))
}

function routeMapOf(port: number): string {
  return `maps/routes_0.0.0.0_${port}.map`
}

/** A route that leads nowhere is an empty list, so that it shows. */
function toView(routes: ReadonlyMap<string, string>, servers: readonly Row[]): View {
  const entries = [...routes].map(([key, place]) => {
    return [
      key,
      servers
        .filter((server) => server.place === place)
        .map(({ text }) => text)
        .sort(),
    ] as const
  })
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function readStateLine(line: string, limits: ReadonlyMap<string, number | null>): Row[] {
  const words = line.split(' ')
  const [, place = '', , name = '', address = '', , admin = '', weight = ''] = words
  if (words.length < 19 || !/^\d/.test(line) || !/^b[el]_/.test(place)) return []
  const isMaint = (Number(admin) & ~WAS_DISABLED) !== 0
  const limit = limits.get(`${place}/${name}`) ?? null
  const text = formatServer({ name, address: `${address}:${words[18]}`, weight: Number(weight), isMaint, limit })
  return [{ place, text, takes: !isMaint && weight !== '0' }]
}

/** The bit that only remembers that a server's line had `disabled` once. */
const WAS_DISABLED = 0x04

/** The column `slim` of the statistics: empty where there is none. */
function readLimits(answer: string): Map<string, number | null> {
  const rows = answer.split('\n').map((line) => line.split(','))
  return new Map(
    rows.map(([place, name, , , , , limit = '']) => [
      `${place}/${name}`,
      limit === '' || limit === '0' ? null : Number(limit),
    ]),
  )
}

function readServerLine(line: string, place: string): Row[] {
  const [, name, address, rest] = /^\s+server (\S+) (\S+) (.*)$/.exec(line) ?? []
  if (name === undefined || address === undefined || rest === undefined || !place.startsWith('be_')) return []
  const weight = Number(/\bweight (\d+)/.exec(rest)?.[1])
  const limit = / maxconn (\d+)/.exec(rest)?.[1]
  const isMaint = / disabled\b/.test(rest)
  const text = formatServer({ name, address, weight, isMaint, limit: limit === undefined ? null : Number(limit) })
  return [{ place, text, takes: !isMaint }]
}
