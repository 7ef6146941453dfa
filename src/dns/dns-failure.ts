// A DNS provider said no.
import { Failure } from '../io/failure.ts'

/**
 * `dns-unreachable`: nobody answers, or too late · `dns-credentials`: it does not know our key or token, or that may not
 * do this · `dns-clock`: our clock and its differ too much · `dns-zone`: it has no zone for the name · `dns-not-ours`:
 * the record is somebody else's · `dns-limit`: too many questions, not before `retryAt` · `dns-refused`: anything else.
 */
export type DnsCode =
  | 'dns-unreachable'
  | 'dns-credentials'
  | 'dns-clock'
  | 'dns-zone'
  | 'dns-not-ours'
  | 'dns-limit'
  | 'dns-refused'

/** Why a change of records was not made. */
export class DnsFailure extends Failure {
  declare readonly code: DnsCode
  /** ISO 8601; null: when one likes. */
  readonly retryAt: string | null

  constructor(code: DnsCode, message: string, retryAt: string | null = null, cause?: Error) {
    super(code, message, cause)
    this.retryAt = retryAt
  }
}
