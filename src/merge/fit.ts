// Whether a fragment fits beside what has been taken, and with which certificates.
import type { Certificate, KnownCertificates } from '../model/certificate.ts'
import type { Fragment, Problem } from '../model/fragment.ts'
import {
  certificatesOf,
  describeWaiting,
  findCertificateRemarks,
  findMissing,
  findNameConflict,
  mayWait,
  toUncertified,
  withoutTakenNames,
} from './certificates.ts'
import { type Claims, findConflict } from './claims.ts'

/** What a fragment can be taken with. */
export type Fit = {
  readonly fragment: Fragment
  readonly certificates: readonly Certificate[]
  readonly problems: readonly Problem[]
}

/** Why a fragment does not fit beside what has been taken, or what it is taken with. Who serves already may lose a name, not its place. */
export function findFit(
  asked: Fragment,
  claims: Claims,
  { known, kept }: { readonly known: KnownCertificates; readonly kept: Fragment | undefined },
  isServing: boolean,
): Fit | Problem {
  const missing = findMissing(asked, known)
  const waits = missing !== null && mayWait(asked, kept, known)
  const fragment = waits ? toUncertified(asked) : asked
  const obstacle = findConflict(claims, fragment) ?? (waits ? null : missing)
  if (obstacle) return obstacle
  const certificates = certificatesOf(fragment, known)
  const problems = [...(waits ? [describeWaiting(fragment, missing)] : []), ...findCertificateRemarks(fragment, known)]
  const conflict = findNameConflict(claims, certificates)
  if (!conflict) return { fragment, certificates, problems }
  if (!isServing) return conflict
  const left = withoutTakenNames(claims, certificates)
  return { fragment, certificates: left.certificates, problems: [...problems, ...left.problems] }
}
