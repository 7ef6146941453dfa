// What a DNS provider does for us: it holds the addresses of names that are ours, and texts that prove names to a CA.

/** The addresses a name is to have. */
export type AddressSet = {
  /** Lower case, without a dot at the end; `*.` wildcards too. */
  readonly name: string
  /** IPv4 and IPv6, each once; never empty. */
  readonly addresses: readonly string[]
  readonly ttlSeconds: number
}

/** What stands at a name now. */
export type FoundRecords = {
  readonly addresses: readonly string[]
  /** Of the addresses; null where there are none. */
  readonly ttlSeconds: number | null
  /** A record that stands where addresses would, as a person reads it: `CNAME www.example.net`; null: none. */
  readonly obstacle: string | null
  /** The owner that the ownership record beside it names, a stranger's whole text otherwise; null: there is none. */
  readonly owner: string | null
}

/**
 * One provider's hand on the zones it was given for. Nothing is remembered between calls. Every method fails with a
 * `DnsFailure`, one plain sentence in the provider's own words with what to do, and rejects with the signal's reason
 * when that aborts.
 */
export type DnsProvider = {
  /** For a person: `rfc2136 at 127.0.0.1:53`. */
  readonly title: string
  /** The zones it was given for, lower case, without a dot at the end. */
  readonly zones: readonly string[]

  /** What stands at a name. */
  read(name: string, signal: AbortSignal): Promise<FoundRecords>

  /**
   * Makes these the addresses of the name, and `owner` its owner. A name without addresses is claimed, one of `owner` is
   * changed; anything else is left as it is and told as `dns-not-ours`, unless `takeOver` says to take it all the same
   * (never a CNAME: that is `dns-not-ours` always). Where the provider can, it happens at once or not at all, so that of
   * two who claim a name one gets it. No other record of the name is touched.
   */
  put(wanted: AddressSet, owner: string, how: { readonly takeOver: boolean }, signal: AbortSignal): Promise<void>

  /** Takes the addresses of a name away, and the ownership record; `dns-not-ours` where they are not of `owner`. Nothing there is well too. */
  remove(name: string, owner: string, signal: AbortSignal): Promise<void>

  /** Puts one TXT value beside the others at a name, and answers once every server of the zone tells it. */
  addText(name: string, value: string, signal: AbortSignal): Promise<void>

  /** Takes that one value away, and no other. */
  removeText(name: string, value: string, signal: AbortSignal): Promise<void>
}
