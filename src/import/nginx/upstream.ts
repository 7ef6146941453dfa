// An upstream block becomes a pool.

import { parseDuration } from '../../model/duration.ts'
import { parseTarget } from '../../model/target.ts'
import type { BackendSpec, PoolSpec } from '../../spec/schema.ts'
import { formatLine, type Remarks } from '../remark.ts'
import type { Directive } from './parse-nginx.ts'
import { toDuration } from './times.ts'

/** A pool, and whether anything can be sent to it. */
export function readUpstream(upstream: Directive, remarks: Remarks): PoolSpec {
  const passive: Passive[] = []
  const backends: BackendSpec[] = []
  let keys: PoolSpec = {}
  for (const directive of upstream.block ?? []) {
    if (directive.name !== 'server') keys = { ...keys, ...readKey(directive, remarks) }
    else {
      const read = readServer(directive, remarks)
      if (read && backends.some(({ target }) => target === read.backend.target))
        remarks.leaveOut(directive.line, `${read.backend.target} stands twice; give it once, with a weight`)
      else if (read) {
        backends.push(read.backend)
        passive.push(read.passive)
      }
    }
  }
  return { ...keys, ...toPassiveHealth(upstream, passive, remarks), backends }
}

/** What a server says of failures; null: nothing. */
type Passive = { readonly failures: number | null; readonly benchFor: string | null }

function readServer(directive: Directive, remarks: Remarks): { backend: BackendSpec; passive: Passive } | null {
  const { line, words } = directive
  const [address = '', ...settings] = words
  const target = toTarget(address)
  if (target === null) {
    remarks.leaveOut(line, `server ${formatLine([address])}: only host:port can be a server of a pool`)
    return null
  }
  let backend: BackendSpec = { target }
  let passive: Passive = { failures: null, benchFor: null }
  for (const setting of settings) {
    const [key = '', value = ''] = setting.split('=')
    const time = toDuration(value)
    if (key === 'weight' && isWithin(value, 0, 256)) backend = { ...backend, weight: Number(value) }
    else if (key === 'backup') backend = { ...backend, backup: true }
    else if (key === 'down') backend = { ...backend, state: 'maint' }
    else if (key === 'max_conns' && isWithin(value, 0, 1_000_000)) {
      if (value !== '0') backend = { ...backend, maxConnections: Number(value) }
    } else if (key === 'max_fails' && isWithin(value, 0, 1000)) passive = { ...passive, failures: Number(value) }
    else if (key === 'fail_timeout' && time !== null) passive = { ...passive, benchFor: time }
    else if (key === 'resolve') remarks.note(line, 'resolve: nothing needed; names are resolved again every 5 s')
    else remarks.leaveOut(line, `${formatLine([setting])}: has no counterpart on one server`)
  }
  return { backend, passive }
}

function isWithin(text: string, from: number, to: number): boolean {
  return /^\d{1,9}$/.test(text) && Number(text) >= from && Number(text) <= to
}

/** `host:port`, with nginx's port 80 where none is given; null for what is no such thing. */
export function toTarget(address: string): string | null {
  const withPort = /^\[[^\]]+\]$|^[^:]+$/.test(address) ? `${address}:80` : address
  return parseTarget(withPort).ok ? withPort : null
}

/** A pool has one passive health check: the strictest of its servers. */
function toPassiveHealth({ line }: Directive, all: readonly Passive[], remarks: Remarks): PoolSpec {
  const stated = all.filter(({ failures, benchFor }) => failures !== null || benchFor !== null)
  const counting = stated.filter(({ failures }) => failures !== 0)
  if (counting.length === 0) return {}
  // nginx's own: one failure, 10 s.
  const failures = Math.min(...counting.map((one) => one.failures ?? 1))
  const times = counting.map(({ benchFor }) => benchFor ?? '10s')
  const benchFor = times.reduce((longest, time) => (toMs(time) > toMs(longest) ? time : longest))
  const isOne = new Set(all.map((one) => JSON.stringify(one))).size === 1
  if (!isOne)
    remarks.note(
      line,
      `max_fails and fail_timeout differ between servers; all of the pool get the strictest: ${failures} failures, ${benchFor}`,
    )
  return { passiveHealth: { failures, benchFor } }
}

function toMs(time: string): number {
  const parsed = parseDuration(time)
  return parsed.ok ? parsed.value : 0
}

function readKey(directive: Directive, remarks: Remarks): PoolSpec {
  const { name, words, line } = directive
  switch (name) {
    case 'least_conn':
      return { algorithm: 'leastconn' }
    case 'ip_hash':
      return { algorithm: 'source' }
    case 'random':
      return { algorithm: 'random' }
    case 'hash':
      return readHash(directive, remarks)
    case 'keepalive':
    case 'keepalive_requests':
    case 'keepalive_time':
    case 'keepalive_timeout':
      remarks.note(
        line,
        `${formatLine([name, ...words])}: nothing needed; connections to servers are kept and shared anyway`,
      )
      return {}
    case 'zone':
    case 'resolver':
      remarks.note(
        line,
        `${formatLine([name, ...words])}: nothing needed; there is one HAProxy, and names are resolved again every 5 s`,
      )
      return {}
    case 'sticky':
      return readSticky(directive, remarks)
    default:
      remarks.leaveOut(line, `${formatLine([name, ...words])}: has no counterpart in a pool`)
      return {}
  }
}

function readHash({ words, line }: Directive, remarks: Remarks): PoolSpec {
  const [key = '', mode] = words
  const [, kind, name = ''] = /^\$(http|cookie|arg)_([a-z0-9_]+)$/.exec(key) ?? []
  const isSource = ['$remote_addr', '$binary_remote_addr'].includes(key)
  const isPath = ['$request_uri', '$uri', '$document_uri'].includes(key)
  if (!isSource && !isPath && kind === undefined) {
    remarks.leaveOut(
      line,
      `hash ${formatLine([key])}: only the client's address, the path, a header, a cookie or a query parameter can be hashed`,
    )
    return {}
  }
  if (mode !== 'consistent' && !isSource)
    remarks.note(
      line,
      'hash is consistent here: few clients move when servers come and go; when a file is taken over, most of them move once',
    )
  if (isSource) return { algorithm: 'source' }
  if (isPath) return { algorithm: 'hash', hashKey: 'path' }
  const by = { http: `header:${name.replaceAll('_', '-')}`, cookie: `cookie:${name}`, arg: `query:${name}` }[
    kind as 'arg'
  ]
  return { algorithm: 'hash', hashKey: by }
}

function readSticky({ words, line }: Directive, remarks: Remarks): PoolSpec {
  const [mode, cookieName] = words
  if (mode === 'cookie' && cookieName !== undefined) {
    if (words.length > 2)
      remarks.leaveOut(line, `${formatLine(words.slice(2))}: the cookie is a session cookie of the host that is asked`)
    return { sticky: { mode: 'cookie', cookieName } }
  }
  remarks.leaveOut(line, `sticky ${formatLine(words)}: only sticky cookie NAME is known`)
  return {}
}
