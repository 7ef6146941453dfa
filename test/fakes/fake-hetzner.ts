// Hetzner's cloud API as far as DNS goes: sets by name and type, and actions whose effect is there when they are over.
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
  zone: string
  name: string
  type: string
  ttl: number | null
  records: { value: string; comment?: string }[]
}

export class FakeHetzner extends FakeDnsApi {
  stored: Stored[] = []
  /** The next actions end so. */
  actionError: string | null = null
  readonly #actions = new Map<number, () => void>()
  /** Sets that an action is about to make: nobody else may make them. */
  readonly #coming = new Set<string>()
  #count = 0

  answer({ method, path, query, headers, json }: FakeRequest): FakeAnswer {
    if (headers.authorization !== `Bearer ${SECRET}`) return refuse(401, 'unauthorized', 'unable to authenticate')
    if (this.limitSeconds !== null) {
      const reset = String(Math.ceil(Date.now() / 1000) + this.limitSeconds)
      return {
        ...refuse(429, 'rate_limit_exceeded', 'limit of 3600 requests per hour reached'),
        headers: { 'ratelimit-reset': reset },
      }
    }
    const action = /^\/v1\/actions\/(\d+)$/.exec(path)
    if (action) return this.#look(Number(action[1]))
    if (path === '/v1/zones') {
      const found = ZONES.filter((zone) => zone === query.get('name'))
      const zones = found.map((name) => ({ id: 100 + ZONES.indexOf(name), name, ttl: 3600, mode: 'primary' }))
      return { status: 200, body: { zones, meta: { pagination: { page: 1, next_page: null } } } }
    }
    const [, id, rest = ''] = /^\/v1\/zones\/(\d+)\/rrsets(.*)$/.exec(path) ?? []
    const zone = ZONES[Number(id) - 100]
    if (zone === undefined) return refuse(404, 'not_found', 'zone not found')
    if (rest === '') return method === 'POST' ? this.#create(zone, json) : this.#list(zone, query)
    const [, name, type, verb] = /^\/([^/]+)\/([A-Z]+)(?:\/actions\/(\w+))?$/.exec(rest) ?? []
    const set = this.stored.find((each) => each.zone === zone && each.name === name && each.type === type)
    if (!set) return refuse(404, 'not_found', `RRSet with name '${name}' and type '${type}' not found`)
    return this.#change(set, method === 'DELETE' ? 'delete' : verb, json)
  }

  #list(zone: string, query: URLSearchParams): FakeAnswer {
    const all = this.stored.filter((set) => set.zone === zone && (!query.has('name') || set.name === query.get('name')))
    const { page, items, pages } = this.page(all, query, 50)
    return {
      status: 200,
      body: { rrsets: items, meta: { pagination: { page, next_page: page < pages ? page + 1 : null } } },
    }
  }

  #create(zone: string, { name, type, ttl, records }: Json): FakeAnswer {
    const key = `${zone}/${name}/${type}`
    const fault = findFault(type, ttl, records)
    if (fault) return refuse(422, 'invalid_input', fault)
    const beside = this.stored.filter((set) => set.zone === zone && set.name === name)
    if (this.#coming.has(key) || beside.some((set) => set.type === type))
      return refuse(409, 'uniqueness_error', 'RRSet already exists')
    if (beside.some((set) => set.type === 'CNAME'))
      return refuse(422, 'invalid_input', 'CNAME must be alone at its name')
    this.#coming.add(key)
    const set = { zone, name, type, ttl, records }
    return this.#begin(201, { rrset: set }, () => {
      this.#coming.delete(key)
      this.stored.push(set)
    })
  }

  #change(set: Stored, verb: string | undefined, json: Json): FakeAnswer {
    const values = new Set((json?.records ?? []).map(({ value }: Json) => value))
    const fault = verb?.endsWith('records') ? findFault(set.type, 60, json.records) : null
    if (fault) return refuse(422, 'invalid_input', fault)
    const kept = set.records.filter(({ value }) => !values.has(value))
    if (verb === 'remove_records' && kept.length + values.size !== set.records.length)
      return refuse(422, 'invalid_input', 'record does not exist')
    return this.#begin(201, {}, () => {
      if (verb === 'add_records') set.records = [...kept, ...json.records]
      if (verb === 'remove_records') set.records = kept
      if (verb === 'set_records') set.records = json.records
      if (verb === 'change_ttl') set.ttl = json.ttl
      if (verb === 'delete' || set.records.length === 0) this.stored = this.stored.filter((each) => each !== set)
    })
  }

  #begin(status: number, body: object, effect: () => void): FakeAnswer {
    const id = ++this.#count
    this.#actions.set(id, effect)
    return { status, body: { ...body, action: { id, status: 'running', progress: 0, error: null } } }
  }

  #look(id: number): FakeAnswer {
    if (this.actionError !== null) {
      const error = { code: 'action_failed', message: this.actionError }
      return { status: 200, body: { action: { id, status: 'error', error } } }
    }
    this.#actions.get(id)?.()
    this.#actions.delete(id)
    return { status: 200, body: { action: { id, status: 'success', progress: 100, error: null } } }
  }

  override add(name: string, type: string, value: string, ttl = 300): void {
    const zone = this.zoneOf(name)
    const short = name === zone ? '@' : name.slice(0, -zone.length - 1)
    const record = { value: type === 'TXT' ? `"${value}"` : type === 'CNAME' ? `${value}.` : value }
    const set = this.stored.find((each) => each.zone === zone && each.name === short && each.type === type)
    if (set) set.records.push(record)
    else this.stored.push({ zone, name: short, type, ttl, records: [record] })
  }

  override records(): FakeRecord[] {
    return this.stored.flatMap(({ zone, name, type, ttl, records }) =>
      records.map(({ value }) => ({
        name: name === '@' ? zone : `${name}.${zone}`,
        type,
        value: value.replace(/^"|["]$|\.$/g, ''),
        ttl: ttl ?? 3600,
      })),
    )
  }
}

function findFault(type: string, ttl: number, records: Json): string | null {
  if (ttl < 60) return 'ttl must be at least 60'
  if (type === 'TXT' && !records.every(({ value }: Json) => /^".*"$/.test(value))) return 'TXT records must be quoted'
  return records.length === 0 ? 'records must not be empty' : null
}

function refuse(status: number, code: string, message: string): FakeAnswer {
  return { status, body: { error: { code, message, details: {} } } }
}
