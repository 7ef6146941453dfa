// Records kept as they are wanted, through a provider and a clock that do as a test wants.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { DnsFailure } from '../../src/dns/dns-failure.ts'
import type { AddressSet, DnsProvider, FoundRecords } from '../../src/dns/provider.ts'
import { RecordBook } from '../../src/dns/record-book.ts'
import { type RecordGround, RecordKeeper, type RecordNews } from '../../src/dns/record-keeper.ts'
import { waitFor } from '../../src/io/deadline.ts'

const { signal } = new AbortController()
const NOTHING: FoundRecords = { addresses: [], ttlSeconds: null, obstacle: null, owner: null }

/** A zone in memory; what is asked of it is written down. */
class MemoryProvider implements DnsProvider {
  readonly title = 'memory'
  readonly zones = ['example.com']
  readonly records = new Map<string, FoundRecords>()
  readonly done: string[] = []
  leastTtlSeconds = 1
  failure: DnsFailure | null = null

  async read(name: string): Promise<FoundRecords> {
    if (this.failure) throw this.failure
    return this.records.get(name) ?? NOTHING
  }

  async put({ name, addresses, ttlSeconds }: AddressSet, owner: string, { takeOver }: { takeOver: boolean }) {
    if (this.failure) throw this.failure
    const found = this.records.get(name) ?? NOTHING
    const isOurs = found.owner === owner || (found.owner === null && found.addresses.length === 0)
    if (found.obstacle !== null || !(isOurs || takeOver)) throw new DnsFailure('dns-not-ours', `${name} is taken`)
    this.done.push(`put ${name} ${addresses.join(',')}`)
    const ttl = Math.max(ttlSeconds, this.leastTtlSeconds)
    this.records.set(name, { addresses, ttlSeconds: ttl, obstacle: null, owner })
  }

  async remove(name: string, owner: string) {
    if (this.failure) throw this.failure
    if ((this.records.get(name)?.owner ?? owner) !== owner) throw new DnsFailure('dns-not-ours', `${name} is taken`)
    this.done.push(`remove ${name}`)
    this.records.delete(name)
  }

  async addText() {}
  async removeText() {}
}

let provider: MemoryProvider
let news: RecordNews[]
let addresses: string[]
let aheadMs: number
let folder: string

