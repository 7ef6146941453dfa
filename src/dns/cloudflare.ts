// Records at Cloudflare: known by ids, changed in batches.
import { z } from 'zod'
import type { Answer, ApiClient, Refusal } from './api-client.ts'
import { isChange, splitChange } from './change-sets.ts'
import { type DnsCode, DnsFailure } from './dns-failure.ts'
import { type Page, readPages } from './pages.ts'
import type { DnsProvider } from './provider.ts'
import type { RecordSet, RecordStore, SetChange, Written, ZoneHandle } from './record-store.ts'
import { createStoredProvider } from './stored-provider.ts'
import { quoteText, unquoteText } from './text-value.ts'
import { openTokenApi, type TokenOptions } from './token-api.ts'
import { normalizeName } from './wire/names.ts'
import { keepZones } from './zone-handles.ts'

const ENDPOINT = 'https://api.cloudflare.com/client/v4'

/** "Value must be between 60 and 86400, with the minimum reduced to 30 for Enterprise zones" (API reference, DNS records). */
const LEAST_TTL_SECONDS = 60
/** TTL 1 is "automatic", and that is 300 s; records behind the proxy have no other. */
const AUTOMATIC = 1
const AUTOMATIC_SECONDS = 300

/** "An A, AAAA, or CNAME record with that host already exists", "An identical record already exists", "Record does not exist". */
const CONFLICTS = [81_053, 81_054, 81_057, 81_058, 81_044]

const CODES: Readonly<Record<number, DnsCode>> = {
  // Invalid request headers, Invalid API Token, Authentication error, Unauthorized to access requested resource.
  6003: 'dns-credentials',
  1000: 'dns-credentials',
  10000: 'dns-credentials',
  9109: 'dns-credentials',
  971: 'dns-limit',
}

const ERRORS = z.object({ errors: z.array(z.object({ code: z.number(), message: z.string() })) })
const PAGES = z.object({ page: z.number(), total_pages: z.number() }).optional()
const ZONES = z.object({ result: z.array(z.object({ id: z.string(), name: z.string() })) })
const RECORD = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  content: z.string().optional(),
  ttl: z.number(),
  proxied: z.boolean().optional(),
  created_on: z.string().optional(),
})
const RECORDS = z.object({ result: z.array(RECORD), result_info: PAGES })

type Kept = { readonly id: string; readonly isProxied: boolean }

/**
 * Cloudflare. A batch is one transaction at Cloudflare, but has no conditions: so a claim is the ownership record first;
 * it is read again, and the oldest one has the name, before addresses are written. Two that change addresses of the same
 * owner at once: the last one wins. Addresses behind Cloudflare's proxy stay behind it, with the TTL that Cloudflare
 * gives those.
 */
export function createCloudflareProvider(options: TokenOptions): DnsProvider {
  return createStoredProvider(new CloudflareStore(options), options.awaitText)
}

class CloudflareStore implements RecordStore<Kept> {
  readonly title = 'Cloudflare'
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
      advice: `give an API token with Zone Read and DNS Edit for ${this.zones.join(', ')}`,
      readRefusal,
    })
  }

  async #askZone(zone: string, signal: AbortSignal): Promise<ZoneHandle> {
    const path = `/zones?name=${encodeURIComponent(zone)}`
    const { result } = await this.#api.ask({ method: 'GET', path, what: `the zone ${zone}` }, ZONES, signal)
    const found = result.find(({ name }) => normalizeName(name) === zone)
    if (found) return { id: found.id, name: zone }
    throw new DnsFailure(
      'dns-zone',
      `Cloudflare has no zone ${zone} that this token may see; add it there, or give a token with Zone Read and DNS Edit for it`,
    )
  }

  async read(zone: ZoneHandle, name: string, signal: AbortSignal): Promise<RecordSet<Kept>[]> {
    const readPage = async (page: number): Promise<Page<z.infer<typeof RECORD>, number>> => {
      const query = new URLSearchParams({ 'name.exact': name, per_page: '100', page: String(page) })
      const path = `/zones/${zone.id}/dns_records?${query}`
      const question = { method: 'GET', path, what: `the records of ${name}` } as const
      const { result, result_info: info } = await this.#api.ask(question, RECORDS, signal)
      return { items: result, next: info && info.page < info.total_pages ? page + 1 : null }
    }
    const records = (await readPages(1, readPage)).filter((record) => normalizeName(record.name) === name)
    const ages = records.sort(
      (a, b) => (a.created_on ?? '').localeCompare(b.created_on ?? '') || a.id.localeCompare(b.id),
    )
    return [...Map.groupBy(ages, ({ type }) => type)].map(([type, group]) => ({
      name,
      type,
      ttlSeconds: Math.min(...group.map(({ ttl }) => (ttl === AUTOMATIC ? AUTOMATIC_SECONDS : ttl))),
      records: group.map(({ id, content = '', proxied = false }) => ({
        value: readValue(type, content),
        kept: { id, isProxied: proxied },
      })),
    }))
  }

  async write(zone: ZoneHandle, changes: readonly SetChange<Kept>[], signal: AbortSignal): Promise<Written> {
    const real = changes.filter(isChange)
    const isProxied = changes.some(({ before }) => before?.records.some(({ kept }) => kept?.isProxied))
    const batch = {
      deletes: real.flatMap((change) => splitChange(change).removed.map(({ kept }) => ({ id: kept?.id }))),
      patches: real.flatMap((change) =>
        splitChange(change)
          .retimed.filter(({ kept }) => !kept?.isProxied)
          .map(({ kept }) => ({ id: kept?.id, ttl: change.after?.ttlSeconds })),
      ),
      posts: real.flatMap((change) => splitChange(change).added.map(({ value }) => toPost(change, value, isProxied))),
    }
    if (Object.values(batch).every((each) => each.length === 0)) return 'written'
    const what = `the records of ${real.map(({ before, after }) => (after ?? before)?.name)[0]}`
    const path = `/zones/${zone.id}/dns_records/batch`
    const answer = await this.#api.send({ method: 'POST', path, body: JSON.stringify(batch), what }, signal)
    if (answer.status < 300) return 'written'
    if (readErrors(answer).some(({ code }) => CONFLICTS.includes(code))) return 'conflict'
    throw this.#api.refusalOf(answer, what)
  }
}

function toPost({ after }: SetChange<Kept>, value: string, isProxied: boolean): object {
  const { name, type, ttlSeconds } = after!
  if (type === 'TXT') return { name, type, content: quoteText(value), ttl: ttlSeconds }
  return { name, type, content: value, ttl: isProxied ? AUTOMATIC : ttlSeconds, proxied: isProxied }
}

function readValue(type: string, content: string): string {
  if (type === 'TXT') return unquoteText(content)
  return type === 'CNAME' ? normalizeName(content) : content
}

function readErrors({ json }: Answer): { readonly code: number; readonly message: string }[] {
  return ERRORS.safeParse(json).data?.errors ?? []
}

function readRefusal(answer: Answer): Refusal {
  const errors = readErrors(answer)
  return {
    words: errors.map(({ code, message }) => `${message} (${code})`).join('; '),
    code: errors.map(({ code }) => CODES[code]).find((code) => code !== undefined),
  }
}
