// PowerDNS's HTTP API as far as records go: sets with full names, changed by a PATCH that is made whole or not at all.
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
  name: string
  type: string
  ttl: number
  records: { content: string; disabled: boolean }[]
  comments: object[]
}

export class FakePowerDns extends FakeDnsApi {
  stored: Stored[] = []

  answer({ method, path, query, headers, json }: FakeRequest): FakeAnswer {
    if (headers['x-api-key'] !== SECRET) return { status: 401, body: 'Unauthorized' }
    // The server itself sets no limits; a proxy before it may.
    if (this.limitSeconds !== null)
      return { status: 429, body: 'Too Many Requests', headers: { 'retry-after': String(this.limitSeconds) } }
    const zones = '/api/v1/servers/localhost/zones'
    if (path === zones) {
      const found = ZONES.filter((zone) => `${zone}.` === query.get('zone'))
      return { status: 200, body: found.map((zone) => ({ id: `${zone}.`, name: `${zone}.`, kind: 'Native' })) }
    }
    const zone = ZONES.find((each) => path === `${zones}/${each}.`)
    if (zone === undefined) return { status: 404, body: 'Not Found' }
    if (method === 'PATCH') return this.#patch(zone, json.rrsets)
    const wanted = query.get('rrset_name')
    const all = this.stored.filter(({ name }) => (wanted ? name === wanted : name.endsWith(`${zone}.`)))
    // As 4.7 does it: who asks for a name is not told what is disabled.
    const told = all.map((set) => ({ ...set, records: set.records.filter(({ disabled }) => !wanted || !disabled) }))
    const rrsets = told.filter(({ records }) => records.length > 0)
    return { status: 200, body: { id: `${zone}.`, name: `${zone}.`, rrsets } }
  }

  #patch(zone: string, rrsets: Json[]): FakeAnswer {
    let next = structuredClone(this.stored)
    for (const { name, type, ttl, changetype, records = [], comments } of rrsets) {
      const refuse = (why: string) => ({ status: 422, body: { error: `RRset ${name} IN ${type}: ${why}` } })
      if (!name.endsWith(`${zone}.`)) return refuse('Name is out of zone')
      const before = next.find((set) => set.name === name && set.type === type)
      next = next.filter((set) => set !== before)
      if (changetype === 'DELETE' || records.length === 0) continue
      if (next.some((set) => set.name === name && (set.type === 'CNAME' || type === 'CNAME')))
        return refuse('Conflicts with pre-existing RRset')
      if (type === 'TXT' && !records.every(({ content }: Json) => /^".*"$/.test(content)))
        return refuse('Data field in DNS should start with quote (") at position 0')
      next.push({ name, type, ttl, records, comments: comments ?? before?.comments ?? [] })
    }
    this.stored = next
    return { status: 204 }
  }

  override add(name: string, type: string, value: string, ttl = 300): void {
    const content = type === 'TXT' ? `"${value}"` : type === 'CNAME' ? `${value}.` : value
    const set = this.stored.find((each) => each.name === `${name}.` && each.type === type)
    if (set) set.records.push({ content, disabled: false })
    else this.stored.push({ name: `${name}.`, type, ttl, records: [{ content, disabled: false }], comments: [] })
  }

  override records(): FakeRecord[] {
    return this.stored.flatMap(({ name, type, ttl, records }) =>
      records.map(({ content }) => ({
        name: name.replace(/\.$/, ''),
        type,
        value: content.replace(/^"|["]$|\.$/g, ''),
        ttl,
      })),
    )
  }
}
