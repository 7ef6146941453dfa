// Tokens (JWT) as lines of a pool's section: signature, time, issuer and audience, each refused in its own words.
import type { Pool } from '../../model/config.ts'
import type { JwtAuth } from '../../model/guards.ts'
import type { TokenKey } from '../../model/token-key.ts'
import type { RenderedFile } from '../files.ts'
import { renderWord } from './word.ts'

/** The files of the public keys these pools need. */
export function renderTokenKeyFiles(pools: Iterable<Pick<Pool, 'guards'>>): RenderedFile[] {
  const files = new Map<string, RenderedFile>()
  for (const { guards } of pools) {
    if (guards?.auth?.kind !== 'jwt') continue
    for (const key of guards.auth.keys)
      if (key.kind === 'public') files.set(key.digest, { path: formatKeyPath(key), content: key.pem, owner: null })
  }
  return [...files.values()]
}

function formatKeyPath({ digest }: { readonly digest: string }): string {
  return `certs/token-${digest}.pem`
}

/** How far a clock may be behind that of whoever made the token, in seconds. */
const LEEWAY_SECONDS = 5

/** `aud` may be a list; HAProxy 2.6 reaches into it one by one. */
const MOST_AUDIENCES = 8

/** The rules. Without a key nobody comes in. */
export function renderJwt(auth: JwtAuth): string[] {
  const { from, keys, issuer, audience, forward } = auth
  return [
    ...renderTaking(from),
    `http-request set-var(txn.jwt_alg) var(txn.jwt),jwt_header_query('$.alg')`,
    ...(keys.some(({ id }) => id !== null)
      ? [`http-request set-var(txn.jwt_kid) var(txn.jwt),jwt_header_query('$.kid')`]
      : []),
    ...keys.flatMap(renderKey),
    refuse('it is not signed as it should be', 'unless { var(txn.jwt_ok) -m int 1 }'),
    refuse('it has an extension that is not known here', `if { var(txn.jwt),jwt_header_query('$.crit[0]') -m found }`),
    ...renderTimes(),
    ...(issuer === null
      ? []
      : [
          refuse(
            'it is of another issuer',
            `unless { var(txn.jwt),jwt_payload_query('$.iss') -m str -- ${renderWord(issuer)} }`,
          ),
        ]),
    ...(audience.length > 0 ? renderAudience(audience) : []),
    ...renderPassing(from, forward),
  ]
}

function renderTaking(from: JwtAuth['from']): string[] {
  const isBearer = from.by === 'header' && from.name.toLowerCase() === 'authorization'
  const fetch =
    from.by === 'cookie' ? `req.cook(${from.name})` : isBearer ? 'http_auth_bearer' : `req.hdr(${from.name})`
  const count = from.by === 'cookie' ? `req.cook_cnt(${from.name})` : `req.fhdr_cnt(${from.name})`
  return [
    // The server must not be shown another than was checked.
    `http-request return status 400 content-type text/plain string "More than one token.\\n" if { ${count} gt 1 }`,
    `http-request set-var(txn.jwt) ${fetch}`,
    'http-request return status 401 content-type text/plain hdr WWW-Authenticate Bearer string "A token is needed.\\n" unless { var(txn.jwt) -m len gt 0 }',
  ]
}

/** A token's own word for its algorithm only says which key it may fit. */
function renderKey(key: TokenKey): string[] {
  const id = key.id === null ? '' : ` { var(txn.jwt_kid) -m str -- ${renderWord(key.id)} }`
  const condition = `if { var(txn.jwt_alg) -m str ${key.algorithm} }${id}`
  if (key.kind === 'public')
    return [
      `http-request set-var(txn.jwt_ok) var(txn.jwt),jwt_verify(${key.algorithm},${formatKeyPath(key)}) ${condition}`,
    ]
  return [
    `http-request set-var(txn.jwt_secret) bin(${key.hex}) ${condition}`,
    `http-request set-var(txn.jwt_ok) var(txn.jwt),jwt_verify(${key.algorithm},txn.jwt_secret) ${condition}`,
    'http-request unset-var(txn.jwt_secret)',
  ]
}

/** With `sub`, for HAProxy 2.6 adds a number below zero wrongly. */
function renderTimes(): string[] {
  return [
    `http-request set-var(txn.jwt_exp) var(txn.jwt),jwt_payload_query('$.exp','int')`,
    `http-request set-var(txn.jwt_nbf) var(txn.jwt),jwt_payload_query('$.nbf','int')`,
    refuse('it does not say until when it is good', 'unless { var(txn.jwt_exp) -m found }'),
    refuse('it has expired', 'if { date,sub(txn.jwt_exp) ge 0 }'),
    refuse('it is not good yet', `if { var(txn.jwt_nbf) -m found } { date(${LEEWAY_SECONDS}),sub(txn.jwt_nbf) lt 0 }`),
  ]
}

function renderAudience(audience: readonly string[]): string[] {
  const words = audience.map(renderWord).join(' ')
  const places = ['', ...Array.from({ length: MOST_AUDIENCES }, (_, index) => `[${index}]`)]
  return [
    ...places.map((place) => `acl token_is_for_us var(txn.jwt),jwt_payload_query('$.aud${place}') -m str -- ${words}`),
    refuse('it is for somebody else', 'unless token_is_for_us'),
  ]
}

/** RFC 6750, section 3. */
function refuse(why: string, condition: string): string {
  const challenge = renderWord(`Bearer error="invalid_token", error_description="${why}"`)
  return `http-request return status 401 content-type text/plain hdr WWW-Authenticate ${challenge} string ${renderWord(`The token is refused: ${why}.\n`)} ${condition}`
}

/** Who it is, as far as that is one harmless word: whatever an issuer signs, it adds no header. */
function renderPassing(from: JwtAuth['from'], forward: boolean): string[] {
  return [
    `http-request set-var(txn.jwt_sub) var(txn.jwt),jwt_payload_query('$.sub')`,
    'http-request del-header X-Forwarded-User',
    'http-request set-header X-Forwarded-User %[var(txn.jwt_sub)] if { var(txn.jwt_sub) -m reg ^[!-~]{1,256}$ }',
    ...(forward || from.by === 'cookie' ? [] : [`http-request del-header ${from.name}`]),
  ]
}
