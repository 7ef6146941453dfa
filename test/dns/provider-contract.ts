// What every DNS provider must do, whoever it is: the same tests for all of them.
import { describe, expect, test } from 'vitest'
import { DnsFailure } from '../../src/dns/dns-failure.ts'
import type { DnsProvider } from '../../src/dns/provider.ts'
import { outcomeOf } from '../../src/io/outcome.ts'

export type Overrides = { readonly zones?: readonly string[]; readonly secret?: string }

/** Where a provider's records are, seen from outside. Its zones are example.com and example.net, and both are empty. */
export type Stand = {
  /** A provider that writes down in `awaited` which texts it waited for. */
  open(overrides?: Overrides): { readonly provider: DnsProvider; readonly awaited: string[] }
  /** Somebody else's hand. */
  add(name: string, type: string, value: string, ttl?: number): Promise<void> | void
  /** Every record but those of the zones themselves: `app.example.com A 192.0.2.1`, sorted. */
  records(): Promise<string[]> | string[]
}

export type Abilities = {
  /** Of two who claim a name at once one gets it, and the other is told at once. */
  readonly isClaimExclusive: boolean
  /** Lists come in pages of this many from now on. */
  readonly setPageSize?: (stand: Stand, size: number) => void
  /** From now on it is asked too often. */
  readonly limit?: (stand: Stand, seconds: number) => void
  /** How often it was asked for where a zone is, and how often to change something. */
  readonly count?: (stand: Stand) => { readonly zones: number; readonly writes: number }
}

const { signal } = new AbortController()
const APP = 'app.example.com'
const KEEP = { takeOver: false }
const TAKE = { takeOver: true }
const OURS = `_fairlead.${APP} TXT heritage=fairlead,owner=east`

export async function failureOf(promise: Promise<unknown>): Promise<DnsFailure> {
  const ended = await outcomeOf(promise)
  if (ended.ok || !(ended.error instanceof DnsFailure)) throw new Error('it should have failed', { cause: ended })
  return ended.error
}

function wanted(addresses: readonly string[], name = APP, ttlSeconds = 60) {
  return { name, addresses, ttlSeconds }
}

export function describeProvider(title: string, makeStand: () => Promise<Stand>, abilities: Abilities): void {
  describe(title, () => {
    describeAddresses(makeStand, abilities)
    describeStrangers(makeStand, abilities)
    describeTexts(makeStand, abilities)
    describeRefusals(makeStand, abilities)
  })
}

