// What a pool does beyond picking a well server. HAProxy takes all of it only when it loads; what is absent is not done.
import type { Hsts } from './hsts.ts'
import { ANY_FILES, type StaticFiles } from './static-files.ts'

/** What requests are spread by with the algorithm `hash`: the same value goes to the same server. */
export type HashKey = { readonly by: 'path' } | { readonly by: 'header' | 'cookie' | 'query'; readonly name: string }

/** A server whose answers to real requests fail so often in a row is left out for a time. */
export type PassiveHealth = { readonly failures: number; readonly benchMs: number }

/** A request that failed is sent again, to another server where there is one. Only methods that change nothing. */
export type Retries = { readonly attempts: number; readonly on: readonly RetryCause[] }

/** HAProxy's words (configuration manual, `retry-on`), those among them that are safe beside the connection's own failure. */
export const RETRY_CAUSES = ['conn-failure', 'empty-response', 'response-timeout', '500', '502', '503', '504'] as const

export type RetryCause = (typeof RETRY_CAUSES)[number]

/** Changes of a message's headers: removed first, then set, then added. Names and values passed strict parsers. */
export type HeaderRules = {
  readonly remove: readonly string[]
  readonly set: readonly (readonly [name: string, value: string])[]
  readonly add: readonly (readonly [name: string, value: string])[]
}

/** Another path for the servers than the client asked for. */
export type Rewrite =
  | { readonly kind: 'prefix'; readonly from: string; readonly to: string }
  | { readonly kind: 'regex'; readonly pattern: string; readonly to: string }

/** Every request is answered with another address. */
export type Redirect = {
  readonly status: 301 | 302 | 303 | 307 | 308
  /** null: as the client asked. */
  readonly scheme: 'http' | 'https' | null
  readonly host: string | null
  /** Instead of scheme and host: a whole address. */
  readonly to: string | null
  /** The path and query of the request come after it. */
  readonly keepsPath: boolean
}

/** What clients are told while no server can take their requests. */
export type Unavailable = {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly retryAfterSeconds: number
}

/** Where a user says nothing. */
export const DEFAULT_UNAVAILABLE: Unavailable = {
  status: 503,
  contentType: 'text/plain',
  body: 'No server can take this request right now.\n',
  retryAfterSeconds: 10,
}

/** How connections to the servers are kept and shared. */
export type KeepAlive = {
  /** HAProxy's words (configuration manual, `http-reuse`). */
  readonly reuse: 'never' | 'safe' | 'aggressive' | 'always'
  /** Idle connections kept to each server; -1: any number. */
  readonly poolMaxConnections: number
}

/** How large a request may be, in bytes; what is absent is not asked. Never empty. */
export type SizeLimits = {
  readonly bodyBytes?: number
  readonly headerBytes?: number
  /** Bodies without a length are let through, of any size. */
  readonly chunked?: true
}

/** Made by `readFeatures`, with the keys in this order, so that the same features have the same JSON. */
export type Features = {
  readonly hashKey?: HashKey
  readonly passiveHealth?: PassiveHealth
  readonly slowStartMs?: number
  readonly retries?: Retries
  readonly requestHeaders?: HeaderRules
  readonly responseHeaders?: HeaderRules
  readonly rewrite?: Rewrite
  readonly redirect?: Redirect
  /** Files instead of servers. */
  readonly static?: StaticFiles
  readonly compression?: true
  readonly unavailable?: Unavailable
  readonly keepAlive?: KeepAlive
  /** Servers speak HTTP/2 without TLS, as gRPC does. */
  readonly http2?: true
  /** Servers are told the client's address by the PROXY protocol of this version. */
  readonly sendProxy?: 'v1' | 'v2'
  /** Servers get the header of RFC 7239. */
  readonly forwarded?: true
  /** Requests and answers get an id, which is logged. */
  readonly requestId?: true
  readonly limits?: SizeLimits
  /** Browsers are told to come by https alone. */
  readonly hsts?: Hsts
}

/** What of features cannot change in the running process: which files are served can, and what browsers are told. */
export function featuresProfileOf({ hsts: _hsts, ...features }: Features): Features {
  return features.static ? { ...features, static: ANY_FILES } : features
}

/** The features of a pool that has none. */
export const NO_FEATURES: Features = {}
