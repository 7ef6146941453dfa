// Cloudflare's API v4 as far as DNS records go: ids, pages, batches that are made whole or not at all, and its refusals.
import {
  type FakeAnswer,
  FakeDnsApi,
  type FakeRecord,
  type FakeRequest,
  type Json,
  SECRET,
  ZONES,
} from './fake-dns-api.ts'

type Stored = {
  id: string
  name: string
  type: string
  content: string
  ttl: number
  proxied: boolean
  created_on: string
}

export class FakeCloudflare extends FakeDnsApi {
  stored: Stored[] = []
  #count = 0

  answer({ method, path, query, headers, json }: FakeRequest): FakeAnswer {
    if (headers.authorization !== `Bearer ${SECRET}`) return refuse(403, 9109, 'Invalid access token')
    if (this.limitSeconds !== null)
      return {
        ...refuse(429, 971, 'Please wait and consider throttling your request speed'),
        headers: { 'retry-after': String(this.limitSeconds) },
      }
    if (path === '/client/v4/zones' && method === 'GET') {
      const found = ZONES.filter((zone) => zone === query.get('name'))
      return succeed(found.map((name) => ({ id: `id-of-${name}`, name })))
    }
    const [, zone, rest] = /^\/client\/v4\/zones\/id-of-([^/]+)\/dns_records(\/batch)?$/.exec(path) ?? []
    if (zone === undefined || !ZONES.includes(zone)) return refuse(404, 7003, 'Could not route to that path')
    if (method === 'GET') {
      const wanted = query.get('name.exact')
      const all = this.stored.filter(({ name }) => (wanted ? name === wanted : name.endsWith(zone)))
      const { page, items, pages } = this.page(all.toReversed(), query, 5000)
      return {
        ...succeed(items, { page, per_page: 0, total_pages: pages, count: items.length, total_count: all.length }),
      }
    }
    return rest && method === 'POST' ? this.#batch(zone, json) : refuse(405, 10_405, 'Method not allowed')
  }

  #batch(zone: string, { deletes = [], patches = [], posts = [] }: Json): FakeAnswer {
    let next = structuredClone(this.stored)
    for (const { id } of deletes) {
      if (!next.some((record) => record.id === id)) return refuse(404, 81_044, 'Record does not exist.')
      next = next.filter((record) => record.id !== id)
    }
    for (const { id, ...change } of patches) {
      const record = next.find((each) => each.id === id)
      if (!record) return refuse(404, 81_044, 'Record does not exist.')
      Object.assign(record, change)
    }
    for (const post of posts) {
      const refusal = findFault(post, next, zone)
      if (refusal) return refusal
      next.push(this.#make(post))
    }
    this.stored = next
    return succeed({ deletes, patches, posts })
  }

  #make(post: Json): Stored {
    this.#count++
    const created_on = new Date(1_700_000_000_000 + this.#count).toISOString()
    // Ids are random: they tell nothing of who came first.
    return { proxied: false, ...post, id: `${(this.#count * 7919) % 1000}-${this.#count}`, created_on }
  }

  override add(name: string, type: string, value: string, ttl = 300): void {
    this.stored.push(this.#make({ name, type, content: type === 'TXT' ? `"${value}"` : value, ttl }))
  }

  override records(): FakeRecord[] {
    return this.stored.map(({ name, type, content, ttl }) => ({
      name,
      type,
      value: content.replace(/^"|"$/g, ''),
      ttl,
    }))
  }
}

function findFault(post: Json, records: readonly Stored[], zone: string): FakeAnswer | null {
  const beside = records.filter(({ name }) => name === post.name)
  if (!post.name.endsWith(zone)) return refuse(400, 9000, 'DNS name is invalid.')
  if (post.ttl !== 1 && (post.ttl < 60 || post.ttl > 86_400))
    return refuse(400, 9021, 'TTL must be between 60 and 86400 seconds, or 1 for Automatic.')
  if (post.type === 'TXT' && !/^".*"$/.test(post.content)) return refuse(400, 9009, 'TXT content must be quoted')
  if (post.type !== 'CNAME' && beside.some(({ type }) => type === 'CNAME'))
    return refuse(400, 81_054, 'A CNAME record with that host already exists.')
  if (beside.some(({ type, content }) => type === post.type && content === post.content))
    return refuse(400, 81_058, 'An identical record already exists.')
  return null
}

function succeed(result: unknown, info?: object): FakeAnswer {
  return {
    status: 200,
    body: { success: true, errors: [], messages: [], result, ...(info ? { result_info: info } : {}) },
  }
}

function refuse(status: number, code: number, message: string): FakeAnswer {
  return { status, body: { success: false, errors: [{ code, message }], messages: [], result: null } }
}
