// A backend section becomes a pool.
import { parseDuration } from '../../model/duration.ts'
import { parseTarget } from '../../model/target.ts'
import type { BackendSpec, HealthCheckSpec, PoolSpec } from '../../spec/schema.ts'
import { formatLine, type Remarks } from '../remark.ts'
import type { ConfigLine } from './parse-haproxy.ts'
import { readCheckLine } from './read-check.ts'

/** A time as a resource writes it; HAProxy's bare numbers are milliseconds. */
export function toDuration(text: string): string | null {
  const written = /^\d+$/.test(text) ? `${text}ms` : text
  const parsed = parseDuration(written)
  if (!parsed.ok) return null
  return /^\d+000ms$/.test(written) ? `${parsed.value / 1000}s` : written
}

/** Timeouts by HAProxy's word, as keys of a pool. */
const TIMEOUTS: Readonly<Record<string, 'connect' | 'server' | 'queue' | 'tunnel'>> = {
  connect: 'connect',
  server: 'server',
  queue: 'queue',
  tunnel: 'tunnel',
}

/** The pool of these lines; `defaults` come first and are not remarked on. */
export function readBackend(
  defaults: readonly ConfigLine[],
  lines: readonly ConfigLine[],
  remarks: Remarks,
  quiet: Remarks,
): PoolSpec {
  const pool = new PoolReader()
  for (const line of defaults) pool.read(line, quiet)
  for (const line of lines) pool.read(line, remarks)
  return pool.finish()
}

/** Servers whose rhythm differs are told of once: a pool has one. */
type Rhythm = Pick<HealthCheckSpec, 'interval' | 'rise' | 'fall' | 'port'>

class PoolReader {
  #keys: PoolSpec = {}
  #check: HealthCheckSpec = {}
  readonly #backends: BackendSpec[] = []
  readonly #rhythms: Rhythm[] = []
  #checked = 0
  #serverDefaults: readonly string[] = []

  read({ words, line }: ConfigLine, remarks: Remarks): void {
    const [keyword = '', ...rest] = words
    const [first = '', second = ''] = rest
    const text = formatLine(words)
    const check = readCheckLine(words, this.#check)
    if (check) this.#check = check
    else if (keyword === 'server') this.#readServer(rest, line, remarks)
    else if (keyword === 'default-server') this.#serverDefaults = [...this.#serverDefaults, ...rest]
    else if (keyword === 'balance') this.#keys = { ...this.#keys, ...readBalance(rest, line, remarks) }
    else if (keyword === 'timeout' && first in TIMEOUTS && toDuration(second) !== null)
      this.#keys = {
        ...this.#keys,
        timeouts: { ...this.#keys.timeouts, [TIMEOUTS[first] ?? first]: toDuration(second) },
      }
    else if (keyword === 'timeout' && first === 'check' && toDuration(second) !== null)
      this.#check = { ...this.#check, timeout: toDuration(second) ?? '2s' }
    else if (keyword === 'cookie') this.#keys = { ...this.#keys, sticky: { mode: 'cookie', cookieName: first } }
    else if (text === 'stick on src') this.#keys = { ...this.#keys, sticky: { mode: 'source' } }
    else if (keyword === 'compression' && first === 'algo') this.#keys = { ...this.#keys, compression: true }
    else if (!isNothingNeeded(words))
      remarks.leaveOut(line, `${text}: has no counterpart in a pool, or is not read; see customSettings`)
  }

  #readServer(words: readonly string[], line: number, remarks: Remarks): void {
    const [, address = '', ...settings] = words
    if (!parseTarget(address).ok) {
      remarks.leaveOut(line, `server ${formatLine(words)}: only host:port can be a server of a pool`)
      return
    }
    const read = readSettings([...this.#serverDefaults, ...settings], line, remarks)
    this.#backends.push({ target: address, ...read.backend })
    if (read.isChecked) {
      this.#checked++
      this.#rhythms.push(read.rhythm)
      const differs = JSON.stringify(read.rhythm) !== JSON.stringify(this.#rhythms[0])
      if (differs)
        remarks.note(line, 'inter, rise, fall or port differ between servers; all of the pool get those of the first')
    } else if (this.#checked > 0) remarks.note(line, `${address} has no check; all servers of the pool get one`)
  }

  finish(): PoolSpec {
    const check = { ...this.#check, ...this.#rhythms[0] }
    const healthCheck = this.#checked === 0 ? { type: 'none' as const } : check
    const isUsual = Object.keys(healthCheck).length === 0
    return { ...this.#keys, ...(isUsual ? {} : { healthCheck }), backends: this.#backends }
  }
}

/** Settings of a server with one value, by HAProxy's word. */
const ONE_VALUE = new Set(['weight', 'maxconn', 'inter', 'rise', 'fall', 'port', 'cookie', 'id', 'slowstart'])

function readSettings(words: readonly string[], line: number, remarks: Remarks) {
  let backend: Omit<BackendSpec, 'target'> = {}
  let rhythm: Rhythm = {}
  let isChecked = false
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    const value = ONE_VALUE.has(word) ? (words[++index] ?? '') : ''
    const [number, time] = [Number(value), toDuration(value)]
    if (word === 'check') isChecked = true
    else if (word === 'weight') backend = { ...backend, weight: number }
    else if (word === 'backup') backend = { ...backend, backup: true }
    else if (word === 'disabled') backend = { ...backend, state: 'maint' }
    else if (word === 'maxconn') backend = { ...backend, maxConnections: number }
    else if (word === 'inter' && time !== null) rhythm = { ...rhythm, interval: time }
    else if (['rise', 'fall', 'port'].includes(word)) rhythm = { ...rhythm, [word]: number }
    // The value of the cookie is made by HAProxy itself here.
    else if (word !== 'cookie' && word !== 'id')
      remarks.leaveOut(line, `${formatLine([word, value].filter(Boolean))}: has no counterpart on one server`)
  }
  return { backend, rhythm, isChecked }
}

function readBalance([word = '', ...rest]: readonly string[], line: number, remarks: Remarks): PoolSpec {
  const [, kind, name] = /^(hdr|random)\(([^)]+)\)$/.exec(word) ?? []
  if (word === 'roundrobin' || word === 'leastconn' || word === 'source' || word === 'first') return { algorithm: word }
  if (word === 'random' || kind === 'random') return { algorithm: 'random' }
  if (word === 'static-rr') return { algorithm: 'roundrobin' }
  if (word === 'uri') return { algorithm: 'hash', hashKey: 'path' }
  if (kind === 'hdr') return { algorithm: 'hash', hashKey: `header:${name}` }
  if (word === 'url_param' && rest[0]) return { algorithm: 'hash', hashKey: `query:${rest[0]}` }
  remarks.leaveOut(line, `balance ${formatLine([word, ...rest])}: is not known; roundrobin was taken`)
  return {}
}

const NOTHING_NEEDED =
  /^(mode|option (forwardfor|httplog|tcplog|dontlognull|http-server-close|http-keep-alive|redispatch|abortonclose)|log|retries|hash-type|stick-table|maxconn|fullconn|timeout (client|http-request|http-keep-alive|client-fin|server-fin)|http-reuse|description|errorfile|no option)\b/

function isNothingNeeded(words: readonly string[]): boolean {
  return NOTHING_NEEDED.test(words.join(' '))
}
