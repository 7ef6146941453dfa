// What is special about one provider or another: the proxy, slow actions, aliases, conditions, requests that break off.
import { describe, expect, test } from 'vitest'
import { createRoute53Provider } from '../../src/dns/route53/route53.ts'
import { SECRET, ZONES } from '../fakes/fake-dns-api.ts'
import { ACCESS_KEY_ID } from '../fakes/fake-route53.ts'
import { failureOf } from './provider-contract.ts'
import { standAtCloudflare, standAtDigitalOcean, standAtHetzner, standAtPowerDns, standAtRoute53 } from './stand-ins.ts'

const { signal } = new AbortController()
const APP = 'app.example.com'
const KEEP = { takeOver: false }
const OURS = `_fairlead.${APP} TXT heritage=fairlead,owner=east`

function wanted(addresses: readonly string[], ttlSeconds = 60) {
  return { name: APP, addresses, ttlSeconds }
}

test.each([
  ['Cloudflare', standAtCloudflare, 60],
  ['DigitalOcean', standAtDigitalOcean, 30],
  ['Hetzner', standAtHetzner, 60],
  ['Route 53', standAtRoute53, 5],
  ['PowerDNS', standAtPowerDns, 5],
])('%s: a TTL of 5 s is raised to the least it takes, and is not written twice', async (_title, makeStand, least) => {
  const stand = await makeStand()
  const { provider } = stand.open()
  await provider.put(wanted(['192.0.2.1'], 5), 'east', KEEP, signal)
  expect(await provider.read(APP, signal)).toMatchObject({ ttlSeconds: least })
  const { writes } = stand.api
  await provider.put(wanted(['192.0.2.1'], 5), 'east', KEEP, signal)
  expect(stand.api.writes).toBe(writes)
})

test.each([
  ['Cloudflare', standAtCloudflare],
  ['DigitalOcean', standAtDigitalOcean],
  ['Hetzner', standAtHetzner],
  ['Route 53', standAtRoute53],
])('%s: who claims a moment later than another takes its claim back', async (_title, makeStand) => {
  const { api, open, records } = await makeStand()
  api.beforeWrite = () => api.add(`_fairlead.${APP}`, 'TXT', 'heritage=fairlead,owner=east')
  const refused = await failureOf(open().provider.put(wanted(['192.0.2.9']), 'west', KEEP, signal))
  expect(refused.message).toContain('app.example.com has no addresses, and it belongs to "east"')
  expect(await records()).toEqual([OURS])
})

describe('Cloudflare', () => {
  test('addresses that were put behind its proxy stay behind it, and their TTL is not fought over', async () => {
    const { api, open } = await standAtCloudflare()
    const { provider } = open()
    await provider.put(wanted(['192.0.2.1']), 'east', KEEP, signal)
    for (const record of api.stored.filter(({ type }) => type === 'A')) Object.assign(record, { proxied: true, ttl: 1 })
    const { writes } = api
    await provider.put(wanted(['192.0.2.1']), 'east', KEEP, signal)
    expect(api.writes).toBe(writes)
    await provider.put(wanted(['192.0.2.1', '2001:db8::1']), 'east', KEEP, signal)
    const addresses = api.stored.filter(({ type }) => type !== 'TXT')
    expect(addresses).toMatchObject([
      { content: '192.0.2.1', proxied: true, ttl: 1 },
      { content: '2001:db8::1', proxied: true, ttl: 1 },
    ])
    expect(await provider.read(APP, signal)).toMatchObject({ ttlSeconds: 300 })
  })

  test('a CNAME that came in between is seen', async () => {
    const { api, open, records } = await standAtCloudflare()
    const { provider } = open()
    await provider.put(wanted(['192.0.2.1']), 'east', KEEP, signal)
    api.beforeWrite = () => {
      api.stored = api.stored.filter(({ type }) => type === 'TXT')
      api.add(APP, 'CNAME', 'www.example.net')
    }
    const refused = await failureOf(provider.put(wanted(['192.0.2.2']), 'east', KEEP, signal))
    expect(refused.message).toContain('app.example.com has CNAME www.example.net')
    expect(await records()).toEqual([OURS, `${APP} CNAME www.example.net`])
  })
})

