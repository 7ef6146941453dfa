// What goes wrong with a CA: a Failure that also knows when to come back, and what the CA said of each name.
import { Failure } from '../../io/failure.ts'

/** What programs tell failures of ACME apart by. */
export type AcmeCode =
  /** Nobody answers, the connection breaks, or its certificate is not trusted. */
  | 'acme-unreachable'
  | 'acme-timeout'
  /** Somebody answers who is no ACME CA. */
  | 'acme-not-acme'
  /** The CA is in trouble itself: later. */
  | 'acme-busy'
  | 'acme-rate-limited'
  /** The CA goes on by itself: come back with the order's URL. */
  | 'acme-pending'
  | 'acme-terms'
  | 'acme-account-key'
  | 'acme-account-unknown'
  | 'acme-account-refused'
  | 'acme-binding'
  | 'acme-names'
  | 'acme-profile'
  | 'acme-no-challenge'
  /** The CA looked, and did not find what proves a name. */
  | 'acme-validation'
  /** What the CA issued is not what was asked for. */
  | 'acme-certificate'
  | 'acme-trust'
  | 'acme-refused'

/** What the CA said of one name. */
export type NameProblem = {
  readonly name: string
  /** The CA's word, without its prefix: `connection`. */
  readonly type: string
  readonly detail: string
}

type AcmeFailureParts = {
  readonly code: AcmeCode
  readonly message: string
  /** The CA's word for it, without its prefix, where it said one. */
  readonly type?: string
  readonly status?: number
  readonly retryAt?: string | null
  readonly names?: readonly NameProblem[]
  readonly cause?: unknown
}

/** The CA said no, or nothing. The message holds no key, no token, and of URLs the host only. */
export class AcmeFailure extends Failure {
  declare readonly code: AcmeCode
  /** The CA's word for it, without its prefix; null where it said none. */
  readonly type: string | null
  /** Of the CA's HTTP answer; 0 where there was none. */
  readonly status: number
  /** Not to be asked again before (ISO 8601, UTC); null where the CA set no time. */
  readonly retryAt: string | null
  readonly names: readonly NameProblem[]

  constructor({ code, message, type, status = 0, retryAt = null, names = [], cause }: AcmeFailureParts) {
    super(code, message, cause)
    this.type = type ?? null
    this.status = status
    this.retryAt = retryAt
    this.names = names
  }
}
