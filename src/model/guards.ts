// Who may reach a pool: by address, and by what they can prove. HAProxy takes it only when it loads; what is absent is not asked.

import type { TokenKey, TokenKeySource } from './token-key.ts'

/** Networks in canonical form, sorted, each once. A denied one stays out though it is allowed too. */
export type Access = {
  /** Empty: everybody who is not denied. */
  readonly allow: readonly string[]
  readonly deny: readonly string[]
}

/** How much of a pool one address may have at once: connections of tcp, requests of http. */
export type ConnectionLimit = {
  /** Counted together with everything of this scope: a load balancer's name, or one pool's id. Empty: each place is told its own. */
  readonly scope: string
  readonly perSource: number
}

/** A name and password, asked of every request. */
export type BasicAuth = {
  readonly kind: 'basic'
  readonly realm: string
  /** Sorted by name. The hashes are secret. */
  readonly users: readonly (readonly [name: string, hash: string])[]
  /** Whether the server gets the password too. */
  readonly forward: boolean
}

/** A signed token, asked of every request. */
export type JwtAuth = {
  readonly kind: 'jwt'
  readonly source: TokenKeySource
  /** Filled in once the source is read; without one nobody comes in. */
  readonly keys: readonly TokenKey[]
  /** null: any. */
  readonly issuer: string | null
  /** One of them must be the token's; empty: any. */
  readonly audience: readonly string[]
  readonly from: { readonly by: 'header' | 'cookie'; readonly name: string }
  /** Whether the server gets the token too. */
  readonly forward: boolean
}

export type Auth = BasicAuth | JwtAuth

/** What becomes of clients without a certificate: they are sent away, or the server is told that there is none. */
export type ClientCertificate = 'required' | 'optional'

/** Made by `readGuards`, with the keys in this order, so that the same guards have the same JSON. */
export type Guards = {
  readonly access?: Access
  readonly connections?: ConnectionLimit
  readonly auth?: Auth
  readonly clientCertificate?: ClientCertificate
}

/** What of guards cannot change in the running process: who is counted together can. */
export function guardsProfileOf(guards: Guards): Guards {
  return guards.connections ? { ...guards, connections: { ...guards.connections, scope: '' } } : guards
}
