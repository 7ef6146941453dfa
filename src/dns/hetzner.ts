// Records at Hetzner (api.hetzner.cloud): sets by name and type, changed by actions that are waited for.
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { outcomeOf } from '../io/outcome.ts'
import type { Answer, ApiClient, Question, Refusal } from './api-client.ts'
import { isChange, splitChange } from './change-sets.ts'
import { type DnsCode, DnsFailure } from './dns-failure.ts'
import { type Page, readPages } from './pages.ts'
import type { DnsProvider } from './provider.ts'
import type { RecordSet, RecordStore, SetChange, StoredRecord, Written, ZoneHandle } from './record-store.ts'
import { createStoredProvider } from './stored-provider.ts'
import { quoteText, unquoteText } from './text-value.ts'
import { openTokenApi, type TokenOptions } from './token-api.ts'
import { normalizeName } from './wire/names.ts'
import { keepZones } from './zone-handles.ts'
import { nameInZone, nameOutOfZone } from './zone-names.ts'

const ENDPOINT = 'https://api.hetzner.cloud/v1'

/** "Must be in between 60s and 2147483647s" (API reference, change the TTL of an RRSet). */
const LEAST_TTL_SECONDS = 60

/** How long an action is waited for, and between two looks: at first, and at most. */
const ACTION_TIMEOUT_MS = 60_000
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [100, 2000]

const CODES: Readonly<Record<string, DnsCode>> = {
  unauthorized: 'dns-credentials',
  forbidden: 'dns-credentials',
  token_readonly: 'dns-credentials',
  rate_limit_exceeded: 'dns-limit',
}

const PROBLEM = z.object({ code: z.string(), message: z.string() })
const REFUSAL = z.object({ error: PROBLEM })
const PAGES = z.object({ pagination: z.object({ next_page: z.number().nullish() }) }).optional()
const ZONES = z.object({ zones: z.array(z.object({ id: z.number(), name: z.string(), ttl: z.number() })), meta: PAGES })
const RECORD = z.object({ value: z.string(), comment: z.string().nullish() })
const SET = z.object({ name: z.string(), type: z.string(), ttl: z.number().nullable(), records: z.array(RECORD) })
const SETS = z.object({ rrsets: z.array(SET), meta: PAGES })
const ACTION = z.object({
  action: z.object({
    id: z.number(),
    status: z.enum(['running', 'success', 'error']),
    error: PROBLEM.nullish(),
  }),
})
type Action = z.infer<typeof ACTION>['action']

/** The provider's own record: its spelling, and the comment that a user gave it. */
type Kept = z.infer<typeof RECORD>

/**
 * Hetzner. A set is made only where there is none, so of two who claim a name at once one gets it: the ownership record
 * is made first. Values are put beside other texts, and taken away, by Hetzner itself. Addresses are one action for each
 * of A and AAAA and have no conditions: two that change those of the same owner at once, the last one wins; if it breaks
 * off between the two, the next `put` makes it right.
 */
export function createHetznerProvider(options: TokenOptions): DnsProvider {
  return createStoredProvider(new HetznerStore(options), options.awaitText)
}

