// How it stands with a name whose certificate we obtain, for whoever looks.

/** Times in ISO 8601, UTC. */
export type ObtainState = {
  readonly name: string
  /** Whether it is being asked for right now. */
  readonly isUnderWay: boolean
  /** The steps of the last try, as `formatStep` has them. */
  readonly steps: readonly string[]
  /** SHA-1 of the certificate that is there, as HAProxy has it; null: there is none. */
  readonly fingerprint: string | null
  /** Until when it is good. */
  readonly notAfter: string | null
  /** When it came, by our clock; null: there is none, or that is not known. */
  readonly obtainedAt: string | null
  /** When the next one is asked for; null: by itself never. */
  readonly renewAt: string | null
  /** Why the last try failed; null: it did not. */
  readonly lastError: string | null
  /** In a row. */
  readonly failures: number
  /** Ever, since the daemon started: certificates that came, and tries that failed. */
  readonly counts: { readonly obtained: number; readonly failed: number }
}

/** Something that happened to a name, told once. */
export type ObtainNews =
  | { readonly kind: 'step'; readonly name: string; readonly step: string }
  | {
      readonly kind: 'obtained'
      readonly name: string
      readonly notAfter: string
      readonly issuer: string
      readonly isFirst: boolean
    }
  | { readonly kind: 'failed'; readonly name: string; readonly why: string; readonly nextTryAt: string }