describe('DigitalOcean', () => {
  test('at no moment of a change has the name no address', async () => {
    const { api, open } = await standAtDigitalOcean()
    const { provider } = open()
    await provider.put(wanted(['192.0.2.1']), 'east', KEEP, signal)
    const counts = new Set<number>()
    const answer = api.answer.bind(api)
    api.answer = (request) => {
      const given = answer(request)
      counts.add(api.stored.filter(({ type }) => type !== 'TXT').length)
      return given
    }
    await provider.put(wanted(['2001:db8::1']), 'east', KEEP, signal)
    await provider.put(wanted(['192.0.2.2']), 'east', KEEP, signal)
    expect([...counts].sort()).toEqual([1, 2])
  })

  test('a claim that broke off is ours already, and the next one makes it whole', async () => {
    const { api, open, records } = await standAtDigitalOcean()
    const { provider } = open()
    const answer = api.answer.bind(api)
    api.answer = (request) => (request.json?.type === 'A' ? { status: 503, body: 'no' } : answer(request))
    const refused = await failureOf(provider.put(wanted(['192.0.2.1']), 'east', KEEP, signal))
    expect(refused.message).toContain('it has trouble of its own, try again later')
    expect(await records()).toEqual([OURS])
    expect((await failureOf(provider.put(wanted(['192.0.2.9']), 'west', KEEP, signal))).code).toBe('dns-not-ours')
    api.answer = answer
    await provider.put(wanted(['192.0.2.1']), 'east', KEEP, signal)
    expect(await records()).toEqual([OURS, `${APP} A 192.0.2.1`])
  })
})

describe('Hetzner', () => {
  test('an action that fails is told in its words', async () => {
    const { api, open } = await standAtHetzner()
    api.actionError = 'name servers are busy'
    const { code, message } = await failureOf(open().provider.put(wanted(['192.0.2.1']), 'east', KEEP, signal))
    expect({ code, message }).toEqual({
      code: 'dns-refused',
      message: `Hetzner did not finish the TXT records of _fairlead.${APP}: "name servers are busy"; try again later`,
    })
  })

  test('comments of records that stay are not lost; a set without a TTL has that of its zone', async () => {
    const { api, open } = await standAtHetzner()
    const { provider } = open()
    await provider.put(wanted(['192.0.2.1']), 'east', KEEP, signal)
    const set = api.stored.find(({ type }) => type === 'A')!
    Object.assign(set, { ttl: null, records: [{ value: '192.0.2.1', comment: 'the first' }] })
    expect(await provider.read(APP, signal)).toMatchObject({ ttlSeconds: 3600 })
    await provider.put(wanted(['192.0.2.1', '192.0.2.2']), 'east', KEEP, signal)
    expect(set).toMatchObject({
      ttl: 60,
      records: [{ value: '192.0.2.1', comment: 'the first' }, { value: '192.0.2.2' }],
    })
  })
})

