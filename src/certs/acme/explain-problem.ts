// A CA's refusal as one sentence: who refused what, in whose words, and what to do about it.
import { type AcmeCode, AcmeFailure, type NameProblem } from './acme-failure.ts'
import type { ChallengeKind } from './challenge.ts'
import type { Problem } from './problem.ts'

type Meaning = { readonly code: AcmeCode; readonly advice: string }

const MEANINGS: Readonly<Record<string, Meaning>> = {
  accountDoesNotExist: {
    code: 'acme-account-unknown',
    advice: 'the CA knows no account with this key; register it again',
  },
  userActionRequired: { code: 'acme-terms', advice: 'its terms have changed; read them at the CA and accept them' },
  // Pebble's word for it.
  agreementRequired: { code: 'acme-terms', advice: 'read the terms of the CA and accept them' },
  externalAccountRequired: {
    code: 'acme-binding',
    advice: 'give the key id and the MAC key of your account with this CA',
  },
  invalidContact: { code: 'acme-account-refused', advice: 'give another e-mail address' },
  unsupportedContact: { code: 'acme-account-refused', advice: 'give an e-mail address' },
  rateLimited: { code: 'acme-rate-limited', advice: 'ask again later' },
  serverInternal: { code: 'acme-busy', advice: 'the CA has trouble of its own; try again later' },
  badNonce: { code: 'acme-busy', advice: 'it refused every nonce it gave; try again later' },
  orderNotReady: { code: 'acme-pending', advice: 'try again later' },
  rejectedIdentifier: { code: 'acme-names', advice: 'this CA issues no certificate for such a name; take it out' },
  unsupportedIdentifier: { code: 'acme-names', advice: 'this CA issues no certificate for such a name; take it out' },
  invalidProfile: { code: 'acme-profile', advice: 'choose a profile that this CA has' },
  caa: {
    code: 'acme-validation',
    advice: 'a CAA record in DNS allows other CAs only; allow this one there, or remove the record',
  },
  unauthorized: { code: 'acme-refused', advice: 'this account may not do that' },
  badCSR: { code: 'acme-certificate', advice: 'ask with another key, or for other names' },
}

const OTHER: Meaning = { code: 'acme-refused', advice: 'correct that, or use another CA' }
const TROUBLE: Meaning = { code: 'acme-busy', advice: 'the CA has trouble of its own; try again later' }

/** Where a refusal came from. */
type Refusal = {
  readonly host: string
  /** What was asked for: "the order". */
  readonly what: string
  readonly status: number
  readonly retryAt: string | null
}

/** What a CA's refusal comes to. */
export function toFailure(problem: Problem, { host, what, status, retryAt }: Refusal): AcmeFailure {
  const { code, advice } = meaningOf(problem, status, what)
  const until = retryAt ?? (code === 'acme-rate-limited' ? findTime(problem.detail) : null)
  const todo = until === null ? advice : `ask again after ${formatTime(until)}`
  const names = problem.names.map((each) => `; ${each.name || 'a name'}: ${quote(each)}`).join('')
  const said = problem.type === '' && problem.detail === '' ? `HTTP status ${status}` : quote(problem)
  const limit = code === 'acme-rate-limited' ? ', which is rate limited' : ''
  const message = `${host} refused ${what}${limit}: ${said}${names}; ${todo}`
  return new AcmeFailure({ code, message, type: problem.type, status, retryAt: until, names: problem.names })
}

function meaningOf({ type }: Problem, status: number, what: string): Meaning {
  if (type === 'unauthorized' && what === 'the account')
    return { code: 'acme-account-refused', advice: 'use another account key, or ask the CA why' }
  if (status === 429) return MEANINGS['rateLimited'] ?? OTHER
  const meaning = Object.hasOwn(MEANINGS, type) ? MEANINGS[type] : undefined
  return meaning ?? (status >= 500 ? TROUBLE : OTHER)
}

/** The CA's own words: its sentence and its word for it. */
function quote({ type, detail }: { readonly type: string; readonly detail: string }): string {
  if (detail === '') return type || 'it gave no reason'
  const said = `"${detail.replaceAll('"', "'")}"`
  return type === '' ? said : `${said} (${type})`
}

/** Let's Encrypt says in its sentence when an order may be repeated. */
function findTime(detail: string): string | null {
  const found = /retry after (\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d) ?(?:UTC|Z)/.exec(detail)
  const date = new Date(`${found?.[1]}T${found?.[2]}Z`)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

/** To the minute: `2026-05-13 10:00 UTC`. */
function formatTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
}

/** A name that was not validated, and how that was tried. */
export type Invalid = NameProblem & { readonly kind: ChallengeKind | null }

/** What it comes to when the CA looked at names and was not content. */
export function toValidationFailure(host: string, invalid: readonly Invalid[]): AcmeFailure {
  const each = invalid.map((one) => {
    const how = one.kind === null ? '' : ` by ${one.kind}`
    return `${one.name} was not validated${how}: ${quote(one)}, so ${adviseOn(one)}`
  })
  const names = invalid.map(({ name, type, detail }) => ({ name, type, detail }))
  const type = invalid[0]?.type ?? ''
  const code = type === 'rateLimited' ? 'acme-rate-limited' : 'acme-validation'
  return new AcmeFailure({ code, message: `${host}: ${each.join('; ')}`, type, names })
}

function adviseOn({ type, kind, name, detail }: Invalid): string {
  const record = `_acme-challenge.${name.replace(/^\*\./, '')}`
  if (type === 'caa') return MEANINGS['caa']?.advice ?? OTHER.advice
  if (type === 'serverInternal') return 'try again later: that is the CA’s own trouble'
  if (kind === 'dns-01')
    return type === 'unauthorized' || type === 'incorrectResponse'
      ? `see that the TXT record ${record} is written where the world asks for it, and wait until all its servers have it`
      : `see that the name servers of ${record} answer the world`
  if (type === 'dns' || /could not resolve|no such host|NXDOMAIN|SERVFAIL/i.test(detail))
    return 'see that the name has an A or AAAA record, that it points here, and that its servers answer'
  if (type === 'connection' || type === 'tls')
    return 'open port 80 to the world at every address that the name has in DNS, AAAA records too'
  if (type === 'unauthorized' || type === 'incorrectResponse')
    return 'DNS does not point here, or another server answers on port 80: correct the A and AAAA records of the name'
  return 'correct that, and try again'
}
