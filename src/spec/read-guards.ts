// The keys that say who may reach a pool become its guards; what it does not state it takes from the top.
import type { Mode } from '../model/config.ts'
import type { Access, Auth, ClientCertificate, Guards, JwtAuth } from '../model/guards.ts'
import { parseNetwork } from '../model/network.ts'
import type { TokenKeySource } from '../model/token-key.ts'
import type { GuardSpec } from './guard-schema.ts'
import type { SpecProblem } from './parse-resource.ts'

/** What reading guards needs beside the keys. */
export type GuardScope = {
  readonly mode: Mode
  /** The keys at the top, which pools take over. */
  readonly base: GuardSpec
  /** The load balancer's name, and the pool's id. */
  readonly owner: string
  readonly id: string
  /** Where the keys stand in the resource. */
  readonly path: string
  readonly report: (problem: SpecProblem) => void
}

/** The guards; absent for a pool that has none. */
export function readGuards(own: GuardSpec, scope: GuardScope): { guards?: Guards } {
  const { mode, base, path, report } = scope
  const { access, connections, auth } = { ...base, ...dropUndefined(own) }
  const spec: GuardSpec = { access, connections, auth }
  const where = (key: keyof GuardSpec) => `${own[key] === undefined ? 'spec' : path}.${key}`
  if (mode === 'tcp' && spec.auth) report({ path: where('auth'), message: 'needs type http; leave it out' })
  if (path === 'spec') refuseNothing(own, report)
  if (spec.auth) refuseBoth(spec.auth, where('auth'), report)
  const guards: Guards = { ...readAccess(spec), ...readConnections(spec, own, scope), ...readAuth(spec) }
  return Object.keys(guards).length > 0 ? { guards } : {}
}

/** The same, and what becomes of clients without a certificate where tls asks for one. Of tcp the handshake says it all. */
export function withClientCertificate(
  { guards }: { readonly guards?: Guards },
  tls: { readonly clientCa?: string | undefined; readonly clientCertificate?: ClientCertificate | undefined } = {},
  mode: Mode,
): { guards?: Guards } {
  if (tls.clientCa === undefined || mode === 'tcp') return guards ? { guards } : {}
  return { guards: { ...guards, clientCertificate: tls.clientCertificate ?? 'required' } }
}

function dropUndefined(keys: GuardSpec): GuardSpec {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined))
}

/** Empty, a key of a pool lifts what stands at the top; there it would only look like a guard. */
function refuseNothing({ access, connections, auth }: GuardSpec, report: GuardScope['report']): void {
  if (access && !access.allow && !access.deny)
    report({ path: 'spec.access', message: 'lets everybody in; give it allow or deny, or leave it out' })
  if (connections && connections.perSource === undefined)
    report({ path: 'spec.connections', message: 'limits nothing; give it perSource, or leave it out' })
  if (auth && !auth.basic && !auth.jwt)
    report({ path: 'spec.auth', message: 'asks for nothing; give it basic or jwt, or leave it out' })
}

function readAccess({ access }: GuardSpec): { access?: Access } {
  const { allow = [], deny = [] } = access ?? {}
  return allow.length + deny.length > 0 ? { access: { allow: toNetworks(allow), deny: toNetworks(deny) } } : {}
}

function readConnections(
  { connections }: GuardSpec,
  own: GuardSpec,
  { path, owner, id }: GuardScope,
): Pick<Guards, 'connections'> {
  if (connections?.perSource === undefined) return {}
  const isShared = own.connections === undefined || path === 'spec'
  return { connections: { scope: isShared ? owner : id, perSource: connections.perSource } }
}

function toNetworks(texts: readonly string[]): string[] {
  const networks = texts.flatMap((text) => {
    const parsed = parseNetwork(text)
    return parsed.ok ? [parsed.value] : []
  })
  return [...new Set(networks)].sort()
}

function refuseBoth({ basic, jwt }: NonNullable<GuardSpec['auth']>, path: string, report: GuardScope['report']): void {
  if (basic && jwt) report({ path, message: 'asks for basic and jwt; keep one, the other can guard another route' })
  if (!jwt) return
  const { algorithm, keyFile, jwksFile, publicKey, header, cookie } = jwt
  const places = [keyFile, jwksFile, publicKey].filter((one) => one !== undefined).length
  if (places !== 1)
    report({
      path: `${path}.jwt`,
      message: 'has no key or several; give one of keyFile, jwksFile (a JWKS document) and publicKey (PEM)',
    })
  if (algorithm?.startsWith('HS') && keyFile === undefined)
    report({ path: `${path}.jwt.algorithm`, message: `${algorithm} needs a secret, which only keyFile can give` })
  if (header !== undefined && cookie !== undefined)
    report({ path: `${path}.jwt.cookie`, message: 'stands beside header; keep one' })
}

function readAuth({ auth }: GuardSpec): { auth?: Auth } {
  if (auth?.jwt) return { auth: readJwt(auth.jwt) }
  if (!auth?.basic) return {}
  const { realm = 'Restricted', users, forward = false } = auth.basic
  const sorted = Object.entries(users).sort(([a], [b]) => (a < b ? -1 : 1))
  return { auth: { kind: 'basic', realm, users: sorted, forward } }
}

type JwtSpec = NonNullable<NonNullable<GuardSpec['auth']>['jwt']>

function readJwt(spec: JwtSpec): JwtAuth {
  const { issuer = null, audience = [], header = 'Authorization', cookie, forward = true } = spec
  return {
    kind: 'jwt',
    source: toSource(spec),
    keys: [],
    issuer,
    audience: [...new Set([audience].flat())].sort(),
    from: cookie === undefined ? { by: 'header', name: header } : { by: 'cookie', name: cookie },
    forward,
  }
}

function toSource({ keyFile, jwksFile, publicKey = '', ...given }: JwtSpec): TokenKeySource {
  const algorithm = given.algorithm ?? null
  if (keyFile !== undefined) return { kind: 'file', path: keyFile, algorithm }
  if (jwksFile !== undefined) return { kind: 'jwks', path: jwksFile, algorithm }
  return { kind: 'text', pem: publicKey, algorithm }
}
