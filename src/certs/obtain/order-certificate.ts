// One certificate from one CA: the order, what makes it resumable, and what the old one has to do with it.
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { outcomeOf } from '../../io/outcome.ts'
import { AcmeFailure } from '../acme/acme-failure.ts'
import { findCertificateId } from '../acme/certificate-id.ts'
import { type Obtained, obtainCertificate } from '../acme/obtain.ts'
import type { Publisher } from '../acme/prove-names.ts'
import { type RenewalInfo, readRenewalInfo } from '../acme/renewal-info.ts'
import type { Step } from '../acme/steps.ts'
import type { Authority } from './authority.ts'
import type { ObtainRecord } from './obtained-store.ts'

/** What is asked of every CA alike. */
export type OrderManner = {
  readonly publisher: Publisher
  /** One of the CA's profiles; null: its usual one. */
  readonly profile: string | null
  /** How long certificates are to live, in milliseconds; null: as the CA has it. */
  readonly lifetimeMs: number | null
}

/** What an order is for, and whom it tells. */
export type OrderGround = OrderManner & {
  readonly name: string
  readonly record: ObtainRecord
  /** The certificate that is there. */
  readonly pem: string | undefined
  readonly now: () => number
  /** Keeps what an order that breaks off is gone on with; null: there is none. */
  readonly keep: (pending: ObtainRecord['pending']) => Promise<void>
  readonly report: (step: Step) => void
}

/** Failures as `obtainCertificate` has them. */
export async function orderCertificate(
  authority: Authority,
  ground: OrderGround,
  signal: AbortSignal,
): Promise<Obtained> {
  const { name, record, publisher, profile, lifetimeMs, now } = ground
  const { directoryUrl } = authority
  const pending = record.pending?.directory === directoryUrl ? record.pending : null
  const key = pending?.key ?? makeKey()
  const report = async (step: Step) => {
    if (step.kind === 'order') await ground.keep({ directory: directoryUrl, orderUrl: step.url, key })
    ground.report(step)
  }
  const wish = {
    names: [name],
    key: createPrivateKey(key),
    profile: profile ?? undefined,
    // Whole seconds, as certificates have them.
    notAfter: lifetimeMs === null ? undefined : `${new Date(now() + lifetimeMs).toISOString().slice(0, 19)}Z`,
    replaces: record.issuedBy === directoryUrl ? await findReplaced(ground.pem) : undefined,
    orderUrl: pending?.orderUrl,
  }
  const work = authority.withAccount(report, signal, (session) =>
    obtainCertificate(session, wish, { ...publisher, report }, signal),
  )
  const done = await outcomeOf(work)
  if (done.ok) return done.value
  // An order that the CA was not content with is over.
  if (done.error instanceof AcmeFailure && OVER.has(done.error.code)) await ground.keep(null)
  throw done.error
}

const OVER: ReadonlySet<AcmeFailure['code']> = new Set(['acme-validation', 'acme-certificate', 'acme-refused'])

function makeKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

async function readLeaf(pem: string | undefined): Promise<X509Certificate | null> {
  const read = await outcomeOf(Promise.try(() => new X509Certificate(pem ?? '')))
  return read.ok ? read.value : null
}

async function findReplaced(pem: string | undefined): Promise<string | undefined> {
  const leaf = await readLeaf(pem)
  return (leaf && findCertificateId(leaf)) ?? undefined
}

/** What the CA suggests for the certificate that is there; null where it suggests nothing, or cannot be asked now. */
export async function askRenewalInfo(
  authority: Authority,
  pem: string | undefined,
  signal: AbortSignal,
): Promise<RenewalInfo | null> {
  const leaf = await readLeaf(pem)
  if (!leaf) return null
  const told = await outcomeOf(authority.stranger().then((session) => readRenewalInfo(session, leaf, signal)))
  return told.ok ? told.value : null
}
