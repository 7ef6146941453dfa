// Whether a fragment fits beside what has been taken, and with which certificates.
import type { Certificate, KnownCertificates } from '../model/certificate.ts'
import type { Fragment, Problem } from '../model/fragment.ts'
import {
  certificatesOf,
  findCertificateRemarks,
  findMissing,
  findNameConflict,
  withoutTakenNames,
} from './certificates.ts'
import { type Claims, findConflict } from './claims.ts'
import { findPassedThrough } from './passed-through.ts'

/** What a fragment can be taken with. */
export type Fit = { readonly certificates: readonly Certificate[]; readonly problems: readonly Problem[] }

/** Why a fragment does not fit beside what has been taken, or what it is taken with. Who serves already may lose a name, not its place. */
export function findFit(
  fragment: Fragment,
  claims: Claims,
  known: KnownCertificates,
  isServing: boolean,
): Fit | Problem {
  const passed = isServing ? null : findPassedThrough(claims, fragment)
  const obstacle = findConflict(claims, fragment) ?? findMissing(fragment, known) ?? passed
  if (obstacle) return obstacle
  const certificates = certificatesOf(fragment, known)
  const problems = findCertificateRemarks(fragment, known)
  const conflict = findNameConflict(claims, certificates)
  if (!conflict) return { certificates, problems }
  if (!isServing) return conflict
  const left = withoutTakenNames(claims, certificates)
  return { certificates: left.certificates, problems: [...problems, ...left.problems] }
}
