// What should be told of a certificate that is served: that it is not valid any more, or soon will not be.
import type { CertifiedKey } from '../model/certificate.ts'

/** Whoever renews by themselves does so long before. */
const SOON_MS = 7 * 86_400_000

/** One sentence for each key that is not well, as of `nowMs` (since 1970). The same until one of them gets worse. What is obtained is renewed by itself. */
export function findRemarks(
  keys: readonly Pick<CertifiedKey, 'keyType' | 'names' | 'notBefore' | 'notAfter'>[],
  nowMs: number,
  kind: 'given' | 'obtained' = 'given',
): string[] {
  return keys.flatMap(({ keyType, names, notBefore, notAfter }) => {
    const isAuthority = keyType === 'authority'
    const what = isAuthority ? `one of the CAs of clients (${names.join('; ')})` : `the certificate for ${names[0]}`
    const refusal = isAuthority ? 'its clients are refused' : 'browsers refuse it'
    if (Date.parse(notAfter) <= nowMs)
      return [
        `${what} expired on ${notAfter.slice(0, 10)}: ${refusal}; ${kind === 'given' ? 'give a new one' : 'a new one is asked for'}`,
      ]
    if (Date.parse(notBefore) > nowMs) return [`${what} is not valid before ${notBefore}: ${refusal} until then`]
    if (kind === 'given' && Date.parse(notAfter) <= nowMs + SOON_MS)
      return [`${what} expires on ${notAfter.slice(0, 10)}; give a new one before`]
    return []
  })
}