class HetznerStore implements RecordStore<Kept> {
  readonly title = 'Hetzner'
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
      advice: `give an API token with read and write permission of the project that has ${this.zones.join(', ')}`,
      readRefusal,
    })
  }

  async #askZone(zone: string, signal: AbortSignal): Promise<ZoneHandle> {
    const path = `/zones?name=${encodeURIComponent(zone)}`
    const { zones } = await this.#api.ask({ method: 'GET', path, what: `the zone ${zone}` }, ZONES, signal)
    const found = zones.find(({ name }) => normalizeName(name) === zone)
    if (found) return { id: String(found.id), name: zone, ttlSeconds: found.ttl }
    throw new DnsFailure(
      'dns-zone',
      `Hetzner has no zone ${zone} in the project of this token; add it there, or give a token of its project`,
    )
  }

  async read(zone: ZoneHandle, name: string, signal: AbortSignal): Promise<RecordSet<Kept>[]> {
    const readPage = async (page: number): Promise<Page<z.infer<typeof SET>, number>> => {
      const query = new URLSearchParams({ name: nameInZone(name, zone.name), per_page: '50', page: String(page) })
      const path = `/zones/${zone.id}/rrsets?${query}`
      const question = { method: 'GET', path, what: `the records of ${name}` } as const
      const { rrsets: items, meta } = await this.#api.ask(question, SETS, signal)
      return { items, next: meta?.pagination.next_page ?? null }
    }
    const sets = await readPages(1, readPage)
    return sets
      .filter((set) => nameOutOfZone(set.name, zone.name) === name)
      .map(({ type, ttl, records }) => ({
        name,
        type,
        ttlSeconds: ttl ?? zone.ttlSeconds ?? LEAST_TTL_SECONDS,
        records: records.map((kept) => ({ value: readValue(type, kept.value, zone.name), kept })),
      }))
  }

  async write(zone: ZoneHandle, changes: readonly SetChange<Kept>[], signal: AbortSignal): Promise<Written> {
    for (const change of changes.filter(isChange))
      for (const question of questionsFor(zone, change)) {
        const answer = await this.#api.send(question, signal)
        const code = REFUSAL.safeParse(answer.json).data?.error.code
        if (code === 'uniqueness_error' || code === 'conflict') return 'conflict'
        // What is to be removed may be gone, what is to be changed too: that is seen when it is read again.
        if (code === 'not_found') return change.after === null ? 'written' : 'conflict'
        if (answer.status >= 300) throw this.#api.refusalOf(answer, question.what)
        await this.#finish(this.#api.read(answer, ACTION).action, question.what, signal)
      }
    return 'written'
  }

  /** Waits until an action is over. */
  async #finish(action: Action, what: string, signal: AbortSignal): Promise<void> {
    let now = action
    let pauseMs = FIRST_PAUSE_MS
    for (let waitedMs = 0; now.status === 'running'; waitedMs += pauseMs) {
      if (waitedMs >= ACTION_TIMEOUT_MS)
        throw new DnsFailure(
          'dns-unreachable',
          `Hetzner did not finish ${what} within ${ACTION_TIMEOUT_MS / 1000} s; try again later`,
        )
      pauseMs = waitedMs === 0 ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, 2 * pauseMs)
      await outcomeOf(sleep(pauseMs, undefined, { signal }))
      signal.throwIfAborted()
      now = (await this.#api.ask({ method: 'GET', path: `/actions/${now.id}`, what }, ACTION, signal)).action
    }
    if (now.status === 'error')
      throw new DnsFailure(
        'dns-refused',
        `Hetzner did not finish ${what}: "${now.error?.message ?? 'it gave no reason'}"; try again later`,
      )
  }
}

/** A set that is new is created, which fails where there is one; texts are put beside others, and taken away, one by one. */
function questionsFor(zone: ZoneHandle, change: SetChange<Kept>): Question[] {
  const { before, after } = change
  const { name, type } = (after ?? before)!
  const what = `the ${type} records of ${name}`
  const sets = `/zones/${zone.id}/rrsets`
  const set = `${sets}/${encodeURIComponent(nameInZone(name, zone.name))}/${type}`
  const post = (path: string, body: object): Question => ({ method: 'POST', path, body: JSON.stringify(body), what })
  const written = (records: readonly StoredRecord<Kept>[]) => records.map((record) => toRecord(type, record))
  if (before === null) {
    const body = {
      name: nameInZone(name, zone.name),
      type,
      ttl: after?.ttlSeconds,
      records: written(after?.records ?? []),
    }
    return [post(sets, body)]
  }
  const { added, removed } = splitChange(change)
  if (type === 'TXT')
    return [
      ...(added.length > 0 ? [post(`${set}/actions/add_records`, { records: written(added) })] : []),
      ...(removed.length > 0 ? [post(`${set}/actions/remove_records`, { records: written(removed) })] : []),
    ]
  if (after === null) return [{ method: 'DELETE', path: set, what }]
  const isRetimed = before.ttlSeconds !== after.ttlSeconds
  return [
    ...(added.length + removed.length > 0
      ? [post(`${set}/actions/set_records`, { records: written(after.records) })]
      : []),
    ...(isRetimed ? [post(`${set}/actions/change_ttl`, { ttl: after.ttlSeconds })] : []),
  ]
}

function toRecord(type: string, { value, kept }: StoredRecord<Kept>): Kept {
  return kept ?? { value: type === 'TXT' ? quoteText(value) : value }
}

/** A name without a dot at the end lies in the zone. */
function readValue(type: string, value: string, zone: string): string {
  if (type === 'TXT') return unquoteText(value)
  if (type !== 'CNAME') return value
  return value.endsWith('.') ? normalizeName(value) : nameOutOfZone(value, zone)
}

function readRefusal({ json }: Answer): Refusal {
  const error = REFUSAL.safeParse(json).data?.error
  return { words: error ? `${error.message} (${error.code})` : '', code: CODES[error?.code ?? ''] }
}
