// The answer to a CA that asks whether a name is ours (http-01, RFC 8555 section 8.3): it depends on the account's key alone.
import { type Config, domainsOf } from '../../model/config.ts'
import type { RenderedFile } from '../files.ts'
import type { ProcessSettings } from './process-settings.ts'
import { CHALLENGE_MAP, toChallengeRow } from './rows.ts'

/** A token has 128 bits at least; base64url. */
const PATH = '^/\\.well-known/acme-challenge/[A-Za-z0-9_-]{20,128}$'

/**
 * Before redirects, limits, logins and routes, for the names whose certificates we obtain and no others: a load balancer
 * may have servers behind it that answer for theirs. Any node answers, and nothing changes when a CA asks.
 */
export function renderChallenge({ challengeThumbprint, capabilities }: ProcessSettings): string[] {
  if (challengeThumbprint === null) return []
  const hostOnly = capabilities.hostOnly ? 'host_only' : 'regsub(:[0-9]+$,)'
  const isAsked = '{ path_beg /.well-known/acme-challenge/ }'
  const isOurs = `{ req.hdr(host),${hostOnly},lower,map_str(${CHALLENGE_MAP}) -m found }`
  const answer = `lf-string "%[path,field(4,/)].${challengeThumbprint}"`
  return [
    `http-request return status 200 content-type text/plain ${answer} if ${isAsked} ${isOurs} { path_reg ${PATH} }`,
  ]
}

/** The map of those names. */
export function renderChallengeMap(config: Config): RenderedFile {
  const rows = domainsOf(config).map(toChallengeRow)
  return { path: CHALLENGE_MAP, content: rows.map(({ key, value }) => `${key} ${value}\n`).join(''), owner: null }
}
