// What a provider of DNS must be able to do for us, in sets of records: the port behind which Cloudflare, Route 53 and the others stand.

/** One record of a set. `Kept` is what the provider needs to find it again: an id, its own spelling. */
export type StoredRecord<Kept> = {
  /** An address; a text as DNS tells it, without quotes; of other types whatever a person can read. */
  readonly value: string
  /** Null: not written yet. */
  readonly kept: Kept | null
}

/** All records of one type at one name. Those that came first stand first, where the provider knows. */
export type RecordSet<Kept> = {
  /** Lower case, without a dot at the end. */
  readonly name: string
  readonly type: string
  readonly ttlSeconds: number
  readonly records: readonly StoredRecord<Kept>[]
  /** It stands where addresses would and is none of ours to change, as a person reads it: `ALIAS d1.cloudfront.net`. */
  readonly obstacle?: string | undefined
}

/** What a set is to become; null: it is not there. The same object twice: it is to stay, and must have stayed. */
export type SetChange<Kept> = {
  readonly before: RecordSet<Kept> | null
  readonly after: RecordSet<Kept> | null
}

/** Where a zone is found at the provider. */
export type ZoneHandle = {
  /** Lower case, without a dot at the end. */
  readonly name: string
  /** As the provider's URLs have it. */
  readonly id: string
  /** Of records that say none. */
  readonly ttlSeconds?: number
}

/**
 * The records of one provider. Every method fails with a `DnsFailure`, and rejects with the signal's reason when that
 * aborts.
 */
export type RecordStore<Kept> = {
  /** For a person: `Cloudflare`. */
  readonly title: string
  /** Lower case, without a dot at the end. */
  readonly zones: readonly string[]
  /** Below that the provider takes none: what is asked for is raised to it. */
  readonly leastTtlSeconds: number
  /**
   * Whether changes that are written together are made together or not at all. Where they are not, they are made in the
   * order given, and the ownership record is written, and looked at again, before any address is.
   */
  readonly isAtOnce: boolean
  /** Asked once for each zone, and kept; `dns-zone` where the provider has no such zone. */
  findZone(zone: string, signal: AbortSignal): Promise<ZoneHandle>
  /** Every set at a name. */
  read(zone: ZoneHandle, name: string, signal: AbortSignal): Promise<readonly RecordSet<Kept>[]>
  /**
   * Makes the changes. `conflict`, where the provider can tell: somebody else has changed one of the sets since it was
   * read, and nothing, or nothing but changes before that one, was made.
   */
  write(zone: ZoneHandle, changes: readonly SetChange<Kept>[], signal: AbortSignal): Promise<Written>
}

export type Written = 'written' | 'conflict'

/** Answers once every server of the zone tells the text; `createXProvider` gets it from outside. */
export type AwaitText = (name: string, value: string, signal: AbortSignal) => Promise<void>
