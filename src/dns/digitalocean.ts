// Records at DigitalOcean: known by ids, changed one by one.
import { z } from 'zod'
import type { Answer, ApiClient, Refusal } from './api-client.ts'
import { isChange, splitChange } from './change-sets.ts'
import { DnsFailure } from './dns-failure.ts'
import { type Page, readPages } from './pages.ts'
import type { DnsProvider } from './provider.ts'
import type { RecordSet, RecordStore, SetChange, Written, ZoneHandle } from './record-store.ts'
import { createStoredProvider } from './stored-provider.ts'
import { openTokenApi, type TokenOptions } from './token-api.ts'
import { normalizeName } from './wire/names.ts'
import { keepZones } from './zone-handles.ts'
import { nameInZone, nameOutOfZone } from './zone-names.ts'

const ENDPOINT = 'https://api.digitalocean.com/v2'

/** "ttl must be greater than or equal to 30" is what it answers to less; lego and octoDNS have the same number. */
const LEAST_TTL_SECONDS = 30

const REFUSAL = z.object({ id: z.string(), message: z.string() })
const DOMAIN = z.object({ domain: z.object({ name: z.string() }) })
const RECORD = z.object({
  id: z.number(),
  type: z.string(),
  name: z.string(),
  data: z.string().nullish(),
  ttl: z.number(),
})
const RECORDS = z.object({
  domain_records: z.array(RECORD),
  links: z.object({ pages: z.object({ next: z.string().optional() }).optional() }).optional(),
})
const CREATED = z.object({ domain_record: RECORD })

type Kept = { readonly id: number }

/**
 * DigitalOcean. Nothing is atomic here, and nothing has conditions: every record is a request of its own. A claim is the
 * ownership record first; it is read again, and the oldest one has the name, before addresses are written one after the
 * other: what comes before what leaves. If that breaks off, the name has some of both, and the next `put` makes it
 * right. Two that change addresses of the same owner at once: the last one wins.
 */
export function createDigitalOceanProvider(options: TokenOptions): DnsProvider {
  return createStoredProvider(new DigitalOceanStore(options), options.awaitText)
}

class DigitalOceanStore implements RecordStore<Kept> {
  readonly title = 'DigitalOcean'
  readonly zones: readonly string[]
  readonly leastTtlSeconds = LEAST_TTL_SECONDS
  readonly isAtOnce = false
  readonly findZone = keepZones((zone, signal) => this.#askZone(zone, signal))
  readonly #api: ApiClient

  constructor(options: TokenOptions) {
    this.zones = options.zones.map(normalizeName)
    this.#api = openTokenApi(options, {
      name: this.title,
      base: ENDPOINT,
      advice: `give a token that may read, create, update and delete domain records`,
      readRefusal,
    })
  }

  async #askZone(zone: string, signal: AbortSignal): Promise<ZoneHandle> {
    const path = `/domains/${encodeURIComponent(zone)}`
    const what = `the domain ${zone}`
    const answer = await this.#api.send({ method: 'GET', path, what }, signal)
    if (answer.status === 404)
      throw new DnsFailure(
        'dns-zone',
        `DigitalOcean has no domain ${zone} in this account; add it there, or give a token of its account`,
      )
    if (answer.status >= 300) throw this.#api.refusalOf(answer, what)
    return { id: encodeURIComponent(this.#api.read(answer, DOMAIN).domain.name), name: zone }
  }

  async read(zone: ZoneHandle, name: string, signal: AbortSignal): Promise<RecordSet<Kept>[]> {
    const readPage = async (page: number): Promise<Page<z.infer<typeof RECORD>, number>> => {
      const query = new URLSearchParams({ name, per_page: '200', page: String(page) })
      const path = `/domains/${zone.id}/records?${query}`
      const question = { method: 'GET', path, what: `the records of ${name}` } as const
      const { domain_records: items, links } = await this.#api.ask(question, RECORDS, signal)
      return { items, next: links?.pages?.next === undefined ? null : page + 1 }
    }
    const records = (await readPages(1, readPage)).filter((record) => nameOutOfZone(record.name, zone.name) === name)
    const ages = records.sort((a, b) => a.id - b.id)
    return [...Map.groupBy(ages, ({ type }) => type)].map(([type, group]) => ({
      name,
      type,
      ttlSeconds: Math.min(...group.map(({ ttl }) => ttl)),
      records: group.map(({ id, data }) => ({ value: readValue(type, data ?? '', zone.name), kept: { id } })),
    }))
  }

  /** What comes before what leaves, set by set. */
  async write(zone: ZoneHandle, changes: readonly SetChange<Kept>[], signal: AbortSignal): Promise<Written> {
    for (const change of changes.filter(isChange)) {
      const { name, type } = (change.after ?? change.before)!
      const ttl = change.after?.ttlSeconds
      const { added, removed, retimed } = splitChange(change)
      const path = `/domains/${zone.id}/records`
      const what = `the ${type} record of ${name}`
      for (const { value } of added) {
        const body = JSON.stringify({ type, name: nameInZone(name, zone.name), data: value, ttl })
        await this.#api.ask({ method: 'POST', path, body, what }, CREATED, signal)
      }
      for (const { kept } of retimed)
        await this.#change(
          { method: 'PATCH', path: `${path}/${kept?.id}`, body: JSON.stringify({ type, ttl }), what },
          signal,
        )
      for (const { kept } of removed)
        await this.#change({ method: 'DELETE', path: `${path}/${kept?.id}`, what }, signal)
    }
    return 'written'
  }

  /** One that is gone meanwhile need not be changed. */
  async #change(question: Parameters<ApiClient['send']>[0], signal: AbortSignal): Promise<void> {
    const answer = await this.#api.send(question, signal)
    if (answer.status >= 300 && answer.status !== 404) throw this.#api.refusalOf(answer, question.what)
  }
}

/** Names are without a dot at the end here; `@` is the zone. */
function readValue(type: string, data: string, zone: string): string {
  if (type !== 'CNAME') return data
  return data === '@' ? zone : normalizeName(data)
}

function readRefusal({ json }: Answer): Refusal {
  const { id, message } = REFUSAL.safeParse(json).data ?? { id: '', message: '' }
  return { words: id === '' ? message : `${message} (${id})` }
}
