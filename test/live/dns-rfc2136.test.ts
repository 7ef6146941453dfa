// Dynamic updates at a real BIND: what is ours is claimed, changed and taken away, what is not stays as it is.
import { createSecretKey, randomBytes } from 'node:crypto'
import { Resolver } from 'node:dns/promises'
import { createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { awaitText, findNameServers } from '../../src/dns/authoritative.ts'
import { DnsFailure } from '../../src/dns/dns-failure.ts'
import type { DnsProvider } from '../../src/dns/provider.ts'
import { createRfc2136Provider, type Rfc2136Options } from '../../src/dns/rfc2136/rfc2136-provider.ts'
import { readTsigKey, TSIG_HASHES, type TsigAlgorithm } from '../../src/dns/rfc2136/tsig-key.ts'
import { OPCODE } from '../../src/dns/wire/codes.ts'
import { exchange } from '../../src/dns/wire/exchange.ts'
import { outcomeOf } from '../../src/io/outcome.ts'
import { startFakeDns } from '../fakes/fake-dns.ts'
import { Bind } from './kit/bind.ts'
import { findFreePort } from './kit/free-port.ts'

const ZONES = {
  'example.test': {
    records: [
      'www IN A 192.0.2.80',
      'spf.lb IN TXT "v=spf1 -all"',
      'taken.lb IN A 192.0.2.81',
      'taken.lb IN AAAA 2001:db8::81',
      'alias.lb IN CNAME www.example.test.',
      '_acme-challenge.lb 120 IN TXT "of-somebody"',
      '_acme-challenge.away.lb IN CNAME away.acme.test.',
      '_acme-challenge.outside.lb IN CNAME outside.example.org.',
      'delegated.lb IN NS ns.example.org.',
      'child IN NS ns1',
      '*.wild.lb IN A 192.0.2.82',
      '*.wild.lb IN TXT "for everybody"',
    ],
    grants: ['subdomain lb.example.test. A AAAA TXT CNAME'],
  },
  'child.example.test': {},
  'acme.test': { grants: ['zonesub TXT'] },
}

const { signal } = new AbortController()
const GIVEN = ['example.test', 'acme.test']

let bind: Bind
let provider: DnsProvider
let before: string[]
beforeAll(async () => {
  bind = await Bind.start(ZONES)
  provider = makeProvider()
})
afterAll(() => bind?.close())
// Whatever happens to our names: nothing else in the zone is touched, and in the end it is as it was.
beforeEach(async () => {
  before = await bind.transfer('example.test')
})
afterEach(async () => {
  expect(await bind.transfer('example.test')).toEqual(before)
})

function makeProvider(options: Partial<Rfc2136Options> = {}): DnsProvider {
  const { server, key } = bind
  return createRfc2136Provider({ server, zones: GIVEN, key, nameServerPort: server.port, ...options })
}

function put(name: string, addresses: string[], owner = 'east', { takeOver = false, ttlSeconds = 30 } = {}) {
  return provider.put({ name, addresses, ttlSeconds }, owner, { takeOver }, signal)
}

async function failureOf(promise: Promise<unknown>): Promise<DnsFailure> {
  const ended = await outcomeOf(promise)
  if (ended.ok || !(ended.error instanceof DnsFailure)) throw new Error('it should have failed', { cause: ended })
  return ended.error
}

/** What a zone has more and less than before. */
async function difference(): Promise<string[]> {
  const now = await bind.transfer('example.test')
  const [more, less] = [now.filter((line) => !before.includes(line)), before.filter((line) => !now.includes(line))]
  return [...less.map((line) => `- ${line}`), ...more.map((line) => `+ ${line}`)]
}

describe('addresses', () => {
  test('are made with their owner, changed, and taken away; nothing else in the zone is', async () => {
    const name = 'app.lb.example.test'
    expect(await provider.read(name, signal)).toEqual({ addresses: [], ttlSeconds: null, obstacle: null, owner: null })
    await put(name, ['192.0.2.1', '192.0.2.2', '2001:db8::1'])
    expect(await difference()).toEqual([
      '+ _fairlead.app.lb.example.test. 30 IN TXT "heritage=fairlead,owner=east"',
      '+ app.lb.example.test. 30 IN A 192.0.2.1',
      '+ app.lb.example.test. 30 IN A 192.0.2.2',
      '+ app.lb.example.test. 30 IN AAAA 2001:db8::1',
    ])
    await put(name, ['192.0.2.3', '2001:db8::2'], 'east', { ttlSeconds: 60 })
    expect(await difference()).toEqual([
      '+ _fairlead.app.lb.example.test. 60 IN TXT "heritage=fairlead,owner=east"',
      '+ app.lb.example.test. 60 IN A 192.0.2.3',
      '+ app.lb.example.test. 60 IN AAAA 2001:db8::2',
    ])
    const serial = await bind.ask(bind.server, 'example.test', 'SOA')
    const found = { addresses: ['192.0.2.3', '2001:db8::2'], ttlSeconds: 60, obstacle: null, owner: 'east' }
    expect(await provider.read('App.LB.example.test.', signal)).toEqual(found)
    expect(await bind.ask(bind.server, 'example.test', 'SOA')).toEqual(serial)
    await put(name, ['192.0.2.3'])
    expect(await bind.ask(bind.server, name, 'AAAA')).toEqual([])
    await provider.remove(name, 'east', signal)
    await provider.remove(name, 'east', signal)
  })

  test('a wildcard has its ownership record beside it; names it answers for can be claimed', async () => {
    await put('*.lb.example.test', ['192.0.2.1'])
    expect(await difference()).toEqual([
      '+ *.lb.example.test. 30 IN A 192.0.2.1',
      '+ _fairlead._wildcard.lb.example.test. 30 IN TXT "heritage=fairlead,owner=east"',
    ])
    expect(await bind.ask(bind.server, 'x.lb.example.test', 'A')).toEqual(['192.0.2.1'])
    await put('x.lb.example.test', ['192.0.2.2'], 'west')
    expect((await provider.read('*.lb.example.test', signal)).owner).toBe('east')
    await provider.remove('x.lb.example.test', 'west', signal)
    await provider.remove('*.lb.example.test', 'east', signal)
    // Somebody else's wildcard answers for addresses and texts of all names below it.
    const nothing = { addresses: [], ttlSeconds: null, obstacle: null, owner: null }
    expect(await bind.ask(bind.server, 'x.wild.lb.example.test', 'A')).toEqual(['192.0.2.82'])
    expect(await provider.read('x.wild.lb.example.test', signal)).toEqual(nothing)
    await put('x.wild.lb.example.test', ['192.0.2.2'])
    await provider.remove('x.wild.lb.example.test', 'east', signal)
  })

  test('somebody else’s are left alone, and named', async () => {
    const foreign = await failureOf(put('taken.lb.example.test', ['192.0.2.1']))
    expect([foreign.code, foreign.message]).toEqual([
      'dns-not-ours',
      'taken.lb.example.test has 192.0.2.81, 2001:db8::81, and no TXT _fairlead.taken.lb.example.test says who made that; remove it, or take the name over',
    ])
    const alias = await failureOf(put('alias.lb.example.test', ['192.0.2.1'], 'east', { takeOver: true }))
    expect([alias.code, alias.message]).toEqual([
      'dns-not-ours',
      'alias.lb.example.test is a CNAME www.example.test; remove that record, or use another name',
    ])
    expect((await failureOf(provider.remove('taken.lb.example.test', 'east', signal))).code).toBe('dns-not-ours')
    await provider.remove('alias.lb.example.test', 'east', signal)
    await put('mine.lb.example.test', ['192.0.2.1'], 'west')
    const other = await failureOf(put('mine.lb.example.test', ['192.0.2.2'], 'east'))
    expect(other.message).toBe(
      'mine.lb.example.test (192.0.2.1) belongs to "west", as TXT _fairlead.mine.lb.example.test says; use another name, or take it over',
    )
    expect((await failureOf(provider.remove('mine.lb.example.test', 'east', signal))).code).toBe('dns-not-ours')
    await provider.remove('mine.lb.example.test', 'west', signal)
  })

  test('are taken over where one is told to', async () => {
    await put('mine.lb.example.test', ['192.0.2.1', '2001:db8::1'], 'west')
    await put('mine.lb.example.test', ['192.0.2.2'], 'east', { takeOver: true })
    expect(await difference()).toEqual([
      '+ _fairlead.mine.lb.example.test. 30 IN TXT "heritage=fairlead,owner=east"',
      '+ mine.lb.example.test. 30 IN A 192.0.2.2',
    ])
    await provider.remove('mine.lb.example.test', 'east', signal)
  })

  test('what happens between the look and the change is not undone: a claim, a take-over, a CNAME', async () => {
    const name = 'contested.lb.example.test'
    let between = async () => {}
    const server = await startFakeDns(async (request) => {
      const isChange = (request.readUInt8(2) & 0x78) >> 3 === OPCODE.UPDATE && request.readUInt16BE(8) > 0
      if (isChange) await between()
      return exchange(bind.server, request, { timeoutMs: 10_000, signal })
    })
    const slow = makeProvider({ server })
    const change = (how = { takeOver: false }) =>
      outcomeOf(slow.put({ name, addresses: ['192.0.2.9'], ttlSeconds: 30 }, 'east', how, signal))
    between = () => put(name, ['192.0.2.1'], 'west')
    expect(await change()).toMatchObject({ ok: false, error: { code: 'dns-not-ours' } })
    await put(name, ['192.0.2.2'], 'east', { takeOver: true })
    between = () => put(name, ['192.0.2.3'], 'west', { takeOver: true })
    expect(await change()).toMatchObject({ ok: false, error: { code: 'dns-not-ours' } })
    expect(await provider.read(name, signal)).toMatchObject({ addresses: ['192.0.2.3'], owner: 'west' })
    await provider.remove(name, 'west', signal)
    // Beside a CNAME a server drops a text and says that all is well: it goes to where the CNAME leads now.
    between = async () => {
      between = async () => {}
      await bind.change(`add ${name} 60 CNAME contested.acme.test.`)
    }
    await slow.addText(name, 'value', signal)
    expect(await bind.ask(bind.server, 'contested.acme.test', 'TXT')).toEqual(['"value"'])
    expect(await change({ takeOver: true })).toMatchObject({ ok: false, error: { code: 'dns-not-ours' } })
    await slow.removeText(name, 'value', signal)
    await bind.change(`delete ${name} CNAME`)
  })

  test('of many who claim a name at once one gets it, with all of its records', async () => {
    const owners = ['a', 'b', 'c', 'd', 'e', 'f']
    for (let round = 0; round < 5; round++) {
      const name = `race-${round}.lb.example.test`
      const claims = owners.map((owner, index) => outcomeOf(put(name, [`192.0.2.${index + 1}`], owner)))
      const ended = await Promise.all(claims)
      const winner = ended.findIndex(({ ok }) => ok)
      const losers = ended.filter((each) => !each.ok).map((each) => (each.ok ? '' : each.error.code))
      expect(losers).toEqual(Array.from({ length: owners.length - 1 }, () => 'dns-not-ours'))
      const found = { addresses: [`192.0.2.${winner + 1}`], ttlSeconds: 30, obstacle: null, owner: owners[winner] }
      expect(await provider.read(name, signal)).toEqual(found)
      await provider.remove(name, owners[winner] ?? '', signal)
    }
  })
})

describe('texts', () => {
  const name = '_acme-challenge.lb.example.test'

  test('stand beside each other, each taken away alone, and both servers tell them when they are there', async () => {
    await provider.addText(name, 'first', signal)
    expect(await bind.ask(bind.secondary, name, 'TXT')).toEqual(['"first"', '"of-somebody"'])
    await provider.addText(name, 'second', signal)
    expect(await bind.ask(bind.secondary, name, 'TXT')).toEqual(['"first"', '"of-somebody"', '"second"'])
    await provider.removeText(name, 'first', signal)
    await provider.removeText(name, 'absent', signal)
    expect(await difference()).toEqual([`+ ${name}. 120 IN TXT "second"`])
    await provider.removeText(name, 'second', signal)
  })

  test('where a CNAME delegates the name the value stands at its target, and goes from there', async () => {
    await provider.addText('_acme-challenge.away.lb.example.test', 'value', signal)
    expect(await difference()).toEqual([])
    expect(await bind.ask(bind.secondary, 'away.acme.test', 'TXT')).toEqual(['"value"'])
    await provider.removeText('_acme-challenge.away.lb.example.test', 'value', signal)
    expect(await bind.ask(bind.server, 'away.acme.test', 'TXT')).toEqual([])
    const outside = await failureOf(provider.addText('_acme-challenge.outside.lb.example.test', 'value', signal))
    expect([outside.code, outside.message]).toEqual([
      'dns-zone',
      '_acme-challenge.outside.lb.example.test leads by CNAME to "outside.example.org", which lies in none of the zones given (example.test, acme.test); give that zone too, or remove the CNAME',
    ])
  })

  test('a long value has several strings and is one value', async () => {
    const value = 'v'.repeat(600)
    await provider.addText('long.lb.example.test', value, signal)
    await provider.removeText('long.lb.example.test', value, signal)
  })

  test('a name server that is away is not waited for without end, one that lags behind is named', async () => {
    const servers = [bind.server, bind.secondary].map((server, index) => ({
      name: `ns${index + 1}`,
      addresses: [server],
    }))
    const late = await failureOf(awaitText(name, 'absent', { servers, patienceMs: 300 }, signal))
    const [first, second] = [bind.server, bind.secondary].map(({ host, port }) => `${host}:${port}`)
    expect([late.code, late.message]).toEqual([
      'dns-unreachable',
      `ns1 (${first}), ns2 (${second}) did not tell the new TXT value of ${name} within 0.3 s; see that changes of the zone get there`,
    ])
    await bind.cutSecondary()
    await awaitText(name, 'of-somebody', { servers, silenceMs: 300 }, signal)
    const none = { servers: servers.slice(1), silenceMs: 300 }
    expect((await failureOf(awaitText(name, 'of-somebody', none, signal))).code).toBe('dns-unreachable')
    await awaitText(name, 'of-somebody', { ...none, atLeast: 0 }, signal)
    await makeProvider({ silenceMs: 300 }).addText(name, 'while-away', signal)
    await provider.removeText(name, 'while-away', signal)
    await bind.restoreSecondary()
  })

  test('the name servers of a name are found by DNS', async () => {
    const resolver = new Resolver({ timeout: 3000, tries: 2 })
    resolver.setServers([`${bind.server.host}:${bind.server.port}`])
    const found = await findNameServers(`deep.below.${name}`, resolver, signal)
    expect(found.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: 'ns1.example.test', addresses: [{ host: '127.0.0.1', port: 53 }] },
      { name: 'ns2.example.test', addresses: [{ host: '127.0.0.2', port: 53 }] },
    ])
  })
})

