// Route 53's API as far as record sets go: signatures checked, lists in its order, batches made whole or not at all.
import { createHash, createHmac } from 'node:crypto'
import { type FakeAnswer, FakeDnsApi, type FakeRecord, type FakeRequest, SECRET, ZONES } from './fake-dns-api.ts'

export const ACCESS_KEY_ID = 'AKIDEXAMPLE'

type Stored = { name: string; type: string; ttl: number; values: string[]; more?: string }

export class FakeRoute53 extends FakeDnsApi {
  stored: Stored[] = []
  /** Instead of an answer to what changes something: its code and words. */
  refusal: { code: string; message: string } | null = null
  /** How far its clock is from ours. */
  clockMs = 0

  answer(request: FakeRequest): FakeAnswer {
    const refusal = this.#checkSignature(request)
    if (refusal) return refusal
    if (this.limitSeconds !== null) {
      const headers = { 'retry-after': String(this.limitSeconds) }
      return { ...refuse(400, 'Throttling', 'Rate exceeded'), headers }
    }
    const { method, path, query, body } = request
    if (path === '/2013-04-01/hostedzonesbyname') return this.#listZones(query.get('dnsname') ?? '')
    const zone = ZONES.find((each) => path.startsWith(`/2013-04-01/hostedzone/${idOf(each)}/rrset`))
    if (zone === undefined)
      return refuse(404, 'NoSuchHostedZone', `No hosted zone found with ID: ${path.split('/')[3]}`)
    return method === 'POST' ? this.#change(zone, body) : this.#list(zone, query)
  }

