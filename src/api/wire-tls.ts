// What the API tells of TLS and DNS: the certificates a load balancer serves, those that are obtained for it, its records.

/** The certificates a load balancer serves, and those that are obtained for it. */
export type TlsStatus = {
  readonly domains: readonly string[]
  /** ISO 8601, UTC: when the first of them ends; null: there is none yet. */
  readonly notAfter: string | null
  /** When the first of them is asked for anew; null: none is obtained. */
  readonly renewAt: string | null
  /** Where they come from: "certificate my-cert", "file /etc/ssl/web.pem", "domain app.example.com". */
  readonly source: string
  /** null: there is none yet. */
  readonly issuer: string | null
  /** Whether it answers clients that ask for no name, or one nobody has. */
  readonly default: boolean
  /** Why the source cannot be used as it is now, or null; the last good one is served meanwhile. */
  readonly lastError: string | null
  /** Absent: none is obtained. */
  readonly obtained?: readonly ObtainedDomain[]
}

/** How it stands with a domain whose certificate is obtained. Times in ISO 8601, UTC. */
export type ObtainedDomain = {
  readonly domain: string
  readonly state: 'serving' | 'pending' | 'expired'
  readonly isUnderWay: boolean
  /** Of the last try. */
  readonly steps: readonly string[]
  readonly notAfter: string | null
  /** When it is asked for next; null: by itself never. */
  readonly renewAt: string | null
  /** Why the last try failed; null: it did not. */
  readonly lastError: string | null
  /** Tries in a row that failed. */
  readonly failures: number
  /** Tries that ended since the daemon started. */
  readonly tries: number
}

/** GET /v1/dns: the addresses of a domain of ours. */
export type RecordInfo = {
  readonly domain: string
  /** Where names lead that are ours. */
  readonly addresses: readonly string[]
  readonly provider: string
  /** `current`: as wanted; `create`, `change`: what is to be done; `foreign`: somebody else's, left alone; `unknown`: not looked at. */
  readonly state: 'current' | 'create' | 'change' | 'foreign' | 'unknown'
  /** What keeps it from being as wanted; null: nothing. */
  readonly lastError: string | null
  /** ISO 8601, UTC; null: not looked at yet. */
  readonly checkedAt: string | null
}
