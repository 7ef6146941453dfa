// The keys of a pool beside its servers become its features; what it does not state it takes from the top.

import { parseHeaderSize, parseSize } from '../model/byte-size.ts'
import type { Mode } from '../model/config.ts'
import { DEFAULT_UNAVAILABLE, type Features, type HeaderRules, type Redirect, type Rewrite } from '../model/features.ts'
import type { Hsts } from '../model/hsts.ts'
import type { StaticFiles } from '../model/static-files.ts'
import { readDurationMs } from './defaults.ts'
import type { FeatureSpec, RouteFeatureSpec } from './feature-schema.ts'
import type { SpecProblem } from './parse-resource.ts'
import { parseHashKey } from './small-texts.ts'

/** What reading features needs beside the keys. */
export type FeatureScope = {
  readonly mode: Mode
  readonly algorithm: string | undefined
  /** The keys at the top, which pools take over. */
  readonly base: FeatureSpec
  /** What servers are told the client's address by. */
  readonly sendProxy: 'none' | 'v1' | 'v2'
  /** What browsers are told; null: nothing. */
  readonly hsts: Hsts | null
  /** Where the keys stand in the resource. */
  readonly path: string
  /** The path of the route the pool belongs to. */
  readonly routePath: string
  readonly report: (problem: SpecProblem) => void
}

/** Keys that say something about requests, and so nothing about connections. */
const OF_HTTP = [
  'keepAlive',
  'protocol',
  'hashKey',
  'retries',
  'headers',
  'compression',
  'unavailable',
  'requestId',
  'limits',
  'rewrite',
  'redirect',
  'static',
] as const

/** The features; absent for a pool that has none. */
export function readFeatures(own: FeatureSpec & RouteFeatureSpec, scope: FeatureScope): { features?: Features } {
  const spec = { ...scope.base, ...dropUndefined(own) }
  if (scope.mode === 'tcp') refuseForTcp(spec, own, scope)
  const features: Features = {
    ...readHashKey(spec, own, scope),
    ...readHealth(spec),
    ...readRetries(spec),
    ...readHeaders(spec),
    ...(own.rewrite ? readRewrite(own.rewrite, scope) : {}),
    ...(own.redirect ? readRedirect(own.redirect, scope) : {}),
    // In maintenance it is a pool in which nobody is.
    ...(own.static && !spec.maintenance ? { static: readStatic(own.static) } : {}),
    ...(spec.compression ? { compression: true } : {}),
    ...readUnavailable(spec),
    ...readConnections(spec, scope.sendProxy),
    ...(spec.headers?.forwarded ? { forwarded: true } : {}),
    ...(spec.requestId ? { requestId: true } : {}),
    ...readLimits(spec, own, scope),
    ...readHsts(spec, scope),
  }
  // A redirect is the last word about a request: what would happen to it afterwards never does.
  const { retries: _retries, requestHeaders: _headers, forwarded: _forwarded, ...rest } = features
  const { rewrite: _rewrite, unavailable: _page, ...answer } = rest
  const used = features.redirect ? answer : features
  return Object.keys(used).length > 0 ? { features: used } : {}
}

function dropUndefined<T extends object>(keys: T): Partial<T> {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined)) as Partial<T>
}

function refuseForTcp(spec: object, own: object, { path, report }: FeatureScope): void {
  for (const key of OF_HTTP)
    if (key in spec) report({ path: `${key in own ? path : 'spec'}.${key}`, message: 'needs type http; leave it out' })
}

function readHashKey(spec: FeatureSpec, own: FeatureSpec, { algorithm, path, report }: FeatureScope): Features {
  const where = `${own.hashKey === undefined ? 'spec' : path}.hashKey`
  if (algorithm !== 'hash') {
    if (own.hashKey !== undefined)
      report({ path: where, message: 'belongs to algorithm hash; set that, or leave it out' })
    return {}
  }
  const parsed = parseHashKey(spec.hashKey ?? 'path')
  return parsed.ok ? { hashKey: parsed.value } : {}
}

function readHealth({ passiveHealth: passive, slowStart }: FeatureSpec): Features {
  const benchMs = readDurationMs(passive?.benchFor) ?? 10_000
  const slowStartMs = readDurationMs(slowStart)
  return {
    ...(passive ? { passiveHealth: { failures: passive.failures ?? 2, benchMs } } : {}),
    ...(slowStartMs === null ? {} : { slowStartMs }),
  }
}

function readRetries({ retries }: FeatureSpec): Features {
  if (!retries) return {}
  const on = [...new Set(['conn-failure' as const, ...(retries.on ?? ['empty-response', '502', '503', '504'])])].sort()
  return { retries: { attempts: retries.attempts ?? 3, on } }
}

function readHeaders({ headers }: FeatureSpec): Features {
  const [requestHeaders, responseHeaders] = [toRules(headers?.request), toRules(headers?.response)]
  return { ...(requestHeaders ? { requestHeaders } : {}), ...(responseHeaders ? { responseHeaders } : {}) }
}

