// What a pool does beyond picking a well server, as lines of its section, in the order in which they take effect.
import type { Features, HeaderRules, Redirect, Retries, Rewrite, Unavailable } from '../../model/features.ts'
import { renderForwardedHeader } from './forwarded.ts'
import { renderHsts } from './hsts.ts'
import { renderSilence } from './thinning.ts'
import { renderFormat, renderWord } from './word.ts'

/** The lines; none for a pool without features. */
export function renderFeatures(features: Features): string[] {
  const { retries, requestHeaders, responseHeaders, rewrite, redirect, compression, unavailable, keepAlive } = features
  const { forwarded, hsts } = features
  return [
    ...(keepAlive ? [`http-reuse ${keepAlive.reuse}`] : []),
    ...(retries ? renderRetries(retries) : []),
    ...(redirect ? [renderSilence('http', 'http-request'), renderRedirect(redirect)] : []),
    ...(rewrite ? [renderRewrite(rewrite)] : []),
    ...(forwarded ? renderForwardedHeader() : []),
    ...(requestHeaders ? renderHeaders('http-request', requestHeaders) : []),
    // Also the answers HAProxy makes itself: a header that protects a client stands on each.
    ...(responseHeaders ? renderHeaders('http-after-response', responseHeaders) : []),
    ...(hsts ? renderHsts(hsts) : []),
    ...(compression ? COMPRESSION : []),
    ...(unavailable ? renderUnavailable(unavailable) : []),
  ]
}

/** Whatever else a user wants repeated, a request that changes something is sent once. */
function renderRetries({ attempts, on }: Retries): string[] {
  return [
    `retries ${attempts}`,
    `retry-on ${on.join(' ')}`,
    'http-request disable-l7-retry unless { method GET HEAD OPTIONS }',
  ]
}

function renderHeaders(when: 'http-request' | 'http-after-response', { remove, set, add }: HeaderRules): string[] {
  return [
    ...remove.map((name) => `${when} del-header ${name}`),
    ...set.map(([name, value]) => `${when} set-header ${name} ${renderFormat(value)}`),
    ...add.map(([name, value]) => `${when} add-header ${name} ${renderFormat(value)}`),
  ]
}

function renderRewrite(rewrite: Rewrite): string {
  if (rewrite.kind === 'regex')
    return `http-request replace-path ${renderWord(rewrite.pattern)} ${renderFormat(rewrite.to)}`
  const from = rewrite.from.replace(/\/$/, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return `http-request replace-path ${renderWord(`^${from}/?(.*)$`)} ${renderFormat(`${rewrite.to.replace(/\/$/, '')}/`)}\\\\1`
}

/** The host as a client asks for it again, without its port. */
const HOST = '%[req.hdr(host),regsub(:[0-9]+$,)]'

function renderRedirect({ status, scheme, host, to, keepsPath }: Redirect): string {
  const start =
    to === null
      ? `${scheme ?? '%[req.hdr(x-forwarded-proto)]'}://${host === null ? HOST : renderFormat(host)}`
      : renderFormat(to)
  return `http-request redirect code ${status} location ${start}${keepsPath ? '%[pathq]' : ''}`
}

/** What browsers and programs ask for as text; everything else is mostly packed already. */
const COMPRESSION = [
  'compression algo gzip',
  'compression type text/html text/plain text/css text/csv text/xml text/javascript application/javascript application/json application/xml application/manifest+json image/svg+xml',
]

/** What stands in for HAProxy's own page. */
export function renderUnavailable({ status, contentType, body, retryAfterSeconds }: Unavailable): string[] {
  const answer = `content-type ${renderWord(contentType)} string ${renderWord(body)} hdr Retry-After ${retryAfterSeconds}`
  // An answer of another status is ours to give; 503 is what HAProxy itself gives, also when a connection fails.
  if (status === 503) return [`http-error status 503 ${answer}`]
  const isDown = '{ nbsrv eq 0 }'
  return [
    ...(status < 500 ? [renderSilence('http', 'http-request', isDown)] : []),
    `http-request return status ${status} ${answer} if ${isDown}`,
  ]
}
