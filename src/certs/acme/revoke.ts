// Revoking a certificate (RFC 8555 section 7.6), by the account it was issued to.
import type { X509Certificate } from 'node:crypto'
import { outcomeOf } from '../../io/outcome.ts'
import { AcmeFailure } from './acme-failure.ts'
import type { Session } from './session.ts'

/** Those of RFC 5280 section 5.3.1 that a CA takes from its customers. */
const REASONS = { unspecified: 0, keyCompromise: 1, superseded: 4, cessationOfOperation: 5 } as const

export type RevocationReason = keyof typeof REASONS

/** Answers once it is revoked, also where it was before. */
export async function revokeCertificate(
  session: Session,
  certificate: X509Certificate,
  reason: RevocationReason,
  signal: AbortSignal,
): Promise<void> {
  const { revokeCert } = await session.directory(signal)
  const payload = { certificate: certificate.raw.toString('base64url'), reason: REASONS[reason] }
  const done = await outcomeOf(session.post(revokeCert, payload, { what: 'the revocation', signal }))
  if (done.ok || (done.error instanceof AcmeFailure && done.error.type === 'alreadyRevoked')) return
  throw done.error
}