function describeAddresses(makeStand: () => Promise<Stand>, { count, setPageSize }: Abilities): void {
  test('addresses of both families are made with their owner, read, changed and removed', async () => {
    const stand = await makeStand()
    const { provider } = stand.open()
    const nothing = { addresses: [], ttlSeconds: null, obstacle: null, owner: null }
    expect(await provider.read(APP, signal)).toEqual(nothing)
    await provider.put(wanted(['192.0.2.1', '192.0.2.2', '2001:db8::1']), 'east', KEEP, signal)
    expect(await stand.records()).toEqual([OURS, `${APP} A 192.0.2.1`, `${APP} A 192.0.2.2`, `${APP} AAAA 2001:db8::1`])
    const found = await provider.read(APP, signal)
    expect(found).toMatchObject({ ttlSeconds: 60, obstacle: null, owner: 'east' })
    expect([...found.addresses].sort()).toEqual(['192.0.2.1', '192.0.2.2', '2001:db8::1'])
    await provider.put(wanted(['192.0.2.2', '192.0.2.3'], APP, 90), 'east', KEEP, signal)
    expect(await stand.records()).toEqual([OURS, `${APP} A 192.0.2.2`, `${APP} A 192.0.2.3`])
    expect(await provider.read(APP, signal)).toMatchObject({ ttlSeconds: 90 })
    await provider.put(wanted(['2001:db8::2'], APP, 90), 'east', KEEP, signal)
    expect(await stand.records()).toEqual([OURS, `${APP} AAAA 2001:db8::2`])
    await provider.remove(APP, 'east', signal)
    expect(await stand.records()).toEqual([])
    expect(await provider.read(APP, signal)).toEqual(nothing)
    await provider.remove(APP, 'east', signal)
  })

  test('a wildcard, the zone itself and names below each other are apart', async () => {
    const stand = await makeStand()
    const { provider } = stand.open()
    const names = ['example.com', '*.example.com', APP, `*.${APP}`]
    for (const [index, name] of names.entries())
      await provider.put(wanted([`192.0.2.${index}`], name), 'east', KEEP, signal)
    const records = await stand.records()
    expect(records.filter((record) => record.includes(' A '))).toEqual([
      `*.${APP} A 192.0.2.3`,
      '*.example.com A 192.0.2.1',
      `${APP} A 192.0.2.2`,
      'example.com A 192.0.2.0',
    ])
    expect(records.filter((record) => record.includes(' TXT ')).map((record) => record.split(' ')[0])).toEqual([
      `_fairlead._wildcard.${APP}`,
      '_fairlead._wildcard.example.com',
      `_fairlead.${APP}`,
      '_fairlead.example.com',
    ])
    for (const [index, name] of names.entries())
      expect(await provider.read(name, signal)).toMatchObject({ addresses: [`192.0.2.${index}`], owner: 'east' })
    for (const name of names) await provider.remove(name, 'east', signal)
    expect(await stand.records()).toEqual([])
  })

  test('records of other types at the name stay as they are', async () => {
    const stand = await makeStand()
    const { provider } = stand.open()
    await stand.add(APP, 'TXT', 'v=spf1 -all')
    await stand.add('example.com', 'TXT', 'somebody=else')
    await provider.put(wanted(['192.0.2.1']), 'east', KEEP, signal)
    await provider.put(wanted(['2001:db8::1']), 'east', KEEP, signal)
    await provider.remove(APP, 'east', signal)
    expect(await stand.records()).toEqual([`${APP} TXT v=spf1 -all`, 'example.com TXT somebody=else'])
  })

  if (count)
    test('what is so already is not written again, in whatever spelling; zones are looked up once', async () => {
      const stand = await makeStand()
      const { provider } = stand.open()
      await provider.put(wanted(['192.0.2.1', '2001:db8::1']), 'east', KEEP, signal)
      const { writes } = count(stand)
      await provider.put(wanted(['2001:DB8:0::1', '192.0.2.1'], 'App.Example.com.'), 'east', KEEP, signal)
      await provider.read('www.example.com', signal)
      expect(count(stand)).toEqual({ zones: 1, writes })
    })

  if (setPageSize)
    test('lists that come in pages are read to their end', async () => {
      const stand = await makeStand()
      const { provider } = stand.open()
      setPageSize(stand, 1)
      for (const type of ['CAA', 'MX', 'TXT']) await stand.add(APP, type, 'something')
      await provider.put(wanted(['192.0.2.1', '192.0.2.2', '2001:db8::1']), 'east', KEEP, signal)
      const { addresses } = await provider.read(APP, signal)
      expect([...addresses].sort()).toEqual(['192.0.2.1', '192.0.2.2', '2001:db8::1'])
      await provider.put(wanted(['192.0.2.9']), 'east', KEEP, signal)
      expect((await stand.records()).filter((record) => / A+ /.test(record))).toEqual([`${APP} A 192.0.2.9`])
    })
}

