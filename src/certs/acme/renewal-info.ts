// When a CA wants a certificate to be renewed (ARI, RFC 9773): it may move that forward when it has to revoke many.
import type { X509Certificate } from 'node:crypto'
import { z } from 'zod'
import { findCertificateId } from './certificate-id.ts'
import { RESOURCE_URL } from './directory.ts'
import type { Session } from './session.ts'

/** RFC 9773 section 4.3.2 has clients set bounds, and Let's Encrypt says 6 hours. */
const USUAL_MS = 6 * 3_600_000
const [SHORTEST_MS, LONGEST_MS] = [60_000, 86_400_000]

/** Times in ISO 8601, UTC. */
export type RenewalInfo = {
  readonly window: { readonly start: string; readonly end: string }
  /** A page that says why, where there is a reason. */
  readonly explanationUrl: string | null
  /** When to ask again: between a minute and a day. */
  readonly askAgainAt: string
}

const TIME = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString())

const RENEWAL_INFO = z.object({
  suggestedWindow: z.object({ start: TIME, end: TIME }).refine(({ start, end }) => start <= end),
  explanationURL: RESOURCE_URL.optional().catch(undefined),
})

/** Null where the CA has no ARI, or the certificate does not say who signed it. */
export async function readRenewalInfo(
  session: Session,
  certificate: X509Certificate,
  signal: AbortSignal,
): Promise<RenewalInfo | null> {
  const { renewalInfo } = await session.directory(signal)
  const id = findCertificateId(certificate)
  if (renewalInfo === undefined || id === null) return null
  const answer = await session.get(`${renewalInfo.replace(/\/$/, '')}/${id}`, {
    what: 'its renewal information',
    signal,
  })
  const { suggestedWindow, explanationURL } = await session.read(answer, RENEWAL_INFO)
  const waitMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, session.retryAfterOf(answer) ?? USUAL_MS))
  return {
    window: suggestedWindow,
    explanationUrl: explanationURL ?? null,
    askAgainAt: new Date(session.now() + waitMs).toISOString(),
  }
}
