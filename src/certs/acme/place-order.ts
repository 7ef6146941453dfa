// An order at a CA: placed anew, or taken up again where it broke off.
import { outcomeOf } from '../../io/outcome.ts'
import { AcmeFailure } from './acme-failure.ts'
import { RESOURCE_URL } from './directory.ts'
import { ORDER, type Order } from './order.ts'
import { notAcme, type Session } from './session.ts'
import type { Answer } from './wire.ts'

/** What is asked for. */
export type OrderWish = {
  /** Lower-case DNS names, `*.` wildcards too, each once. */
  readonly names: readonly string[]
  /** One of the CA's own: `shortlived`. */
  readonly profile?: string | undefined
  /** When the certificate shall end (ISO 8601); most CAs refuse to be told. */
  readonly notAfter?: string | undefined
  /** The ARI id of the certificate this one is to replace. */
  readonly replaces?: string | undefined
  /** Of an order for the same names that broke off, or is pending. After `acme-validation` that order is over: forget it. */
  readonly orderUrl?: string | undefined
}

/** An order, where it is, and the answer that told it. */
export type Placed = {
  readonly url: string
  readonly order: Order
  readonly answer: Answer
  readonly isResumed: boolean
}

/**
 * The order of `orderUrl` where that is still good for these names, a new one otherwise. Failure `acme-profile` where
 * the CA has no such profile.
 */
export async function placeOrder(session: Session, wish: OrderWish, signal: AbortSignal): Promise<Placed> {
  const resumed = wish.orderUrl === undefined ? null : await resume(session, wish.orderUrl, wish.names, signal)
  if (resumed) return resumed
  const { newOrder, renewalInfo, meta } = await session.directory(signal)
  if (wish.profile !== undefined) checkProfile(wish.profile, Object.keys(meta.profiles ?? {}))
  const payload = {
    identifiers: wish.names.map((value) => ({ type: 'dns', value })),
    ...(wish.notAfter === undefined ? {} : { notAfter: wish.notAfter }),
    ...(wish.profile === undefined ? {} : { profile: wish.profile }),
  }
  const asking = { what: 'the order', signal }
  const replaces = renewalInfo === undefined ? undefined : wish.replaces
  const first = await outcomeOf(session.post(newOrder, { ...payload, ...(replaces ? { replaces } : {}) }, asking))
  if (!first.ok && !(replaces && isAboutReplacing(first.error))) throw first.error
  // That an order replaces another is a courtesy: what the CA has against it must not keep us from renewing.
  const answer = first.ok ? first.value : await session.post(newOrder, payload, asking)
  const url = RESOURCE_URL.safeParse(answer.headers.location)
  if (!url.success) throw notAcme(answer.host, 'it gave the order no URL')
  return { url: url.data, order: await session.read(answer, ORDER), answer, isResumed: false }
}

/** RFC 9773 section 5: replaced already; or it was another account's, or the CA does not know it. */
function isAboutReplacing(error: Error): boolean {
  if (!(error instanceof AcmeFailure)) return false
  const isKnown = ['alreadyReplaced', 'malformed', 'unauthorized'].includes(error.type ?? '')
  return isKnown || error.status === 404 || error.status === 409
}

function checkProfile(profile: string, theirs: readonly string[]): void {
  if (theirs.includes(profile)) return
  const todo = theirs.length === 0 ? 'it has none; ask without one' : `choose one of ${theirs.join(', ')}`
  throw new AcmeFailure({ code: 'acme-profile', message: `the CA has no profile ${profile}; ${todo}` })
}

/** Null where the order is over, is for other names, or the CA knows it no more. */
async function resume(
  session: Session,
  url: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Placed | null> {
  const asked = await outcomeOf(session.post(url, null, { what: 'the order', signal }))
  if (!asked.ok) {
    const isGone =
      asked.error instanceof AcmeFailure &&
      (['malformed', 'unauthorized'].includes(asked.error.type ?? '') || asked.error.status === 404)
    if (isGone) return null
    throw asked.error
  }
  const order = await session.read(asked.value, ORDER)
  const isSame = [...order.names].sort().join() === [...names].sort().join()
  return isSame && order.status !== 'invalid' ? { url, order, answer: asked.value, isResumed: true } : null
}
