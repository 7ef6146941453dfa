// The PowerDNS provider and a real PowerDNS server: all that a provider must do, and what the world is then told over DNS.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPowerDnsProvider } from '../../src/dns/powerdns.ts'
import type { AwaitText } from '../../src/dns/record-store.ts'
import { waitFor } from '../../src/io/deadline.ts'
import { outcomeOf } from '../../src/io/outcome.ts'
import { describeProvider, failureOf, type Overrides } from '../dns/provider-contract.ts'
import { PowerDns } from './kit/powerdns.ts'

const ZONES = ['example.com', 'example.net']
const { signal } = new AbortController()

let server: PowerDns
beforeAll(async () => {
  server = await PowerDns.start()
})
afterAll(() => server?.close())

async function texts(name: string): Promise<string[]> {
  const found = await outcomeOf(server.resolver.resolveTxt(name))
  return found.ok ? found.value.map((strings) => strings.join('')) : []
}

/** Waits until the server itself tells the text over DNS. */
const awaitText: AwaitText = async (name, value) => {
  await waitFor(async () => (await texts(name)).includes(value), { timeoutMs: 60_000, what: `${value} at ${name}` })
}

async function makeStand() {
  for (const zone of ZONES) await server.makeZone(zone)
  return {
    open({ zones = ZONES, secret: apiKey = server.apiKey }: Overrides = {}) {
      const awaited: string[] = []
      const waiting: AwaitText = async (name, value) => {
        await awaitText(name, value, signal)
        awaited.push(`${name} ${value}`)
      }
      return { provider: createPowerDnsProvider({ zones, url: server.url, apiKey, awaitText: waiting }), awaited }
    },
    async add(name: string, type: string, value: string, ttl = 300) {
      const zone = ZONES.find((each) => name.endsWith(each))!
      const content = type === 'TXT' ? `"${value}"` : type === 'CNAME' ? `${value}.` : value
      await server.addRecord(zone, name, type, ttl, content)
    },
    records: async () => (await Promise.all(ZONES.map((zone) => server.records(zone)))).flat().sort(),
  }
}

describeProvider('PowerDNS itself', makeStand, { isClaimExclusive: false })

describe('what the world is told', () => {
  test('addresses and the proof of a name are told over DNS as soon as they are written', async () => {
    const stand = await makeStand()
    const { provider } = stand.open()
    const wanted = { name: '*.example.com', addresses: ['192.0.2.1', '2001:db8::1'], ttlSeconds: 60 }
    await provider.put(wanted, 'east', { takeOver: false }, signal)
    expect(await server.resolver.resolve4('any.example.com', { ttl: true })).toEqual([
      { address: '192.0.2.1', ttl: 60 },
    ])
    expect(await server.resolver.resolve6('any.example.com')).toEqual(['2001:db8::1'])
    expect(await texts('_fairlead._wildcard.example.com')).toEqual(['heritage=fairlead,owner=east'])
    await provider.addText('_acme-challenge.example.com', 'a-value', signal)
    expect(await texts('_acme-challenge.example.com')).toEqual(['a-value'])
  })

  test('records that are disabled, and comments, are not lost', async () => {
    const stand = await makeStand()
    const { provider } = stand.open()
    const set = {
      name: '_acme-challenge.example.com.',
      type: 'TXT',
      ttl: 120,
      changetype: 'REPLACE',
      records: [{ content: '"put-away"', disabled: true }],
      comments: [{ content: 'do not touch', account: 'ops' }],
    }
    const path = '/zones/example.com.'
    await server.ask(path, { method: 'PATCH', body: JSON.stringify({ rrsets: [set] }) })
    await provider.addText('_acme-challenge.example.com', 'a-value', signal)
    expect(await texts('_acme-challenge.example.com')).toEqual(['a-value'])
    await provider.removeText('_acme-challenge.example.com', 'a-value', signal)
    const { rrsets } = (await server.ask(path)) as { rrsets: { type: string; records: object[]; comments: object[] }[] }
    expect(rrsets.find(({ type }) => type === 'TXT')).toMatchObject({
      records: [{ content: '"put-away"', disabled: true }],
      comments: [{ content: 'do not touch', account: 'ops' }],
    })
  })

  test('what it refuses is told in its own words', async () => {
    const stand = await makeStand()
    const { provider } = stand.open()
    const wanted = { name: 'app.example.com', addresses: ['192.0.2.1', '192.0.2'], ttlSeconds: 60 }
    const refused = await failureOf(provider.put(wanted, 'east', { takeOver: false }, signal))
    expect(refused.code).toBe('dns-refused')
    expect(refused.message).toMatch(
      /^PowerDNS refused the records of [\w.]+: ".*192\.0\.2.*"; correct that, and try again$/,
    )
    expect(await stand.records()).toEqual([])
  })
})