  #listZones(from: string): FakeAnswer {
    const names = ZONES.map((zone) => `${zone}.`).filter((name) => sortKey(name) >= sortKey(from))
    const zones = names.flatMap((name) =>
      [true, false].map(
        (isPrivate) =>
          `<HostedZone><Id>/hostedzone/${isPrivate ? 'ZPRIVATE' : idOf(name.slice(0, -1))}</Id><Name>${name}</Name><Config><PrivateZone>${isPrivate}</PrivateZone></Config></HostedZone>`,
      ),
    )
    const inside = `<HostedZones>${zones.join('')}</HostedZones><IsTruncated>false</IsTruncated><MaxItems>100</MaxItems>`
    return xml(200, `<ListHostedZonesByNameResponse>${inside}</ListHostedZonesByNameResponse>`)
  }

  #list(zone: string, query: URLSearchParams): FakeAnswer {
    const from = `${sortKey(query.get('name') ?? '')} ${query.get('type') ?? ''}`
    const keyOf = ({ name, type }: Stored) => `${sortKey(name)} ${type}`
    const all = this.stored
      .filter((set) => set.name.endsWith(`${zone}.`) && keyOf(set) >= from)
      .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    const size = Math.min(this.pageSize, 100, Number(query.get('maxitems') ?? 100))
    const next = all[size]
    const more = next
      ? `<IsTruncated>true</IsTruncated><NextRecordName>${escapeName(next.name)}</NextRecordName><NextRecordType>${next.type}</NextRecordType>`
      : '<IsTruncated>false</IsTruncated>'
    const sets = all.slice(0, size).map(formatSet).join('')
    const inside = `<ResourceRecordSets>${sets}</ResourceRecordSets>${more}<MaxItems>${size}</MaxItems>`
    return xml(200, `<ListResourceRecordSetsResponse>${inside}</ListResourceRecordSetsResponse>`)
  }

  #change(zone: string, body: string): FakeAnswer {
    if (this.refusal) return refuse(400, this.refusal.code, this.refusal.message)
    let next = structuredClone(this.stored)
    for (const [, change = ''] of body.matchAll(/<Change>(.*?)<\/Change>/g)) {
      const [name, type] = [decode(valueIn(change, 'Name')), valueIn(change, 'Type')]
      const values = [...change.matchAll(/<Value>(.*?)<\/Value>/g)].map(([, value = '']) => decode(value))
      const label = `resource record set [name='${name}', type='${type}']`
      const standing = next.find((set) => set.name === name && set.type === type)
      if (!name.endsWith(`${zone}.`))
        return refuse(400, 'InvalidChangeBatch', `[RRSet with DNS name ${name} is not permitted in zone ${zone}.]`)
      if (valueIn(change, 'Action') === 'DELETE') {
        if (!standing) return refuse(400, 'InvalidChangeBatch', `[Tried to delete ${label} but it was not found]`)
        const isSame = String(standing.values.toSorted()) === String(values.toSorted())
        if (!isSame || standing.ttl !== Number(valueIn(change, 'TTL')))
          return refuse(
            400,
            'InvalidChangeBatch',
            `[Tried to delete ${label} but the values provided do not match the current values]`,
          )
        next = next.filter((set) => set !== standing)
        continue
      }
      if (standing) return refuse(400, 'InvalidChangeBatch', `[Tried to create ${label} but it already exists]`)
      if (next.some((set) => set.name === name && set.type === 'CNAME'))
        return refuse(
          400,
          'InvalidChangeBatch',
          `[RRSet of type ${type} with DNS name ${name} is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone ${zone}.]`,
        )
      if (type === 'TXT' && !values.every((value) => /^".*"$/.test(value)))
        return refuse(400, 'InvalidChangeBatch', `[Invalid Resource Record: 'FATAL problem: InvalidCharacterString']`)
      next.push({ name, type, ttl: Number(valueIn(change, 'TTL')), values })
    }
    this.stored = next
    const info = '<ChangeInfo><Id>/change/C2682N5HXP0BZ4</Id><Status>PENDING</Status></ChangeInfo>'
    return xml(200, `<ChangeResourceRecordSetsResponse>${info}</ChangeResourceRecordSetsResponse>`)
  }

  /** Signature Version 4, reckoned anew from what came over the wire; a refusal repeats all that should have been signed. */
  #checkSignature({ method, url, headers, body }: FakeRequest): FakeAnswer | null {
    const { authorization = '' } = headers
    const [, id, day, region, names = '', signature] =
      /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8})\/([\w-]+)\/route53\/aws4_request, SignedHeaders=([\w;-]+), Signature=(\w{64})$/.exec(
        authorization,
      ) ?? []
    if (id === undefined) return refuse(403, 'MissingAuthenticationToken', 'Missing Authentication Token')
    if (id !== ACCESS_KEY_ID)
      return refuse(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.')
    const moment = String(headers['x-amz-date'])
    const told = Date.parse(moment.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
    if (Math.abs(told - Date.now() - this.clockMs) > 300_000)
      return refuse(403, 'SignatureDoesNotMatch', `Signature expired: ${moment} is now earlier than another time`)
    const [path = '', query = ''] = url.split('?')
    const pairs = query
      .split('&')
      .map((pair) => pair.replaceAll('*', '%2A').replaceAll('+', '%20'))
      .sort()
    const lines = names.split(';').map((name) => `${name}:${headers[name]}`)
    const sha = (text: string) => createHash('sha256').update(text).digest('hex')
    const canonical = [method, path, pairs.join('&'), ...lines, '', names, sha(body)].join('\n')
    const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
    const key = [`${day}`, `${region}`, 'route53', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${SECRET}`)
    const text = `AWS4-HMAC-SHA256\n${moment}\n${day}/${region}/route53/aws4_request\n${sha(canonical)}`
    const isGood = hmac(key, text).toString('hex') === signature && names.includes('host') && region === 'us-east-1'
    return isGood
      ? null
      : refuse(
          403,
          'SignatureDoesNotMatch',
          `The request signature we calculated does not match the signature you provided. The Canonical String for this request should have been '${canonical}'`,
        )
  }

  override add(name: string, type: string, value: string, ttl = 300): void {
    const written = type === 'TXT' ? `"${value}"` : value
    const set = this.stored.find((each) => each.name === `${name}.` && each.type === type)
    if (set) set.values.push(written)
    else this.stored.push({ name: `${name}.`, type, ttl, values: [written] })
  }

  override records(): FakeRecord[] {
    return this.stored.flatMap(({ name, type, ttl, values }) =>
      values.map((value) => ({ name: name.slice(0, -1), type, value: value.replace(/^"|"$/g, ''), ttl })),
    )
  }
}

function idOf(zone: string): string {
  return `Z${zone.replace(/\W/g, '').toUpperCase()}`
}

/** Names are sorted by their labels from the end. */
function sortKey(name: string): string {
  return name.split('.').toReversed().join('.')
}

function escapeName(name: string): string {
  return name.replaceAll('*', '\\052')
}

function formatSet({ name, type, ttl, values, more = '' }: Stored): string {
  const records = values.map(
    (value) => `<ResourceRecord><Value>${value.replaceAll('&', '&amp;')}</Value></ResourceRecord>`,
  )
  const inside = values.length > 0 ? `<TTL>${ttl}</TTL><ResourceRecords>${records.join('')}</ResourceRecords>` : ''
  return `<ResourceRecordSet><Name>${escapeName(name)}</Name><Type>${type}</Type>${more}${inside}</ResourceRecordSet>`
}

function valueIn(text: string, name: string): string {
  return new RegExp(`<${name}>(.*?)</${name}>`).exec(text)?.[1] ?? ''
}

function decode(text: string): string {
  return text.replace(/&#(\d+);/g, (_all, code) => String.fromCharCode(Number(code)))
}

function xml(status: number, inside: string): FakeAnswer {
  const body = `<?xml version="1.0"?>\n${inside.replace(/^<(\w+)/, '<$1 xmlns="https://route53.amazonaws.com/doc/2013-04-01/"')}`
  return { status, body, headers: { 'content-type': 'text/xml' } }
}

function refuse(status: number, code: string, message: string): FakeAnswer {
  const error = `<Type>Sender</Type><Code>${code}</Code><Message>${message.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</Message>`
  return xml(status, `<ErrorResponse><Error>${error}</Error><RequestId>b25f48e8</RequestId></ErrorResponse>`)
}
