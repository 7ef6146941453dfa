// Records at a PowerDNS server: its own HTTP API, sets replaced in one transaction.
import { z } from 'zod'
import { type Answer, ApiClient, type Refusal } from './api-client.ts'
import { isChange, valuesOf } from './change-sets.ts'
import { DnsFailure } from './dns-failure.ts'
import type { DnsProvider } from './provider.ts'
import type { AwaitText, RecordSet, RecordStore, SetChange, StoredRecord, Written, ZoneHandle } from './record-store.ts'
import { createStoredProvider } from './stored-provider.ts'
import { quoteText, unquoteText } from './text-value.ts'
import { normalizeName } from './wire/names.ts'
import { keepZones } from './zone-handles.ts'

/** It takes any; 0 would mean that nobody may keep an answer. */
const LEAST_TTL_SECONDS = 1

const REFUSAL = z.object({ error: z.string() })
const ZONES = z.array(z.object({ id: z.string(), name: z.string() }))
const RECORD = z.object({ content: z.string(), disabled: z.boolean().default(false) })
const SET = z.object({ name: z.string(), type: z.string(), ttl: z.number(), records: z.array(RECORD) })
const ZONE = z.object({ rrsets: z.array(SET) })
type ApiSet = z.infer<typeof SET>

/** Its own spelling. */
type Kept = { readonly content: string }

export type PowerDnsOptions = {
  readonly zones: readonly string[]
  /** Of the server's web server: `http://127.0.0.1:8081`. */
  readonly url: string
  /** What its setting `api-key` says. */
  readonly apiKey: string
  /** `localhost`, except behind a proxy for several servers. */
  readonly serverId?: string | undefined
  readonly awaitText: AwaitText
}

/**
 * PowerDNS. What is put or removed is one PATCH, one transaction, but without conditions; everything is read again just
 * before. Of two who claim a name in the moment between, the last one has it whole, addresses and ownership, and the
 * other learns that the next time it looks. Two processes that add a text in that moment may lose one; that is seen when
 * it does not turn up at the servers. Secondaries hear of changes where the zone's SOA-EDIT-API is set
 * (`pdnsutil set-meta ZONE SOA-EDIT-API DEFAULT`).
 */
export function createPowerDnsProvider(options: PowerDnsOptions): DnsProvider {
  return createStoredProvider(new PowerDnsStore(options), options.awaitText)
}

class PowerDnsStore implements RecordStore<Kept> {
  readonly title: string
  readonly zones: readonly string[]
  readonly leastTtlSeconds = LEAST_TTL_SECONDS
  readonly isAtOnce = true
  readonly findZone = keepZones((zone, signal) => this.#askZone(zone, signal))
  readonly #api: ApiClient

  constructor({ zones, url, apiKey, serverId = 'localhost' }: PowerDnsOptions) {
    this.title = `PowerDNS at ${URL.parse(url)?.host ?? 'an unreadable URL'}`
    this.zones = zones.map(normalizeName)
    this.#api = new ApiClient({
      name: 'PowerDNS',
      base: `${url.replace(/\/+$/, '')}/api/v1/servers/${encodeURIComponent(serverId)}`,
      headersFor: () => ({ 'x-api-key': apiKey, 'content-type': 'application/json' }),
      secrets: [apiKey],
      advice: 'give the key that its setting api-key has, and see that webserver-allow-from lets this machine in',
      readRefusal,
    })
  }

  async #askZone(zone: string, signal: AbortSignal): Promise<ZoneHandle> {
    const path = `/zones?zone=${encodeURIComponent(`${zone}.`)}&dnssec=false`
    const zones = await this.#api.ask({ method: 'GET', path, what: `the zone ${zone}` }, ZONES, signal)
    const found = zones.find(({ name }) => normalizeName(name) === zone)
    if (found) return { id: encodeURIComponent(found.id), name: zone }
    throw new DnsFailure('dns-zone', `${this.title} has no zone ${zone}; make it there (pdnsutil create-zone ${zone})`)
  }

  /** Records that are disabled are told to nobody; `rrset_name` leaves them out, and servers that do not know it tell all. */
  async read(zone: ZoneHandle, name: string, signal: AbortSignal): Promise<RecordSet<Kept>[]> {
    const path = `/zones/${zone.id}?rrset_name=${encodeURIComponent(`${name}.`)}`
    const { rrsets } = await this.#api.ask({ method: 'GET', path, what: `the records of ${name}` }, ZONE, signal)
    return rrsets.filter((set) => normalizeName(set.name) === name).flatMap(toSet)
  }

  async write(zone: ZoneHandle, changes: readonly SetChange<Kept>[], signal: AbortSignal): Promise<Written> {
    const path = `/zones/${zone.id}`
    const real = changes.filter(isChange)
    const what = `the records of ${real.map(({ before, after }) => (after ?? before)?.name)[0]}`
    const { rrsets: all } = await this.#api.ask({ method: 'GET', path, what }, ZONE, signal)
    if (changes.some((change) => !isAsRead(change, findSet(all, change)))) return 'conflict'
    const body = JSON.stringify({ rrsets: real.map((change) => toRrset(change, findSet(all, change))) })
    const answer = await this.#api.send({ method: 'PATCH', path, body, what }, signal)
    if (answer.status >= 300) throw this.#api.refusalOf(answer, what)
    return 'written'
  }
}

/** None where all its records are disabled. */
function toSet({ name, type, ttl, records }: ApiSet): RecordSet<Kept>[] {
  const told = records
    .filter(({ disabled }) => !disabled)
    .map(({ content }) => ({ value: readValue(type, content), kept: { content } }))
  return told.length === 0 ? [] : [{ name: normalizeName(name), type, ttlSeconds: ttl, records: told }]
}

function findSet(all: readonly ApiSet[], { before, after }: SetChange<Kept>): ApiSet | undefined {
  const wanted = after ?? before
  return all.find(({ name, type }) => wanted && normalizeName(name) === wanted.name && type === wanted.type)
}

function isAsRead({ before }: SetChange<Kept>, standing: ApiSet | undefined): boolean {
  const [now] = standing ? toSet(standing) : []
  return String(now && valuesOf(now).toSorted()) === String(before ? valuesOf(before).toSorted() : undefined)
}

/** Records that are disabled stay so; comments are not named, and so they stay. */
function toRrset({ before, after }: SetChange<Kept>, standing: ApiSet | undefined) {
  const { name, type, ttlSeconds } = (after ?? before)!
  const told = (after?.records ?? []).map((record) => ({ content: spell(type, record), disabled: false }))
  const records = [...told, ...(standing?.records ?? []).filter(({ disabled }) => disabled)]
  const head = { name: `${name}.`, type }
  return records.length === 0
    ? { ...head, changetype: 'DELETE' }
    : { ...head, changetype: 'REPLACE', ttl: ttlSeconds, records }
}

function spell(type: string, { value, kept }: StoredRecord<Kept>): string {
  return kept?.content ?? (type === 'TXT' ? quoteText(value) : value)
}

function readValue(type: string, content: string): string {
  if (type === 'TXT') return unquoteText(content)
  return type === 'CNAME' ? normalizeName(content) : content
}

function readRefusal({ json, text }: Answer): Refusal {
  return { words: REFUSAL.safeParse(json).data?.error ?? (text.startsWith('<') ? '' : text) }
}
