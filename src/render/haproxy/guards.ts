// Who may reach a pool, as lines of its section: by address before anything is counted, by a password after.
import { createHash } from 'node:crypto'
import type { Mode, Pool } from '../../model/config.ts'
import type { Access, BasicAuth, ConnectionLimit } from '../../model/guards.ts'
import { withoutMapped } from '../../model/network.ts'
import { renderClientGate } from './client-certificate.ts'
import { PARAMETER_MAPS } from './rows.ts'
import { renderJwt } from './token.ts'
import { renderWord } from './word.ts'

/** What comes before a rate limit: whoever may not connect does not count. */
export function renderGate({ mode, guards }: Pick<Pool, 'mode' | 'guards'>): string[] {
  const { access, connections, clientCertificate } = guards ?? {}
  return [
    ...(clientCertificate ? renderClientGate(clientCertificate) : []),
    ...(access ? renderAccess(access, mode) : []),
    ...(connections ? renderConnections(connections, mode) : []),
  ]
}

/** What comes after it: passwords are reckoned for those who are within their limit. */
export function renderAuth({ owner, guards }: Pick<Pool, 'owner' | 'guards'>): string[] {
  const auth = guards?.auth
  if (!auth) return []
  return auth.kind === 'basic' ? renderBasic(auth, owner) : renderJwt(auth)
}

/** HAProxy reads at most 64 words in a line. */
const WORDS_A_LINE = 50

function renderAccess({ allow, deny }: Access, mode: Mode): string[] {
  const refuse =
    mode === 'http'
      ? 'http-request return status 403 content-type text/plain string "Your address may not come here.\\n"'
      : 'tcp-request content reject'
  return [
    ...renderNetworks('denied_source', deny),
    ...renderNetworks('allowed_source', allow),
    ...(deny.length > 0 ? [`${refuse} if denied_source`] : []),
    ...(allow.length > 0 ? [`${refuse} unless allowed_source`] : []),
  ]
}

/** HAProxy finds an IPv4 client in IPv6 networks too: those are written around where the addresses of IPv4 lie. */
function renderNetworks(name: string, networks: readonly string[]): string[] {
  const words = networks.flatMap(withoutMapped)
  return Array.from({ length: Math.ceil(words.length / WORDS_A_LINE) }, (_, index) => {
    const some = words.slice(index * WORDS_A_LINE, (index + 1) * WORDS_A_LINE)
    return `acl ${name} src ${some.join(' ')}`
  })
}

/** The rules of a place of its own, or of one in reserve, which is told by a map who is counted together. */
function renderConnections({ scope, perSource }: ConnectionLimit, mode: Mode): string[] {
  const [rule, life] = mode === 'http' ? ['http-request', 'txn'] : ['tcp-request content', 'sess']
  const refuse =
    mode === 'http'
      ? 'http-request return status 429 content-type text/plain hdr Retry-After 1 string "Too many requests at once.\\n"'
      : 'tcp-request content reject'
  const count =
    scope === ''
      ? [
          `${rule} set-var(${life}.source) src`,
          `${rule} set-var(${life}.source) be_name,map_str(${PARAMETER_MAPS.connectionScope}),concat(|,${life}.source)`,
          `${rule} track-sc1 var(${life}.source) table ${formatConnectionTable('')}`,
        ]
      : [`${rule} track-sc1 src table ${formatConnectionTable(scope)}`]
  return [...count, `${refuse} if { sc1_conn_cur gt ${perSource} }`]
}

function formatConnectionTable(scope: string): string {
  return scope === '' ? 'cs.shared' : `cs_${scope}`
}

function renderConnectionTables(pools: Iterable<Pick<Pool, 'guards'>>): string[][] {
  const scopes = new Set<string>()
  for (const { guards } of pools) if (guards?.connections) scopes.add(guards.connections.scope)
  return [...scopes].map((scope) => [
    `backend ${formatConnectionTable(scope)} from df_tcp`,
    // What is counted does not expire; what is not is of no use.
    `  stick-table type ${scope === '' ? 'string len 192' : 'ipv6'} size 200k expire 10s store conn_cur`,
  ])
}

/** The sections that guards of these pools need beside the pools themselves. */
export function renderGuardSections(pools: readonly Pick<Pool, 'owner' | 'guards'>[]): string[][] {
  return [...renderConnectionTables(pools), ...renderUserLists(pools)]
}

/** The users of these pools, each set once for its owner. */
function renderUserLists(pools: Iterable<Pick<Pool, 'owner' | 'guards'>>): string[][] {
  const lists = new Map<string, string[]>()
  for (const { owner, guards } of pools) {
    if (guards?.auth?.kind !== 'basic') continue
    const name = formatUserList(guards.auth, owner)
    const users = guards.auth.users.map(([user, hash]) => `  user ${user} password ${hash}`)
    lists.set(name, [`userlist ${name}`, ...users])
  }
  return [...lists.values()]
}

/** Of the names and hashes, so that other users are another list; of the owner, so that no two files have one name. */
function formatUserList({ users }: BasicAuth, owner: string): string {
  return `ul.${owner}.${createHash('sha256').update(JSON.stringify(users)).digest('hex').slice(0, 16)}`
}

/** The server must not be shown another than was checked. */
const MANY_PASSWORDS =
  'http-request return status 400 content-type text/plain string "More than one password.\\n" if { req.fhdr_cnt(Authorization) gt 1 }'

function renderBasic(auth: BasicAuth, owner: string): string[] {
  return [
    `http-request auth realm ${renderWord(auth.realm)} unless { http_auth(${formatUserList(auth, owner)}) }`,
    'http-request set-header X-Forwarded-User %[http_auth_user]',
    auth.forward ? MANY_PASSWORDS : 'http-request del-header Authorization',
  ]
}
