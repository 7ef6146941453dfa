// When a certificate that is obtained is asked for next, and why the last try failed.
import type { CertificateInfo } from '../../api/wire.ts'

type Obtained = NonNullable<CertificateInfo['obtained']>

/** "2027-01-20 10:00", in UTC. */
export function formatMinute(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ')
}

/** "2027-01-20 10:00" in UTC, "being obtained", or "never" where that is not done by itself. */
export function formatRenewal({ isUnderWay, renewAt }: Obtained, hasCertificate: boolean): string {
  if (renewAt !== null) return formatMinute(renewAt)
  return isUnderWay || !hasCertificate ? 'being obtained' : 'never'
}

/** "failed 3 times: the CA said no"; undefined where the last try did not fail. */
export function formatFailure({ lastError, failures }: Pick<Obtained, 'lastError' | 'failures'>): string | undefined {
  return lastError === null ? undefined : `failed ${failures} time${failures === 1 ? '' : 's'}: ${lastError}`
}