describe('Route 53', () => {
  test('aliases and routing policies stand in the way, and stay', async () => {
    const { api, open, records } = await standAtRoute53()
    const { provider } = open()
    const alias =
      '<AliasTarget><HostedZoneId>Z2FDTNDATAQYW2</HostedZoneId><DNSName>d1.cloudfront.net.</DNSName></AliasTarget>'
    api.stored.push({ name: `${APP}.`, type: 'A', ttl: 0, values: [], more: alias })
    expect(await provider.read(APP, signal)).toMatchObject({ obstacle: 'ALIAS d1.cloudfront.net', addresses: [] })
    api.stored = []
    const policy = '<SetIdentifier>blue</SetIdentifier><Weight>1</Weight>'
    api.stored.push({ name: `${APP}.`, type: 'A', ttl: 60, values: ['198.51.100.7'], more: policy })
    const refused = await failureOf(provider.put(wanted(['192.0.2.1']), 'east', { takeOver: true }, signal))
    expect(refused.message).toContain('app.example.com has A records with a routing policy ("blue")')
    await provider.remove(APP, 'east', signal)
    expect(await records()).toEqual([`${APP} A 198.51.100.7`])
  })

  test('who took the name over in between is not overwritten', async () => {
    const { api, open, records } = await standAtRoute53()
    const { provider } = open()
    await provider.put(wanted(['192.0.2.1']), 'east', KEEP, signal)
    // Only the owner is another: nothing of what is to be changed has changed.
    api.beforeWrite = () =>
      Object.assign(api.stored.find(({ type }) => type === 'TXT')!, { values: ['"heritage=fairlead,owner=west"'] })
    const refused = await failureOf(provider.put(wanted(['192.0.2.2']), 'east', KEEP, signal))
    expect(refused.message).toContain('app.example.com has 192.0.2.1, and it belongs to "west"')
    expect(await records()).toEqual([OURS.replace('east', 'west'), `${APP} A 192.0.2.1`])
    api.beforeWrite = () => api.add(APP, 'A', '192.0.2.77')
    const west = open().provider
    await west.remove(APP, 'west', signal)
    expect(await records()).toEqual([])
  })

  test('a text that came in between is not lost', async () => {
    const { api, open, records } = await standAtRoute53()
    api.beforeWrite = () => api.add('_acme-challenge.example.com', 'TXT', 'of-another-node')
    await open().provider.addText('_acme-challenge.example.com', 'ours', signal)
    expect(await records()).toEqual([
      '_acme-challenge.example.com TXT of-another-node',
      '_acme-challenge.example.com TXT ours',
    ])
  })

  test('one change at a time for each zone: later', async () => {
    const { api, open } = await standAtRoute53()
    api.refusal = {
      code: 'PriorRequestNotComplete',
      message: 'The request was rejected because Route 53 was still processing a prior request.',
    }
    const refused = await failureOf(open().provider.put(wanted(['192.0.2.1']), 'east', KEEP, signal))
    expect(refused.code).toBe('dns-limit')
    expect(Date.parse(refused.retryAt ?? '')).toBeGreaterThan(0)
  })

  test('what it refuses is told in its words; of records that are no longer so it is not told again and again', async () => {
    const { api, open } = await standAtRoute53()
    api.refusal = {
      code: 'InvalidChangeBatch',
      message: '[RRSet with DNS name app.example.com. is not permitted <here> & now]',
    }
    const { code, message } = await failureOf(open().provider.put(wanted(['192.0.2.1']), 'east', KEEP, signal))
    expect(code).toBe('dns-refused')
    expect(message).toBe(
      `Route 53 refused the records of _fairlead.${APP}: "[RRSet with DNS name app.example.com. is not permitted <here> & now] (InvalidChangeBatch)"; correct that, and try again`,
    )
    api.refusal = { code: 'InvalidChangeBatch', message: '[Tried to create it but it already exists]' }
    const restless = await failureOf(open().provider.put(wanted(['192.0.2.1']), 'east', KEEP, signal))
    expect(restless.message).toContain('is being changed by somebody else again and again')
  })

  test('a clock that is wrong is told as that', async () => {
    const { api, open } = await standAtRoute53()
    api.clockMs = 3_600_000
    const refused = await failureOf(open().provider.read(APP, signal))
    expect(refused.code).toBe('dns-clock')
    expect(refused.message).toContain('set the clock of this machine')
  })

  test('nothing of temporary credentials is told, though AWS repeats what was signed', async () => {
    const { api } = await standAtRoute53()
    const keys = { accessKeyId: ACCESS_KEY_ID, secretAccessKey: `${SECRET}-wrong`, sessionToken: 'token-of-an-hour' }
    const provider = createRoute53Provider({ ...keys, zones: ZONES, endpoint: api.url, awaitText: async () => {} })
    const refused = await failureOf(provider.read(APP, signal))
    expect(refused.code).toBe('dns-credentials')
    expect(refused.message).toContain('The request signature we calculated does not match')
    expect(refused.message).not.toMatch(/token-of-an-hour|good-token/)
  })

  test('temporary credentials that are good', async () => {
    const { api } = await standAtRoute53()
    const keys = { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET, sessionToken: 'token-of-an-hour' }
    const provider = createRoute53Provider({ ...keys, zones: ZONES, endpoint: api.url, awaitText: async () => {} })
    await provider.put({ name: '*.example.com', addresses: ['192.0.2.1'], ttlSeconds: 60 }, 'east', KEEP, signal)
    expect(await provider.read('*.example.com', signal)).toMatchObject({ addresses: ['192.0.2.1'], owner: 'east' })
  })

  test('of two public zones of one name none is guessed', async () => {
    const { api, open } = await standAtRoute53()
    const zone = (id: string) => `<HostedZone><Id>/hostedzone/${id}</Id><Name>example.com.</Name></HostedZone>`
    api.answer = () => ({ status: 200, body: `<R><HostedZones>${zone('Z1')}${zone('Z2')}</HostedZones></R>` })
    const refused = await failureOf(open().provider.read(APP, signal))
    expect(refused.code).toBe('dns-zone')
    expect(refused.message).toContain('2 public hosted zones example.com in the account of this key (Z1, Z2)')
  })
})
