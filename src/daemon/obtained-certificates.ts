// The certificates we obtain ourselves, as the API lists them beside the stored ones.
import type { CertificateRecord } from '../api/certificate-desk.ts'
import type { ObtainState } from '../certs/obtain/obtain-state.ts'
import type { Obtainer } from '../certs/obtain/obtainer.ts'
import { findRemarks } from '../certs/remarks.ts'
import { formatSource } from '../model/certificate.ts'
import type { CertificateUsers } from './certificate-users.ts'

/** What is asked about names that are wanted. It is known: no disk is read. */
export type Obtaining = Pick<Obtainer, 'state' | 'states' | 'certificate'>

/** One of each name that is wanted, also where nothing has come yet. */
export function listObtained(obtaining: Obtaining, users: CertificateUsers): CertificateRecord[] {
  return obtaining.states().map((state) => toRecord(state, obtaining, users))
}

/** The one of a name; undefined where nobody wants it. */
export function findObtained(
  name: string,
  obtaining: Obtaining,
  users: CertificateUsers,
): CertificateRecord | undefined {
  const state = obtaining.state(name)
  return state && toRecord(state, obtaining, users)
}

function toRecord(
  { name, obtainedAt, renewAt, isUnderWay, lastError, failures }: ObtainState,
  obtaining: Obtaining,
  users: CertificateUsers,
): CertificateRecord {
  const certificate = obtaining.certificate(name)
  const keys = certificate ? [certificate] : []
  return {
    name,
    keys,
    updatedAt: obtainedAt,
    usedBy: users.of(formatSource({ kind: 'domain', name })),
    remarks: findRemarks(keys, Date.now(), 'obtained'),
    obtained: { renewAt, isUnderWay, lastError, failures },
  }
}
