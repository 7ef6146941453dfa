// Asking a zone's name servers: who counts as telling a value, who as not to be reached, and that no answer does harm.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { awaitText } from '../../src/dns/authoritative.ts'
import { DnsFailure } from '../../src/dns/dns-failure.ts'
import { CLASS, RCODE, TYPE } from '../../src/dns/wire/codes.ts'
import { encodeRecord } from '../../src/dns/wire/message.ts'
import { encodeText } from '../../src/dns/wire/records.ts'
import { outcomeOf } from '../../src/io/outcome.ts'
import { type Answerer, answerTo, startFakeDns } from '../fakes/fake-dns.ts'

const NAME = '_acme-challenge.example.test'
const { signal } = new AbortController()
/** Nobody listens on port 1. */
const ABSENT = { host: '127.0.0.1', port: 1 }

function texts(...values: readonly string[]): (request: Buffer) => Buffer {
  const of = (value: string) =>
    encodeRecord({ name: NAME, type: TYPE.TXT, class: CLASS.IN, ttlSeconds: 9, data: encodeText(value) })
  return (request) => answerTo(request, 0, [values.map(of)])
}

async function askAll(answerers: readonly Answerer[], options: object = {}) {
  const addresses = await Promise.all(answerers.map(startFakeDns))
  const servers = addresses.map((address, index) => ({ name: `ns${index}.example.test`, addresses: [address] }))
  return outcomeOf(awaitText(NAME, 'value', { servers, patienceMs: 0, silenceMs: 0, ...options }, signal))
}

test('all tell it, beside others', async () => {
  expect((await askAll([texts('value'), texts('other', 'value')])).ok).toBe(true)
})

test('one that answers without it is waited for', async () => {
  let asked = 0
  const late: Answerer = (request) => texts(...(++asked > 3 ? ['value'] : []))(request)
  expect((await askAll([texts('value'), late], { patienceMs: 20_000 })).ok).toBe(true)
  expect(asked).toBe(4)
  const never = await askAll([texts('value'), texts('other')])
  expect(never).toMatchObject({ ok: false, error: { code: 'dns-unreachable', message: /^ns1\.example\.test \(127/ } })
})

const forgetful: Answerer = (request) => {
  const answer = texts('value')(request)
  return answer.fill(answer.readUInt8(2) & ~4, 2, 3)
}

test.each<[string, Answerer]>([
  ['does not have the zone', (request) => answerTo(request, RCODE.REFUSED)],
  ['is in trouble', (request) => answerTo(request, RCODE.SERVFAIL)],
  ['has it from elsewhere', forgetful],
  ['hangs up', () => null],
  ['answers somebody else', (request) => texts('value')(Buffer.concat([Buffer.from('??'), request.subarray(2)]))],
])('one that %s is passed over', async (_, answerer) => {
  expect((await askAll([texts('value'), answerer])).ok).toBe(true)
  expect(await askAll([answerer])).toMatchObject({ ok: false, error: { code: 'dns-unreachable' } })
  expect((await askAll([answerer], { atLeast: 0 })).ok).toBe(true)
})

test('of a server’s addresses one that tells it is enough, as long as no other denies it', async () => {
  const [telling, denying] = [await startFakeDns(texts('value')), await startFakeDns(texts())]
  const ask = (addresses: readonly (typeof ABSENT)[]) => {
    const servers = [{ name: 'ns.example.test', addresses }]
    return outcomeOf(awaitText(NAME, 'value', { servers, patienceMs: 0, silenceMs: 600_000 }, signal))
  }
  expect((await ask([ABSENT, telling])).ok).toBe(true)
  expect((await ask([telling, denying])).ok).toBe(false)
})

test('an abort ends the waiting', async () => {
  const abort = new AbortController()
  const server = await startFakeDns((request) => {
    abort.abort(new Error('enough'))
    return texts()(request)
  })
  const servers = [{ name: 'ns.example.test', addresses: [server] }]
  const ended = await outcomeOf(awaitText(NAME, 'value', { servers, patienceMs: 600_000 }, abort.signal))
  expect(ended).toMatchObject({ ok: false, error: { message: 'enough' } })
})

test('whatever a server answers, it ends well or in a DnsFailure', async () => {
  let bytes = Buffer.alloc(0)
  const server = await startFakeDns((request) => Buffer.concat([request.subarray(0, 2), bytes]))
  const servers = [{ name: 'ns.example.test', addresses: [server] }]
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), async (noise) => {
      bytes = Buffer.concat([Buffer.of(0x84, 0), noise])
      const ended = await outcomeOf(awaitText(NAME, 'value', { servers, patienceMs: 0, silenceMs: 0 }, signal))
      if (!ended.ok) expect(ended.error).toBeInstanceOf(DnsFailure)
    }),
  )
})
