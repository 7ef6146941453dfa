// Proving the names of an order: what the CA wants to see is published, it is told to look, and all is taken back.
import { outcomeOf } from '../../io/outcome.ts'
import { untilAborted } from '../../io/when-aborted.ts'
import { type Challenge, type ChallengeKind, chooseChallenge, toChallenge } from './challenge.ts'
import { type Invalid, toValidationFailure } from './explain-problem.ts'
import { follow } from './follow.ts'
import { AUTHORIZATION, type Authorization, type OfferedChallenge, type Order } from './order.ts'
import type { Session } from './session.ts'
import type { Report } from './steps.ts'
import type { Answer } from './wire.ts'

/** For taking back, which happens after an abort too. */
const CLEAN_UP_MS = 30_000

/** Who makes challenges visible to the world. */
export type Publisher = {
  /** How this name can be proven here, best first. */
  readonly kindsFor: (name: string) => readonly ChallengeKind[]
  /** Answers once the CA can see it. */
  readonly publish: (challenge: Challenge, signal: AbortSignal) => Promise<void>
  /** Takes back what `publish` was called with, also where that failed; called once for each. */
  readonly unpublish: (challenge: Challenge, signal: AbortSignal) => Promise<void>
}

/** What an order is worked with. */
export type Hands = Publisher & { readonly report: Report }

type Open = { readonly url: string; readonly host: string; readonly authorization: Authorization }

type Chosen = Open & { readonly challenge: Challenge; readonly offered: OfferedChallenge }

/** Failure `acme-validation` names every name that the CA was not content with, `acme-no-challenge` the first we cannot prove. */
export async function proveNames(session: Session, order: Order, hands: Hands, signal: AbortSignal): Promise<void> {
  const all: Open[] = []
  for (const url of order.authorizations) {
    const answer = await session.post(url, null, { what: 'an authorization', signal })
    all.push({ url, host: answer.host, authorization: await session.read(answer, AUTHORIZATION) })
  }
  for (const { authorization } of all.filter((one) => !isOpen(one)))
    if (authorization.status === 'valid') await hands.report({ kind: 'valid', name: authorization.name })
  refuseInvalid(all.filter((one) => !isOpen(one)))
  const chosen = all.filter(isOpen).map((one): Chosen => choose(session, one, hands))
  const published: Challenge[] = []
  try {
    for (const { challenge } of chosen) {
      published.push(challenge)
      await untilAborted(hands.publish(challenge, signal), signal)
    }
    refuseInvalid(await letLook(session, chosen, hands, signal))
  } finally {
    for (const challenge of published) await takeBack(challenge, hands)
  }
}

function isOpen({ authorization }: Open): boolean {
  return authorization.status === 'pending'
}

function choose(session: Session, open: Open, hands: Hands): Chosen {
  const { name } = open.authorization
  const offered = chooseChallenge(open.authorization, hands.kindsFor(name))
  return { ...open, offered, challenge: toChallenge(name, offered.type, offered.token, session.accountKey) }
}

/** Tells the CA to look at all of them, and waits for each. */
async function letLook(
  session: Session,
  chosen: readonly Chosen[],
  hands: Hands,
  signal: AbortSignal,
): Promise<Open[]> {
  for (const { challenge, offered } of chosen) {
    await hands.report({ kind: 'challenge', name: challenge.name, challenge: challenge.kind })
    // One that the CA looks at already, of an order that is resumed, is not to be answered again.
    if (offered.status === 'pending') await session.post(offered.url, {}, { what: 'a challenge', signal })
  }
  const ended: Open[] = []
  for (const { url, host, challenge } of chosen) {
    const authorization = await follow(session, {
      url,
      what: `looking at ${challenge.name}`,
      signal,
      read: (answer: Answer) => session.read(answer, AUTHORIZATION),
      isDone: ({ status }) => status !== 'pending',
    })
    if (authorization.status === 'valid') await hands.report({ kind: 'valid', name: challenge.name })
    ended.push({ url, host, authorization })
  }
  return ended
}

function refuseInvalid(ended: readonly Open[]): void {
  const invalid = ended.filter(({ authorization }) => authorization.status !== 'valid')
  const [first] = invalid
  if (first) throw toValidationFailure(first.host, invalid.flatMap(describeInvalid))
}

/** The CA may say of one name several things. */
function describeInvalid({ authorization: { name, status, challenges } }: Open): Invalid[] {
  const failed = challenges.find(({ error }) => error)
  const kind = failed?.type === 'http-01' || failed?.type === 'dns-01' ? failed.type : null
  if (!failed?.error) return [{ name, kind, type: '', detail: `the authorization is ${status}` }]
  const { type, detail, names } = failed.error
  if (names.length === 0) return [{ name, kind, type, detail }]
  return names.map((each) => ({ ...each, name: each.name || name, kind }))
}

async function takeBack(challenge: Challenge, hands: Hands): Promise<void> {
  const signal = AbortSignal.timeout(CLEAN_UP_MS)
  const done = await outcomeOf(untilAborted(hands.unpublish(challenge, signal), signal))
  if (!done.ok) await hands.report({ kind: 'left', name: challenge.name, why: done.error.message })
}
