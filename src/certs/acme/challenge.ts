// What a CA asks to see before it believes that a name is ours: which of its challenges, and what answers it.
import { createHash } from 'node:crypto'
import type { AccountKey } from './account-key.ts'
import { AcmeFailure } from './acme-failure.ts'
import type { Authorization, OfferedChallenge } from './order.ts'

export type ChallengeKind = 'http-01' | 'dns-01'

/** What is to be published until the CA has looked. */
export type Challenge =
  | {
      readonly kind: 'http-01'
      readonly name: string
      /** What `http://NAME/.well-known/acme-challenge/TOKEN` on port 80 must answer, as text/plain. */
      readonly token: string
      readonly content: string
    }
  | {
      readonly kind: 'dns-01'
      /** With `*.` where the order is for all names below. */
      readonly name: string
      /** The TXT record's name, `_acme-challenge.…`, and its value: one of several, where the apex is asked for too. */
      readonly record: string
      readonly value: string
    }

/**
 * The first of the kinds that we can answer, best first, which the CA offers too.
 * Failure `acme-no-challenge` where there is none.
 */
export function chooseChallenge(
  { name, challenges }: Authorization,
  kinds: readonly ChallengeKind[],
): OfferedChallenge & { readonly type: ChallengeKind } {
  // RFC 8555 section 8.3: http-01 never proves a wildcard, whatever a CA may offer.
  const possible = name.startsWith('*.') ? kinds.filter((kind) => kind !== 'http-01') : kinds
  for (const kind of possible) {
    const offered = challenges.find(({ type, token }) => type === kind && token !== '')
    if (offered) return { ...offered, type: kind }
  }
  const theirs = challenges.map(({ type }) => type).join(', ') || 'none'
  const todo = name.startsWith('*.') ? 'set up dns-01, the only way to prove a wildcard' : 'set up one of the CA’s'
  throw new AcmeFailure({
    code: 'acme-no-challenge',
    message: `${name} cannot be proven: the CA offers ${theirs}, and set up here is ${possible.join(', ') || 'none'}; ${todo}`,
  })
}

/** What answers it (RFC 8555 sections 8.1, 8.3 and 8.4). */
export function toChallenge(name: string, kind: ChallengeKind, token: string, { thumbprint }: AccountKey): Challenge {
  const content = `${token}.${thumbprint}`
  if (kind === 'http-01') return { kind, name, token, content }
  const value = createHash('sha256').update(content).digest('base64url')
  return { kind, name, record: `_acme-challenge.${name.replace(/^\*\./, '')}`, value }
}
