// DigitalOcean's API v2 as far as domain records go: ids that grow, names without their zone, one request for each record.
import {
  type FakeAnswer,
  FakeDnsApi,
  type FakeRecord,
  type FakeRequest,
  type Json,
  SECRET,
  ZONES,
} from './fake-dns-api.ts'

type Stored = { id: number; zone: string; name: string; type: string; data: string; ttl: number }

export class FakeDigitalOcean extends FakeDnsApi {
  stored: Stored[] = []
  #count = 28_448_000

  answer({ method, path, query, headers, json }: FakeRequest): FakeAnswer {
    if (headers.authorization !== `Bearer ${SECRET}`) return refuse(401, 'Unauthorized', 'Unable to authenticate you')
    if (this.limitSeconds !== null) {
      const reset = String(Math.ceil(Date.now() / 1000) + this.limitSeconds)
      return { ...refuse(429, 'too_many_requests', 'API Rate limit exceeded.'), headers: { 'ratelimit-reset': reset } }
    }
    const [, zone = '', records, id] = /^\/v2\/domains\/([^/]+)(\/records(?:\/(\d+))?)?$/.exec(path) ?? []
    if (!ZONES.includes(zone)) return refuse(404, 'not_found', 'The resource you were accessing could not be found.')
    if (records === undefined) return { status: 200, body: { domain: { name: zone, ttl: 1800 } } }
    if (id !== undefined) return this.#change(method, Number(id), json)
    if (method === 'POST') return this.#create(zone, json)
    const wanted = query.get('name')
    const all = this.stored.filter((record) => record.zone === zone && (!wanted || fullName(record) === wanted))
    const { page, items, pages } = this.page(all, query, 200)
    const next = page < pages ? { pages: { next: `https://api.digitalocean.com${path}?page=${page + 1}` } } : {}
    return { status: 200, body: { domain_records: items, links: next, meta: { total: all.length } } }
  }

  #create(zone: string, { name, type, data, ttl = 1800 }: Json): FakeAnswer {
    const beside = this.stored.filter((record) => record.zone === zone && record.name === name)
    if (ttl < 30) return refuse(422, 'unprocessable_entity', 'ttl must be greater than or equal to 30')
    if (beside.some((record) => record.type === 'CNAME'))
      return refuse(422, 'unprocessable_entity', 'CNAME records cannot share a name with other records')
    if (name.endsWith(zone)) return refuse(422, 'unprocessable_entity', 'Name must not include the domain')
    const made = { id: ++this.#count, zone, name, type, data, ttl }
    this.stored.push(made)
    return { status: 201, body: { domain_record: made } }
  }

  #change(method: string, id: number, json: Json): FakeAnswer {
    const record = this.stored.find((each) => each.id === id)
    if (!record) return refuse(404, 'not_found', 'The resource you were accessing could not be found.')
    if (method === 'DELETE') {
      this.stored = this.stored.filter((each) => each !== record)
      return { status: 204 }
    }
    if (json.type !== record.type) return refuse(422, 'unprocessable_entity', 'type is required')
    Object.assign(record, json)
    return { status: 200, body: { domain_record: record } }
  }

  override add(name: string, type: string, value: string, ttl = 300): void {
    const zone = this.zoneOf(name)
    const short = name === zone ? '@' : name.slice(0, -zone.length - 1)
    this.stored.push({ id: ++this.#count, zone, name: short, type, data: value, ttl })
  }

  override records(): FakeRecord[] {
    return this.stored.map((record) => ({
      name: fullName(record),
      type: record.type,
      value: record.data,
      ttl: record.ttl,
    }))
  }
}

function fullName({ name, zone }: Stored): string {
  return name === '@' ? zone : `${name}.${zone}`
}

function refuse(status: number, id: string, message: string): FakeAnswer {
  return { status, body: { id, message, request_id: '4d9d8375-3c56-4925-a3e7-eb137fed17e9' } }
}