function describeStrangers(makeStand: () => Promise<Stand>, { isClaimExclusive }: Abilities): void {
  test('addresses of nobody we know, or of another owner, are left alone and named', async () => {
    const stand = await makeStand()
    const { provider } = stand.open()
    await stand.add(APP, 'A', '198.51.100.7')
    await provider.put(wanted(['192.0.2.8'], 'web.example.com'), 'west', KEEP, signal)
    const before = await stand.records()
    for (const refused of [
      await failureOf(provider.put(wanted(['192.0.2.1']), 'east', KEEP, signal)),
      await failureOf(provider.remove(APP, 'east', signal)),
    ]) {
      expect(refused.code).toBe('dns-not-ours')
      expect(refused.message).toContain(
        'app.example.com has 198.51.100.7, and no ownership record at _fairlead.app.example.com',
      )
    }
    for (const refused of [
      await failureOf(provider.put(wanted(['192.0.2.1'], 'web.example.com'), 'east', KEEP, signal)),
      await failureOf(provider.remove('web.example.com', 'east', signal)),
    ]) {
      expect(refused.code).toBe('dns-not-ours')
      expect(refused.message).toContain('web.example.com has 192.0.2.8, and it belongs to "west"')
    }
    expect(await stand.records()).toEqual(before)
  })

  test('a CNAME is told as what stands in the way, and never taken over', async () => {
    const stand = await makeStand()
    const { provider } = stand.open()
    await stand.add(APP, 'CNAME', 'www.example.net')
    expect(await provider.read(APP, signal)).toEqual({
      addresses: [],
      ttlSeconds: null,
      obstacle: 'CNAME www.example.net',
      owner: null,
    })
    for (const how of [KEEP, TAKE]) {
      const refused = await failureOf(provider.put(wanted(['192.0.2.1']), 'east', how, signal))
      expect(refused.code).toBe('dns-not-ours')
      expect(refused.message).toContain('app.example.com has CNAME www.example.net')
    }
    await provider.remove(APP, 'east', signal)
    expect(await stand.records()).toEqual([`${APP} CNAME www.example.net`])
  })

  test('a take-over makes addresses ours, whoever had them', async () => {
    const stand = await makeStand()
    const { provider } = stand.open()
    await stand.add(APP, 'A', '198.51.100.7')
    await stand.add(APP, 'AAAA', '2001:db8::7')
    await provider.put(wanted(['192.0.2.1']), 'east', TAKE, signal)
    expect(await stand.records()).toEqual([OURS, `${APP} A 192.0.2.1`])
    await provider.put(wanted(['192.0.2.2']), 'west', TAKE, signal)
    expect(await stand.records()).toEqual([OURS.replace('east', 'west'), `${APP} A 192.0.2.2`])
    expect((await failureOf(provider.put(wanted(['192.0.2.1']), 'east', KEEP, signal))).code).toBe('dns-not-ours')
    await stand.add('_fairlead.web.example.com', 'TXT', 'something else')
    expect(await provider.read('web.example.com', signal)).toMatchObject({ addresses: [], owner: 'something else' })
    const web = wanted(['192.0.2.3'], 'web.example.com')
    expect((await failureOf(provider.put(web, 'east', KEEP, signal))).message).toContain(
      'it belongs to "something else"',
    )
    await provider.put(web, 'east', TAKE, signal)
    expect(await provider.read('web.example.com', signal)).toMatchObject({ addresses: ['192.0.2.3'], owner: 'east' })
  })

  if (isClaimExclusive)
    test('of two who claim a name at once one gets it', async () => {
      const stand = await makeStand()
      const claim = (owner: string, address: string) =>
        outcomeOf(stand.open().provider.put(wanted([address]), owner, KEEP, signal))
      const ended = await Promise.all([claim('east', '192.0.2.1'), claim('west', '192.0.2.2')])
      const lost = ended.filter(({ ok }) => !ok)
      expect(lost).toMatchObject([{ error: { code: 'dns-not-ours' } }])
      const [owner, address] = ended[0].ok ? ['east', '192.0.2.1'] : ['west', '192.0.2.2']
      expect(await stand.records()).toEqual([OURS.replace('east', owner), `${APP} A ${address}`])
    })
}