/** Whoever says something of the header itself has the last word. */
function readHsts({ headers }: FeatureSpec, { hsts }: FeatureScope): Features {
  const { remove = [], set = {}, add = {} } = headers?.response ?? {}
  const named = [...remove, ...Object.keys(set), ...Object.keys(add)]
  const isOwn = named.some((name) => name.toLowerCase() === 'strict-transport-security')
  return hsts && !isOwn ? { hsts } : {}
}

type RulesSpec = NonNullable<FeatureSpec['headers']>['request']

function toRules(spec: RulesSpec): HeaderRules | null {
  const { remove = [], set = {}, add = {} } = spec ?? {}
  const rules = { remove, set: Object.entries(set), add: Object.entries(add) }
  return rules.remove.length + rules.set.length + rules.add.length > 0 ? rules : null
}

function readRewrite(
  { stripPrefix, replacePrefix, regex, to }: NonNullable<RouteFeatureSpec['rewrite']>,
  { routePath, path, report }: FeatureScope,
): { rewrite?: Rewrite } {
  const ways = [stripPrefix, replacePrefix !== undefined, regex !== undefined].filter(Boolean).length
  if (ways !== 1 || (regex !== undefined) !== (to !== undefined))
    report({
      path: `${path}.rewrite`,
      message: path.startsWith('spec.pools.')
        ? 'says nothing; give regex and to'
        : 'says not one thing; give stripPrefix: true, or replacePrefix, or regex and to',
    })
  if (regex !== undefined) return { rewrite: { kind: 'regex', pattern: regex, to: to ?? '' } }
  return { rewrite: { kind: 'prefix', from: routePath.replace(/\*$/, ''), to: replacePrefix ?? '/' } }
}

function readRedirect(
  { to, scheme, host, status = 302, keepPath }: NonNullable<RouteFeatureSpec['redirect']>,
  { path, report }: FeatureScope,
): { redirect?: Redirect } {
  if ((to === undefined) === (scheme === undefined && host === undefined))
    report({
      path: `${path}.redirect`,
      message: 'says where to in no way or in two; give `to`, or scheme and host or one of them',
    })
  const hasPath = to !== undefined && /^[a-z]+:\/\/[^/?#]+[/?#]./.test(to)
  const address = { scheme: scheme ?? null, host: host ?? null, to: to?.replace(/\/$/, '') ?? null }
  return { redirect: { status, ...address, keepsPath: keepPath ?? !hasPath } }
}

function readStatic({ root, index, dotfiles, cacheControl }: NonNullable<RouteFeatureSpec['static']>): StaticFiles {
  return {
    root,
    index: index ?? 'index.html',
    dotfiles: dotfiles ?? false,
    cacheControl: cacheControl ?? null,
  }
}

function readUnavailable({ unavailable }: FeatureSpec): Features {
  if (!unavailable) return {}
  const usual = DEFAULT_UNAVAILABLE
  const { status = usual.status, body = usual.body, contentType = usual.contentType } = unavailable
  const retryAfterMs = readDurationMs(unavailable.retryAfter)
  const retryAfterSeconds = retryAfterMs === null ? usual.retryAfterSeconds : Math.ceil(retryAfterMs / 1000)
  return { unavailable: { status, contentType, body, retryAfterSeconds } }
}

function readConnections({ keepAlive, protocol }: FeatureSpec, sendProxy: FeatureScope['sendProxy']): Features {
  const { reuse = 'safe', poolMaxConnections = -1 } = keepAlive ?? {}
  return {
    ...(keepAlive ? { keepAlive: { reuse, poolMaxConnections } } : {}),
    ...(protocol === 'h2' ? { http2: true } : {}),
    ...(sendProxy === 'none' ? {} : { sendProxy }),
  }
}

/** Empty in a pool, the key lifts what stands at the top; there it would only look like a limit. */
function readLimits(
  { limits }: FeatureSpec,
  own: FeatureSpec,
  { path, report }: FeatureScope,
): Pick<Features, 'limits'> {
  if (!limits) return {}
  const where = `${own.limits === undefined ? 'spec' : path}.limits`
  const { body, headers, chunked } = limits
  const [bodySize, headerSize] = [
    body === undefined ? null : parseSize(body),
    headers === undefined ? null : parseHeaderSize(headers),
  ]
  if (where === 'spec.limits' && body === undefined && headers === undefined)
    report({ path: where, message: 'limits nothing; give it body or headers, or leave it out' })
  if (chunked !== undefined && body === undefined)
    report({ path: `${where}.chunked`, message: 'belongs to body; give that too, or leave it out' })
  const read = {
    ...(bodySize?.ok ? { bodyBytes: bodySize.value } : {}),
    ...(headerSize?.ok ? { headerBytes: headerSize.value } : {}),
    ...(bodySize?.ok && chunked === 'allow' ? { chunked: true as const } : {}),
  }
  return Object.keys(read).length > 0 ? { limits: read } : {}
}