describe('one plain sentence', () => {
  const name = 'app.lb.example.test'
  const who = () => `the DNS server 127.0.0.1:${bind.server.port}`
  const otherSecret = createSecretKey(randomBytes(32))

  test.each<[string, () => Partial<Rfc2136Options>, string, DnsFailure['code'], () => string]>([
    [
      'a key that is not known',
      () => ({ key: { ...bind.key, name: 'other' } }),
      name,
      'dns-credentials',
      () =>
        `${who()} does not know the key "other" with hmac-sha256 (BADKEY); give the name and the algorithm that stand in its own key statement`,
    ],
    [
      'another secret',
      () => ({ key: { ...bind.key, secret: otherSecret } }),
      name,
      'dns-credentials',
      () =>
        `${who()} has another secret for the key "fairlead" (BADSIG); give the secret that stands in its own key statement`,
    ],
    [
      'no key',
      () => ({ key: null }),
      name,
      'dns-credentials',
      () =>
        `${who()} does not let anybody without a key change ${name} (REFUSED); see that it is the primary of example.test, and allow it in the zone's update-policy, TXT at _fairlead.${name} too`,
    ],
    [
      'a clock that is ahead',
      () => ({ now: () => Date.now() + 3_600_000 }),
      name,
      'dns-clock',
      () =>
        `the clock of this machine is 3600 s ahead of that of ${who()}, and 300 s are allowed (BADTIME); set both by NTP`,
    ],
    [
      'a clock that is behind',
      () => ({ now: () => Date.now() - 900_000 }),
      name,
      'dns-clock',
      () =>
        `the clock of this machine is 900 s behind that of ${who()}, and 300 s are allowed (BADTIME); set both by NTP`,
    ],
    [
      'outside of all zones',
      () => ({}),
      'app.example.org',
      'dns-zone',
      () =>
        '"app.example.org" lies in none of the zones given (example.test, acme.test); give its zone too, or correct the name',
    ],
    [
      'a zone the server does not have',
      () => ({ zones: ['example.org'] }),
      'app.example.org',
      'dns-credentials',
      () =>
        `${who()} does not answer questions about app.example.org (REFUSED); see that it has the zone example.org, and that the key "fairlead" may ask`,
    ],
    [
      'a part of the server’s zone',
      () => ({ zones: ['lb.example.test'] }),
      name,
      'dns-zone',
      () =>
        `${who()} does not have the zone lb.example.test of ${name} itself; give the zone's primary server, or correct the zone`,
    ],
    [
      'a name in a zone below',
      () => ({}),
      'app.child.example.test',
      'dns-zone',
      () =>
        'app.child.example.test lies in child.example.test, which is a zone of its own and not example.test; give that zone, and its primary server',
    ],
    [
      'a name that is delegated',
      () => ({}),
      'app.delegated.lb.example.test',
      'dns-zone',
      () =>
        'app.delegated.lb.example.test lies in delegated.lb.example.test, which is a zone of its own and not example.test; give that zone, and its primary server',
    ],
    [
      'a secondary',
      () => ({ server: bind.secondary }),
      name,
      'dns-credentials',
      () =>
        `the DNS server 127.0.0.2:${bind.server.port} does not let the key "fairlead" change ${name} (REFUSED); see that it is the primary of example.test, and allow it in the zone's update-policy, TXT at _fairlead.${name} too`,
    ],
    [
      'a name that the update-policy does not allow',
      () => ({}),
      'app.example.test',
      'dns-credentials',
      () =>
        `${who()} does not let the key "fairlead" change app.example.test (REFUSED); see that it is the primary of example.test, and allow it in the zone's update-policy, TXT at _fairlead.app.example.test too`,
    ],
    [
      'no name at all',
      () => ({}),
      `${'x'.repeat(64)}.example.test`,
      'dns-refused',
      () =>
        `"${'x'.repeat(56)}…" is no DNS name: between its dots stand 1 to 63 ASCII characters (others as xn--…), and at most 253 altogether; use another name`,
    ],
  ])('%s', async (_, options, of, code, sentence) => {
    const wanted = { name: of, addresses: ['192.0.2.1'], ttlSeconds: 30 }
    const failure = await failureOf(makeProvider(options()).put(wanted, 'east', { takeOver: false }, signal))
    expect([failure.code, failure.message]).toEqual([code, sentence()])
  })

  test('a server that is not there, one that says nothing, one that hangs up; an abort comes first', async () => {
    const port = await findFreePort()
    const nobody = makeProvider({ server: { host: '127.0.0.1', port } })
    const away = await failureOf(nobody.read(name, signal))
    expect([away.code, away.message]).toEqual([
      'dns-unreachable',
      `the DNS server 127.0.0.1:${port} cannot be reached (ECONNREFUSED); see that it is up, and that this machine may connect to it by TCP`,
    ])
    let hangsUp = false
    const mute = createServer((socket) => socket.on('error', () => {}).on('data', () => hangsUp && socket.end()))
    await new Promise<void>((resolve) => mute.listen(port, '127.0.0.1', resolve))
    onTestFinished(() => void mute.close())
    const server = { host: '127.0.0.1', port }
    expect((await failureOf(makeProvider({ server, timeoutMs: 100 }).read(name, signal))).message).toBe(
      `the DNS server 127.0.0.1:${port} gave no answer within 0.1 s; see that it is up, and that this machine may connect to it by TCP`,
    )
    const abort = new AbortController()
    const asked = outcomeOf(makeProvider({ server }).read(name, abort.signal))
    abort.abort(new Error('enough'))
    expect(await asked).toMatchObject({ ok: false, error: { message: 'enough' } })
    hangsUp = true
    expect((await failureOf(makeProvider({ server }).read(name, signal))).message).toBe(
      `the DNS server 127.0.0.1:${port} broke off: it closed the connection; see that a DNS server listens there, and look at its log`,
    )
  })
})

test.each(Object.keys(TSIG_HASHES) as TsigAlgorithm[])('a key of %s, read from its file', async (algorithm) => {
  const own = await Bind.start({ 'keys.test': {} }, algorithm)
  onTestFinished(() => own.close())
  const file = await readTsigKey(own.keyFile)
  expect(file).toMatchObject({ name: 'fairlead', algorithm })
  const key = { name: 'Fairlead.', algorithm, secret: file.secret }
  const ours = createRfc2136Provider({ server: own.server, zones: ['keys.test'], key })
  await ours.put({ name: 'keys.test', addresses: ['192.0.2.7'], ttlSeconds: 30 }, 'east', { takeOver: false }, signal)
  expect(await own.ask(own.server, 'keys.test', 'A')).toEqual(['192.0.2.7'])
  expect(await own.ask(own.server, '_fairlead.keys.test', 'TXT')).toEqual(['"heritage=fairlead,owner=east"'])
})
