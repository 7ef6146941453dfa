// A DNS provider made of a store of record sets: reads, decides whose they are, and writes.
import { isIPv4 } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { outcomeOf } from '../io/outcome.ts'
import { findRecords, isChange, setOf, valuesOf, withoutText, withText, withValues } from './change-sets.ts'
import { DnsFailure } from './dns-failure.ts'
import { findZone, zoneOf } from './find-zone.ts'
import { judgePut, judgeRemove } from './judge-ownership.ts'
import { formatOwner, ownerRecordOf, parseOwner } from './ownership.ts'
import type { AddressSet, DnsProvider, FoundRecords } from './provider.ts'
import type { AwaitText, RecordSet, RecordStore, SetChange, Written, ZoneHandle } from './record-store.ts'
import { Turns } from './turns.ts'
import { normalizeName } from './wire/names.ts'

/** Two who write at once see it at once, or when the provider has done what it is at; more than so many times in a row is something else. */
const MOST_ATTEMPTS = 5
const FIRST_PAUSE_MS = 100
/** A CA follows so many aliases, and nobody needs two. */
const MOST_ALIASES = 8
/** Of ownership records, which nobody asks for but we. */
const OWNER_TTL_SECONDS = 300
/** Of texts for a CA, which are gone within minutes. */
const TEXT_TTL_SECONDS = 60

/** What stands at a name, and the ownership record beside it. */
type Standing<Kept> = {
  readonly zone: ZoneHandle
  readonly sets: readonly RecordSet<Kept>[]
  readonly ownerSet: RecordSet<Kept> | null
  readonly found: FoundRecords
}

/** The provider over a store. */
export function createStoredProvider<Kept>(store: RecordStore<Kept>, awaitText: AwaitText): DnsProvider {
  return new StoredProvider(store, awaitText)
}

class StoredProvider<Kept> implements DnsProvider {
  readonly title: string
  readonly zones: readonly string[]
  readonly #store: RecordStore<Kept>
  readonly #awaitText: AwaitText
  readonly #turns = new Turns()

  constructor(store: RecordStore<Kept>, awaitText: AwaitText) {
    this.title = store.title
    this.zones = store.zones
    this.#store = store
    this.#awaitText = awaitText
  }

