// What sets of records become: values added, taken away, replaced. Records that stay keep what the provider knows of them.
import { isIP, SocketAddress } from 'node:net'
import type { FoundRecords } from './provider.ts'
import type { RecordSet, SetChange, StoredRecord } from './record-store.ts'

/** What stands beside nothing that has addresses. */
const OBSTACLES = ['CNAME', 'ALIAS', 'ANAME', 'LUA']

/** The set of a type; null: there is none. */
export function setOf<Kept>(sets: readonly RecordSet<Kept>[], type: string): RecordSet<Kept> | null {
  return sets.find((set) => set.type === type) ?? null
}

/** Its values; none where there is no set. */
export function valuesOf<Kept>(set: RecordSet<Kept> | null): string[] {
  return (set?.records ?? []).map(({ value }) => value)
}

/** What stands at a name, and the text of the ownership record beside it. */
export function findRecords<Kept>(sets: readonly RecordSet<Kept>[], owner: string | null): FoundRecords {
  const addresses = sets.filter(({ type, obstacle }) => (type === 'A' || type === 'AAAA') && obstacle === undefined)
  const inTheWay = sets.find(({ type, obstacle }) => obstacle !== undefined || OBSTACLES.includes(type))
  return {
    addresses: addresses.flatMap(valuesOf),
    ttlSeconds: addresses.length === 0 ? null : Math.min(...addresses.map(({ ttlSeconds }) => ttlSeconds)),
    obstacle: inTheWay ? (inTheWay.obstacle ?? `${inTheWay.type} ${valuesOf(inTheWay)[0]}`) : null,
    owner,
  }
}

/** What is to be where. */
type Wanted = { readonly name: string; readonly type: string; readonly ttlSeconds: number }

/** The set with exactly these values; the same object where it has them already. */
export function withValues<Kept>(
  before: RecordSet<Kept> | null,
  values: readonly string[],
  { name, type, ttlSeconds }: Wanted,
): RecordSet<Kept> | null {
  const wanted = new Map(values.map((value) => [plainValue(value), value]))
  const staying = (before?.records ?? []).filter(({ value }) => wanted.has(plainValue(value)))
  const standing = new Set(staying.map(({ value }) => plainValue(value)))
  const missing = [...wanted].filter(([plain]) => !standing.has(plain))
  const added = missing.map(([, value]): StoredRecord<Kept> => ({ value, kept: null }))
  const records = [...staying, ...added]
  if (before && added.length === 0 && records.length === before.records.length && before.ttlSeconds === ttlSeconds)
    return before
  return records.length === 0 ? null : { name, type, ttlSeconds, records }
}

/** The set with one more value, its TTL as it is. */
export function withText<Kept>(before: RecordSet<Kept> | null, text: string, wanted: Wanted): RecordSet<Kept> | null {
  return withValues(before, [...valuesOf(before), text], {
    ...wanted,
    ttlSeconds: before?.ttlSeconds ?? wanted.ttlSeconds,
  })
}

/** The set without a value; null where nothing is left. */
export function withoutText<Kept>(before: RecordSet<Kept>, text: string): RecordSet<Kept> | null {
  const left = valuesOf(before).filter((value) => value !== text)
  return withValues(before, left, before)
}

/** Whether a change changes anything. */
export function isChange<Kept>({ before, after }: SetChange<Kept>): boolean {
  return before !== after
}

/** A change, record by record, for providers that know those: what is new, what goes, what only has another TTL. */
export function splitChange<Kept>({ before, after }: SetChange<Kept>) {
  const staying = new Set(after?.records)
  const retimed = before?.ttlSeconds === after?.ttlSeconds ? [] : (after?.records ?? [])
  return {
    added: (after?.records ?? []).filter(({ kept }) => kept === null),
    removed: (before?.records ?? []).filter((record) => !staying.has(record)),
    retimed: retimed.filter(({ kept }) => kept !== null),
  }
}

/** An address as everybody writes it (RFC 5952); other values as they are. */
function plainValue(value: string): string {
  const family = isIP(value)
  return family === 6 ? new SocketAddress({ address: value, family: 'ipv6' }).address : value
}
