// KONTENA_LB_VIRTUAL_HOSTS and KONTENA_LB_VIRTUAL_PATH: which requests a service takes, and what its servers see of the path.
import { quoted } from '../../model/parsed.ts'
import { parseHostPattern, parsePathPrefix, parseRegex } from '../../model/text.ts'
import type { PoolSpec } from '../../spec/schema.ts'
import type { Findings } from './findings.ts'
import { type SetOptions, splitList } from './options.ts'

/** Requests of one host and path. */
export type Match = {
  /** null: any. */
  readonly host: string | null
  readonly path: string
  /** Whether a path was asked for beside the host: such a route comes before those of a host alone. */
  readonly hasPath: boolean
}

/** The matches of a service, each once. One that says nothing takes every request. */
export function readMatches(options: SetOptions, findings: Findings): Match[] {
  const [hosts, paths] = [readHosts(options, findings), readPaths(options, findings)]
  const all = (hosts ?? [null]).flatMap((host) =>
    (paths ?? ['/']).map((path) => ({ host, path, hasPath: paths !== null })),
  )
  return [...new Map(all.map((match) => [formatMatchKey(match), match])).values()]
}

/** The same for the same host and path. */
export function formatMatchKey({ host, path }: Pick<Match, 'host' | 'path'>): string {
  return `${host ?? ''}${path}`
}

/** null: none are asked for. */
function readHosts(options: SetOptions, { faults, remarks }: Findings): string[] | null {
  const text = options.get('virtual_hosts')
  if (text === undefined) return null
  const bad: string[] = []
  const hosts = splitList(text).flatMap((item) => {
    const host = parseHostPattern(item)
    if (!host.ok) bad.push(`KONTENA_LB_VIRTUAL_HOSTS has ${quoted(item)}; ${adviseHost(item)}`)
    return host.ok ? [host.value] : []
  })
  // Without any host it would take the requests of all others.
  if (hosts.length === 0) faults.push(...(bad.length > 0 ? bad : ['KONTENA_LB_VIRTUAL_HOSTS has no host in it']))
  else remarks.push(...bad.map((one) => `${one}; its other hosts are served`))
  return hosts
}

function adviseHost(item: string): string {
  if (item === '*') return 'leave the variable out for any host'
  if (/^[^:]+:\d+$/.test(item)) return 'write hosts without a port, every port of a request is the same'
  return 'write www.example.com, *.example.com or an IP address'
}

/** null: none are asked for. */
function readPaths(options: SetOptions, { faults, remarks }: Findings): string[] | null {
  const text = options.get('virtual_path')
  const isPlain = readPathMatch(options, faults)
  if (text === undefined) return null
  const bad: string[] = []
  const paths = splitList(text).flatMap((item) => {
    const path = parsePathPrefix(isPlain && !/[*/]$/.test(item) ? `${item}*` : item)
    if (!path.ok)
      bad.push(
        `KONTENA_LB_VIRTUAL_PATH has ${quoted(item)}; a path starts with '/' and has only characters of a URL path, for example /api`,
      )
    return path.ok ? [path.value] : []
  })
  if (paths.length === 0) faults.push(...(bad.length > 0 ? bad : ['KONTENA_LB_VIRTUAL_PATH has no path in it']))
  else remarks.push(...bad.map((one) => `${one}; its other paths are served`))
  return paths
}

function readPathMatch(options: SetOptions, faults: string[]): boolean {
  const word = options.get('path_match')?.trim() ?? 'segment'
  if (word !== 'segment' && word !== 'prefix')
    faults.push(
      `KONTENA_LB_PATH_MATCH is ${quoted(word)}; use segment (/api takes /api and /api/x) or prefix (/apix too)`,
    )
  return word === 'prefix'
}

/** Takes the path of the route off, unless it is to be kept. */
export function readRewrite(
  options: SetOptions,
  matches: readonly Match[],
  { faults, remarks }: Findings,
): Pick<PoolSpec, 'rewrite'> {
  const word = options.get('keep_virtual_path')?.trim()
  if (word !== undefined && word !== 'true' && word !== 'false')
    remarks.push(`KONTENA_LB_KEEP_VIRTUAL_PATH is ${quoted(word)}, which is not true: the path is taken off`)
  const paths = [...new Set(matches.map(({ path }) => path))].filter((path) => path !== '/')
  if (word === 'true' || paths.length === 0) return {}
  const regex = toStripPattern(paths)
  if (parseRegex(regex).ok) return { rewrite: { regex, to: '/\\1' } }
  faults.push(
    'KONTENA_LB_VIRTUAL_PATH is too long to be taken off; give fewer or shorter paths, or KONTENA_LB_KEEP_VIRTUAL_PATH=true',
  )
  return {}
}

/** The longest path first: the one whose route took the request. */
function toStripPattern(paths: readonly string[]): string {
  const longestFirst = [...paths].sort((a, b) => b.length - a.length || (a < b ? -1 : 1))
  const parts = longestFirst.map((path) => {
    const literal = path.replace(/\*$/, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    return path.endsWith('*') ? `${literal}/?` : `${literal}(?:/|$)`
  })
  return parts.length === 1 ? `^${parts[0]}(.*)$` : `^(?:${parts.join('|')})(.*)$`
}