function describeTexts(makeStand: () => Promise<Stand>, _abilities: Abilities): void {
  const CHALLENGE = '_acme-challenge.example.com'

  test('texts stand side by side, are waited for, and go one by one', async () => {
    const stand = await makeStand()
    const { provider, awaited } = stand.open()
    await stand.add(CHALLENGE, 'TXT', 'of-somebody-else')
    await Promise.all(['first-value', 'second-value'].map((value) => provider.addText(CHALLENGE, value, signal)))
    const all = ['first-value', 'of-somebody-else', 'second-value'].map((value) => `${CHALLENGE} TXT ${value}`)
    expect(await stand.records()).toEqual(all)
    expect(awaited.sort()).toEqual([`${CHALLENGE} first-value`, `${CHALLENGE} second-value`])
    await provider.addText(CHALLENGE, 'first-value', signal)
    expect(await stand.records()).toEqual(all)
    await provider.removeText(CHALLENGE, 'first-value', signal)
    expect(await stand.records()).toEqual(all.slice(1))
    await provider.removeText(CHALLENGE, 'first-value', signal)
    await provider.removeText(CHALLENGE, 'second-value', signal)
    expect(await stand.records()).toEqual([`${CHALLENGE} TXT of-somebody-else`])
  })

  test('a text where nothing was: made, and gone without a trace', async () => {
    const stand = await makeStand()
    const { provider } = stand.open()
    await provider.addText(CHALLENGE, 'only-value', signal)
    expect(await stand.records()).toEqual([`${CHALLENGE} TXT only-value`])
    await provider.removeText(CHALLENGE, 'only-value', signal)
    expect(await stand.records()).toEqual([])
    await provider.removeText(CHALLENGE, 'only-value', signal)
  })

  test('a name that is delegated with a CNAME has its texts where that leads', async () => {
    const stand = await makeStand()
    const { provider, awaited } = stand.open()
    await stand.add(CHALLENGE, 'CNAME', 'proof.example.net')
    await provider.addText(CHALLENGE, 'some-value', signal)
    expect(await stand.records()).toContain('proof.example.net TXT some-value')
    expect(awaited).toEqual(['proof.example.net some-value'])
    await provider.removeText(CHALLENGE, 'some-value', signal)
    expect(await stand.records()).toEqual([`${CHALLENGE} CNAME proof.example.net`])
    const narrow = stand.open({ zones: ['example.com'] }).provider
    const refused = await failureOf(narrow.addText(CHALLENGE, 'some-value', signal))
    expect(refused.code).toBe('dns-zone')
    expect(refused.message).toContain(`${CHALLENGE} is a CNAME of proof.example.net`)
  })
}

function describeRefusals(makeStand: () => Promise<Stand>, { limit }: Abilities): void {
  test('a wrong secret is told as that, and not repeated', async () => {
    const stand = await makeStand()
    const { provider } = stand.open({ secret: 'wrong-token-5f0e2a' })
    for (const refused of [
      await failureOf(provider.read(APP, signal)),
      await failureOf(provider.addText(APP, 'value', signal)),
    ]) {
      expect(refused.code).toBe('dns-credentials')
      expect(`${refused.message} ${refused.stack} ${JSON.stringify(refused)}`).not.toContain('wrong-token')
      expect(refused.message).toMatch(/; give /)
    }
  })

  test('a zone that is not there, and a name outside all zones, are told', async () => {
    const stand = await makeStand()
    const { provider } = stand.open({ zones: ['Example.com.', 'example.org'] })
    expect(provider.zones).toEqual(['example.com', 'example.org'])
    const missing = await failureOf(provider.put(wanted(['192.0.2.1'], 'app.example.org'), 'east', KEEP, signal))
    expect(missing.code).toBe('dns-zone')
    expect(missing.message).toMatch(/no (public hosted )?(zone|domain) example\.org/)
    const outside = await failureOf(provider.read('app.notexample.com', signal))
    expect(outside.code).toBe('dns-zone')
    expect(outside.message).toContain('"app.notexample.com" lies in none of the zones given (example.com, example.org)')
  })

  test('an aborted signal ends it with its reason', async () => {
    const stand = await makeStand()
    const { provider } = stand.open()
    const reason = new Error('enough')
    const ended = await outcomeOf(provider.put(wanted(['192.0.2.1']), 'east', KEEP, AbortSignal.abort(reason)))
    expect(ended).toEqual({ ok: false, error: reason })
    expect(await stand.records()).toEqual([])
  })

  if (limit)
    test('who is asked too often says when to return', async () => {
      const stand = await makeStand()
      const { provider } = stand.open()
      limit(stand, 3600)
      const refused = await failureOf(provider.put(wanted(['192.0.2.1']), 'east', KEEP, signal))
      expect(refused.code).toBe('dns-limit')
      const waitMs = Date.parse(refused.retryAt ?? '') - Date.now()
      expect(waitMs).toBeGreaterThan(1_800_000)
      expect(waitMs).toBeLessThan(3_700_000)
      expect(await stand.records()).toEqual([])
    })
}