  async read(name: string, signal: AbortSignal): Promise<FoundRecords> {
    return (await this.#look(normalizeName(name), signal)).found
  }

  put(wanted: AddressSet, owner: string, { takeOver }: { takeOver: boolean }, signal: AbortSignal): Promise<void> {
    const name = normalizeName(wanted.name)
    return this.#turns.take(name, signal, () =>
      this.#untilWritten(name, signal, async () => {
        const standing = await this.#look(name, signal)
        const refusal = judgePut(name, standing.found, owner, takeOver)
        if (refusal) throw refusal
        const ownerChange = this.#ownerChange(name, standing, owner)
        const changes = this.#addressChanges(name, standing, wanted)
        if (this.#store.isAtOnce || !isChange(ownerChange))
          return this.#write(standing.zone, [ownerChange, ...changes], signal)
        if ((await this.#write(standing.zone, [ownerChange], signal)) === 'conflict') return 'conflict'
        await this.#checkClaim(name, owner, signal)
        return this.#write(standing.zone, changes, signal)
      }),
    )
  }

  remove(rawName: string, owner: string, signal: AbortSignal): Promise<void> {
    const name = normalizeName(rawName)
    return this.#turns.take(name, signal, () =>
      this.#untilWritten(name, signal, async () => {
        const { zone, sets, ownerSet, found } = await this.#look(name, signal)
        const refusal = judgeRemove(name, found, owner)
        if (refusal) throw refusal
        if (found.owner !== owner || !ownerSet) return 'written'
        const addresses = sets.filter(({ type, obstacle }) => (type === 'A' || type === 'AAAA') && !obstacle)
        const gone = addresses.map((set) => ({ before: set, after: withValues(set, [], set) }))
        const ownerGone = { before: ownerSet, after: withoutText(ownerSet, formatOwner(owner)) }
        return this.#write(zone, [...gone, ownerGone], signal)
      }),
    )
  }

  async addText(name: string, value: string, signal: AbortSignal): Promise<void> {
    const place = await this.#followAliases(normalizeName(name), signal)
    await this.#changeText(place, signal, (before) =>
      withText(before, value, { name: place, type: 'TXT', ttlSeconds: this.#ttl(TEXT_TTL_SECONDS) }),
    )
    await this.#awaitText(place, value, signal)
  }

  async removeText(name: string, value: string, signal: AbortSignal): Promise<void> {
    const place = await this.#followAliases(normalizeName(name), signal)
    await this.#changeText(place, signal, (before) => before && withoutText(before, value))
  }

  #changeText(
    name: string,
    signal: AbortSignal,
    change: (before: RecordSet<Kept> | null) => RecordSet<Kept> | null,
  ): Promise<void> {
    return this.#turns.take(name, signal, () =>
      this.#untilWritten(name, signal, async () => {
        const zone = await this.#zoneOf(name, signal)
        const before = setOf(await this.#store.read(zone, name, signal), 'TXT')
        return this.#write(zone, [{ before, after: change(before) }], signal)
      }),
    )
  }

  /** Where texts of a name really stand: `_acme-challenge` may be delegated with a CNAME to another of our zones. */
  async #followAliases(name: string, signal: AbortSignal): Promise<string> {
    let place = name
    for (let count = 0; count < MOST_ALIASES; count++) {
      const zone = await this.#zoneOf(place, signal)
      const target = valuesOf(setOf(await this.#store.read(zone, place, signal), 'CNAME'))[0]
      if (target === undefined) return place
      if (findZone(target, this.zones) === undefined)
        throw new DnsFailure(
          'dns-zone',
          `${place} is a CNAME of ${target}, which lies in no zone that ${this.title} is to be used for; add its zone, or remove the CNAME`,
        )
      place = target
    }
    throw new DnsFailure('dns-refused', `${name} leads from one CNAME to the next without end; correct those records`)
  }

  async #look(name: string, signal: AbortSignal): Promise<Standing<Kept>> {
    const zone = await this.#zoneOf(name, signal)
    const [sets, ownerSets] = await Promise.all([
      this.#store.read(zone, name, signal),
      this.#store.read(zone, ownerRecordOf(name), signal),
    ])
    const ownerSet = setOf(ownerSets, 'TXT')
    // Of two that were written at once the first counts.
    const owner = parseOwner(valuesOf(ownerSet).slice(0, 1))
    return { zone, sets, ownerSet, found: findRecords(sets, owner) }
  }

  #zoneOf(name: string, signal: AbortSignal): Promise<ZoneHandle> {
    return Promise.try(() => this.#store.findZone(zoneOf(name, this.zones), signal))
  }

  /** The ownership record as it is where it names the owner, else replaced by ours. */
  #ownerChange(name: string, { ownerSet: before, found }: Standing<Kept>, owner: string): SetChange<Kept> {
    if (found.owner === owner) return { before, after: before }
    const ttlSeconds = before?.ttlSeconds ?? this.#ttl(OWNER_TTL_SECONDS)
    const wanted = { name: ownerRecordOf(name), type: 'TXT', ttlSeconds }
    return { before, after: withValues(before, [formatOwner(owner)], wanted) }
  }

  #addressChanges(name: string, { sets }: Standing<Kept>, { addresses, ttlSeconds }: AddressSet): SetChange<Kept>[] {
    const changes = (['A', 'AAAA'] as const).map((type) => {
      const before = setOf(sets, type)
      const values = addresses.filter((address) => isIPv4(address) === (type === 'A'))
      return { before, after: withValues(before, values, { name, type, ttlSeconds: this.#ttl(ttlSeconds) }) }
    })
    // What comes goes before what leaves: at no moment has the name no address.
    return changes.sort((one, other) => Number(one.after === null) - Number(other.after === null))
  }

  /** Who claimed first has the name; the other takes its claim back. */
  async #checkClaim(name: string, owner: string, signal: AbortSignal): Promise<void> {
    const { zone, ownerSet, found } = await this.#look(name, signal)
    if (found.owner === owner) return
    if (ownerSet)
      await this.#store.write(zone, [{ before: ownerSet, after: withoutText(ownerSet, formatOwner(owner)) }], signal)
    const refusal = judgePut(name, found, owner, false)
    throw (
      refusal ?? new DnsFailure('dns-refused', `${name}: its ownership record vanished as it was written; try again`)
    )
  }

  async #write(zone: ZoneHandle, changes: readonly SetChange<Kept>[], signal: AbortSignal): Promise<Written> {
    return changes.some(isChange) ? this.#store.write(zone, changes, signal) : 'written'
  }

  async #untilWritten(name: string, signal: AbortSignal, attempt: () => Promise<Written>): Promise<void> {
    for (let count = 0; count < MOST_ATTEMPTS; count++) {
      if ((await attempt()) === 'written') return
      await outcomeOf(sleep(FIRST_PAUSE_MS * 2 ** count, undefined, { signal }))
      signal.throwIfAborted()
    }
    throw new DnsFailure('dns-refused', `${name} is being changed by somebody else again and again; try again later`)
  }

  #ttl(seconds: number): number {
    return Math.max(this.#store.leastTtlSeconds, seconds)
  }
}