beforeEach(async () => {
  provider = new MemoryProvider()
  news = []
  addresses = ['192.0.2.1', '2001:db8::1']
  aheadMs = 0
  folder = await mkdtemp(join(tmpdir(), 'fairlead-records-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
})

function start(more: Partial<RecordGround> = {}) {
  const end = new AbortController()
  const keeper = new RecordKeeper({
    providers: [provider],
    owner: 'us',
    policy: 'sync',
    ttlSeconds: 60,
    addresses: () => addresses,
    book: new RecordBook(join(folder, 'records.json')),
    tell: (one) => news.push(one),
    now: () => Date.now() + aheadMs,
    ...more,
  })
  const ended = keeper.run(end.signal)
  const stop = async () => {
    end.abort()
    await ended
  }
  onTestFinished(stop)
  return { keeper, stop }
}

function until(what: string, holds: () => unknown) {
  return waitFor(holds, { timeoutMs: 60_000, what })
}

test('made, changed when addresses change, and taken away some time after nobody wants it', async () => {
  const { keeper } = start()
  keeper.want(['app.example.com', 'app.example.org'])
  await until('the record', () => keeper.states()[0]?.verdict === 'current')
  // Nobody holds example.org for us.
  expect(keeper.states().map(({ name, wanted }) => [name, wanted])).toEqual([['app.example.com', addresses]])
  addresses = ['192.0.2.2']
  await until('the change', () => provider.done.length === 2)
  keeper.want([])
  keeper.want(['app.example.com'])
  keeper.want([])
  expect(provider.done).toHaveLength(2)
  aheadMs = 20_000
  await until('the removal', () => news.length === 3)
  expect(provider.done).toEqual([
    'put app.example.com 192.0.2.1,2001:db8::1',
    'put app.example.com 192.0.2.2',
    'remove app.example.com',
  ])
  expect(news.map(({ text }) => text)).toEqual([
    'app.example.com leads to 192.0.2.1, 2001:db8::1 (memory)',
    'app.example.com leads to 192.0.2.2 (memory, before 192.0.2.1, 2001:db8::1 of "us")',
    'app.example.com is taken out of DNS',
  ])
})

test('what is somebody else’s is left alone, told once, and keeps no other waiting; taken over only when asked', async () => {
  provider.records.set('www.example.com', { ...NOTHING, addresses: ['203.0.113.9'], ttlSeconds: 300 })
  const { keeper } = start()
  keeper.want(['www.example.com', 'app.example.com'])
  const stateOf = (name: string) => keeper.states().find((one) => one.name === name)
  await until('the other', () => stateOf('app.example.com')?.verdict === 'current')
  await until('the verdict', () => stateOf('www.example.com')?.verdict === 'foreign')
  aheadMs = 3_600_000
  await until('another look', () => Date.parse(stateOf('www.example.com')?.checkedAt ?? '') > Date.now() + 3_000_000)
  expect(news.filter(({ name }) => name === 'www.example.com')).toEqual([
    {
      name: 'www.example.com',
      isGood: false,
      text: expect.stringContaining('has 203.0.113.9, and no ownership record'),
    },
  ])
  expect(provider.records.get('www.example.com')?.addresses).toEqual(['203.0.113.9'])
  expect([keeper.takeOver('nobody.example.com'), keeper.takeOver('www.example.com')]).toEqual([false, true])
  await until('the name', () => stateOf('www.example.com')?.verdict === 'current')
})

test('a name somebody else took meanwhile is not taken away', async () => {
  const { keeper } = start()
  keeper.want(['app.example.com'])
  await until('the record', () => provider.done.length === 1)
  provider.records.set('app.example.com', { addresses: ['203.0.113.9'], ttlSeconds: 60, obstacle: null, owner: 'them' })
  keeper.want([])
  aheadMs = 20_000
  await until('the end', () => news.at(-1)?.text === 'app.example.com is not ours any more')
  expect(provider.records.get('app.example.com')?.owner).toBe('them')
})

test('what was made before a start is known after it, and goes when nobody wants it', async () => {
  const one = start()
  one.keeper.want(['old.example.com', 'app.example.com'])
  await until('both', () => provider.done.length === 2)
  await one.stop()
  const two = start()
  // Nothing is taken away before all sources have spoken.
  aheadMs = 60_000
  two.keeper.want(['app.example.com'])
  await until('the removal', () => {
    aheadMs += 5000
    return provider.records.size === 1
  })
  expect([...provider.records.keys()]).toEqual(['app.example.com'])
})

test('no address, no record: a name is never left without one', async () => {
  const { keeper } = start()
  keeper.want(['app.example.com'])
  await until('the record', () => provider.done.length === 1)
  addresses = []
  await until('the reason', () => news.at(-1)?.text.includes('give --public-address'))
  expect(provider.records.get('app.example.com')?.addresses).toHaveLength(2)
})

test('a limit is kept to, a failure is told once and tried again, later each time', async () => {
  provider.failure = new DnsFailure('dns-limit', 'too many questions', new Date(Date.now() + 3_600_000).toISOString())
  const { keeper } = start()
  keeper.want(['app.example.com'])
  await until('the failure', () => keeper.states()[0]?.lastError === 'too many questions')
  aheadMs = 1_800_000
  provider.failure = null
  const before = keeper.states()[0]?.checkedAt
  // What is due now is done, and this is not.
  keeper.want(['app.example.com', 'other.example.com'])
  await until('the other', () => provider.done.length === 1)
  expect([keeper.states()[0]?.checkedAt, provider.done]).toEqual([
    before,
    ['put other.example.com 192.0.2.1,2001:db8::1'],
  ])
  aheadMs = 3_700_000
  await until('the record', () => provider.done.length === 2)
})

test('policies: one never takes away, one never changes, one only plans', async () => {
  const upsert = start({ policy: 'upsert' })
  upsert.keeper.want(['app.example.com'])
  await until('the record', () => provider.done.length === 1)
  upsert.keeper.want([])
  aheadMs = 3_600_000
  await upsert.stop()
  const create = start({ policy: 'create-only' })
  addresses = ['192.0.2.9']
  create.keeper.want(['app.example.com', 'new.example.com'])
  await until('the new one', () => provider.done.length === 2)
  await until('a look at the other', () => create.keeper.states()[0]?.checkedAt)
  // It leads elsewhere, and says so.
  expect(create.keeper.states()[0]?.verdict).toBe('change')
  await create.stop()
  const none = start({ policy: 'none' })
  none.keeper.want(['app.example.com', 'third.example.com'])
  const planned = await none.keeper.plan(signal)
  expect(planned.map(({ name, verdict }) => [name, verdict])).toEqual([
    ['app.example.com', 'change'],
    ['third.example.com', 'create'],
  ])
  await none.stop()
  expect(provider.done).toEqual(['put app.example.com 192.0.2.1,2001:db8::1', 'put new.example.com 192.0.2.9'])
})

test('where only new names are made, what is in the way of one is said', async () => {
  provider.records.set('app.example.com', { addresses: ['198.51.100.7'], ttlSeconds: 60, owner: null, obstacle: null })
  const { keeper } = start({ policy: 'create-only' })
  keeper.want(['app.example.com'])
  await until('a look', () => keeper.states()[0]?.checkedAt)
  expect(keeper.states()[0]).toMatchObject({ verdict: 'foreign', lastError: expect.stringContaining('198.51.100.7') })
  expect(provider.done).toEqual([])
})

test('a provider that does not answer holds up its own names alone', async () => {
  const silent = new MemoryProvider()
  const read = (_name: string, until: AbortSignal) =>
    new Promise((_, reject) => until.addEventListener('abort', () => reject(until.reason)))
  Object.assign(silent, { zones: ['example.org'], read })
  const { keeper } = start({ providers: [silent, provider] })
  const stuck = Array.from({ length: 20 }, (_, index) => `stuck-${index}.example.org`)
  keeper.want([...stuck, 'app.example.com'])
  await until('the other', () => provider.done.length === 1)
  addresses = ['192.0.2.7']
  await until('its change', () => provider.done.length === 2)
})

test('a take-over that is asked for while the name is looked at is not forgotten', async () => {
  const found = { addresses: ['198.51.100.7'], ttlSeconds: 60, owner: null, obstacle: null }
  provider.records.set('app.example.com', found)
  const { keeper } = start()
  const reads: (() => void)[] = []
  Object.assign(provider, { read: () => new Promise((resolve) => reads.push(() => resolve(found))) })
  keeper.want(['app.example.com'])
  await until('a look', () => reads.length === 1)
  keeper.takeOver('app.example.com')
  reads[0]?.()
  await until('another look', () => reads.length === 2)
  reads[1]?.()
  await until('the take-over', () => provider.done.length === 1)
  Object.assign(provider, { read: MemoryProvider.prototype.read })
})

test('a TTL the provider does not do is written once, not over and over', async () => {
  provider.leastTtlSeconds = 300
  const { keeper } = start()
  keeper.want(['app.example.com'])
  await until('the record', () => keeper.states()[0]?.verdict === 'current')
  aheadMs = 400_000
  await until('another look', () => Date.parse(keeper.states()[0]?.checkedAt ?? '') > Date.now() + 300_000)
  expect(provider.done).toHaveLength(1)
})
