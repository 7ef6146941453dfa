// A certificate from a CA, from the order to the chain: the whole way, which can be taken up again after any step.
import { type KeyObject, X509Certificate } from 'node:crypto'
import { outcomeOf } from '../../io/outcome.ts'
import { type PemKey, parsePem } from '../parse-pem.ts'
import { AcmeFailure } from './acme-failure.ts'
import { makeCertificateRequest } from './certificate-request.ts'
import { toFailure } from './explain-problem.ts'
import { follow } from './follow.ts'
import { ORDER, type Order } from './order.ts'
import { type OrderWish, type Placed, placeOrder } from './place-order.ts'
import { type Hands, proveNames } from './prove-names.ts'
import { notAcme, type Session } from './session.ts'
import type { Answer } from './wire.ts'

/** An order, and the private key (EC or RSA) the certificate is to be for: kept before, so that an order can go on with it. */
export type CertificateWish = OrderWish & { readonly key: KeyObject }

/** What came of it: the PEM text holds the certificate, its chain, and the private key. */
export type Obtained = Pick<PemKey, 'names' | 'notBefore' | 'notAfter' | 'issuer' | 'pem'>

/**
 * Gets a certificate for names. The session's account must be open. Nothing stays published, however it ends. With the
 * URL of an order that broke off, and the same key, that one is gone on with. Failures as `AcmeCode` lists them.
 */
export async function obtainCertificate(
  session: Session,
  wish: CertificateWish,
  hands: Hands,
  signal: AbortSignal,
): Promise<Obtained> {
  const placed = await placeOrder(session, wish, signal)
  const chain = await complete(session, placed, wish, hands, signal)
  if (chain.isOurs || !placed.isResumed) return finish(chain, wish, hands)
  // The order had been gone through with a key that we do not have any more.
  const fresh = await placeOrder(session, { ...wish, orderUrl: undefined }, signal)
  return finish(await complete(session, fresh, wish, hands, signal), wish, hands)
}

type Chain = { readonly text: string; readonly host: string; readonly isOurs: boolean }

async function complete(
  session: Session,
  { url, isResumed, ...placed }: Placed,
  wish: CertificateWish,
  hands: Hands,
  signal: AbortSignal,
): Promise<Chain> {
  const { host } = placed.answer
  await hands.report({ kind: 'order', url, isResumed })
  let { order } = placed
  if (order.status === 'pending') {
    await proveNames(session, order, hands, signal)
    order = await followOrder(session, url, signal, ({ status }) => status !== 'pending')
  }
  if (order.status === 'ready') {
    await hands.report({ kind: 'finalize' })
    const csr = makeCertificateRequest(wish.names, wish.key).toString('base64url')
    const first = await session.post(order.finalize, { csr }, { what: 'the certificate request', signal })
    order = await followOrder(session, url, signal, isOver, first)
  } else order = await followOrder(session, url, signal, isOver)
  const chain = await session.post(findCertificate(order, host), null, { what: 'the certificate', signal })
  const leaf = await outcomeOf(Promise.try(() => new X509Certificate(chain.text)))
  return { text: chain.text, host, isOurs: leaf.ok && leaf.value.checkPrivateKey(wish.key) }
}

function followOrder(
  session: Session,
  url: string,
  signal: AbortSignal,
  isDone: (order: Order) => boolean,
  first?: Answer,
): Promise<Order> {
  const read = (answer: Answer) => session.read(answer, ORDER)
  return follow(session, { url, what: 'the order', signal, read, isDone, ...(first ? { first } : {}) })
}

function isOver({ status }: Order): boolean {
  return status === 'valid' || status === 'invalid'
}

function findCertificate({ status, certificate, error }: Order, host: string): string {
  if (status === 'valid' && certificate !== undefined) return certificate
  if (status === 'valid') throw notAcme(host, 'the order is done and has no certificate')
  const problem = error ?? { type: '', detail: 'the order is over', names: [] }
  throw toFailure(problem, { host, what: 'the order', status: 0, retryAt: null })
}

/** What came is looked at before anybody relies on it. */
async function finish({ text, host, isOurs }: Chain, { key, names }: CertificateWish, hands: Hands): Promise<Obtained> {
  if (!isOurs) throw unfit(host, 'it is for another key, or no certificate at all')
  const parsed = await parsePem(text, key.export({ type: 'pkcs8', format: 'pem' }).toString())
  if (!parsed.ok) throw unfit(host, parsed.message)
  const [found] = parsed.value
  const missing = names.filter((name) => !found?.names.includes(name))
  if (!found || missing.length > 0) throw unfit(host, `it is not for ${missing.join(', ')}`)
  await hands.report({ kind: 'certificate', notAfter: found.notAfter })
  const { notBefore, notAfter, issuer, pem } = found
  return { names: found.names, notBefore, notAfter, issuer, pem }
}

function unfit(host: string, why: string): AcmeFailure {
  return new AcmeFailure({
    code: 'acme-certificate',
    message: `${host} issued a certificate that cannot be used: ${why}; order it again`,
  })
}
