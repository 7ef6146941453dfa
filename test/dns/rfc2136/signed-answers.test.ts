// Only an answer that is signed with our key, to what we asked, as it was sent, is believed; and no answer does harm.
import { createSecretKey } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DnsFailure } from '../../../src/dns/dns-failure.ts'
import { openAnswer, type Sent } from '../../../src/dns/rfc2136/open-answer.ts'
import type { Subject } from '../../../src/dns/rfc2136/primary.ts'
import { createRfc2136Provider } from '../../../src/dns/rfc2136/rfc2136-provider.ts'
import { sign } from '../../../src/dns/rfc2136/tsig.ts'
import { OPCODE, RCODE, TYPE } from '../../../src/dns/wire/codes.ts'
import { encodeMessage, type ReadMessage } from '../../../src/dns/wire/message.ts'
import { outcomeOf } from '../../../src/io/outcome.ts'
import { answerTo, type Signature, signAnswer, startFakeDns } from '../../fakes/fake-dns.ts'

const SECRET = Buffer.from('the secret that no sentence may have in it')
const key = { name: 'fairlead', algorithm: 'hmac-sha256', secret: createSecretKey(SECRET) } as const
const nowMs = Date.UTC(2026, 0, 1)
const seconds = nowMs / 1000
const primary = { server: { host: '192.0.2.1', port: 53 }, key, timeoutMs: 1000, now: () => nowMs }
const message = { id: 4711, opcode: OPCODE.UPDATE, question: { name: 'example.test', type: TYPE.SOA } }
const request = encodeMessage(message)
const { mac } = sign(request, key, nowMs)
const sent: Sent = { primary, message, mac, nowMs }
const subject: Subject = { zone: 'example.test', name: 'app.example.test', isChange: true, allowed: [RCODE.NOERROR] }
const FORGED =
  'the answer of the DNS server 192.0.2.1:53 is not signed with the key "fairlead", so it is not believed; see that nobody answers in its place, and that both have the same secret'

function open(bytes: Buffer): ReadMessage {
  return openAnswer(bytes, sent, subject)
}

function signed(rcode = 0, signature: Partial<Signature> = {}): Buffer {
  return signAnswer(answerTo(request, rcode), { secret: key.secret, mac, seconds, ...signature })
}

test('a genuine answer is believed', () => {
  expect(open(signed()).rcode).toBe(RCODE.NOERROR)
  expect(open(signed(0, { seconds: seconds + 300 })).rcode).toBe(RCODE.NOERROR)
})

test.each([
  ['no signature', answerTo(request)],
  ['no signature, and a refusal that would lead us on', answerTo(request, RCODE.YXRRSET)],
  ['another secret', signed(0, { secret: createSecretKey(Buffer.from('guessed')) })],
  ['another name of the key', signed(0, { keyName: '\x05other\0' })],
  ['the answer to another request', signed(0, { mac: Buffer.alloc(32) })],
  ['a MAC of zeros', signed().fill(0, signed().length - 38, signed().length - 6)],
])('not believed: %s', (_, bytes) => {
  expect(() => open(bytes)).toThrow(expect.objectContaining({ code: 'dns-credentials', message: FORGED }))
})

test.each([
  ['replayed later', signed(0, { seconds: seconds - 301 }), '301 s ahead of'],
  ['from a server that is ahead', signed(0, { seconds: seconds + 500 }), '500 s behind'],
  [
    'BADTIME',
    signed(RCODE.NOTAUTH, { error: 18, other: Buffer.from((seconds - 7200).toString(16).padStart(12, '0'), 'hex') }),
    '7200 s ahead of',
  ],
])('the clocks differ: %s', (_, bytes, difference) => {
  const said = `the clock of this machine is ${difference} that of the DNS server 192.0.2.1:53, and 300 s are allowed (BADTIME); set both by NTP`
  expect(() => open(bytes)).toThrow(expect.objectContaining({ code: 'dns-clock', message: said }))
})

test.each([
  [RCODE.SERVFAIL, 'dns-refused', 'does not change app.example.test (SERVFAIL); its log says why; try again later'],
  [
    RCODE.NOTIMP,
    'dns-refused',
    'does not change app.example.test (NOTIMP); give a server that takes dynamic updates (RFC 2136)',
  ],
  [
    RCODE.NOTAUTH,
    'dns-zone',
    "is not the primary of the zone example.test of app.example.test (NOTAUTH); give the zone's primary server, or correct the zone",
  ],
  [
    RCODE.NOTZONE,
    'dns-zone',
    "is not the primary of the zone example.test of app.example.test (NOTZONE); give the zone's primary server, or correct the zone",
  ],
  [
    RCODE.REFUSED,
    'dns-credentials',
    'does not let the key "fairlead" change app.example.test (REFUSED); see that it is the primary of example.test, and allow it in the zone\'s update-policy, TXT at _fairlead.app.example.test too',
  ],
  [13, 'dns-refused', 'does not change app.example.test (code 13); its log says why; try again later'],
])('refused with %d', (rcode, code, sentence) => {
  const expected = expect.objectContaining({ code, message: `the DNS server 192.0.2.1:53 ${sentence}` })
  expect(() => open(signed(rcode))).toThrow(expected)
})

test('an answer to another question, or none at all', () => {
  const other = encodeMessage({ ...message, question: { name: 'example.org', type: TYPE.SOA } })
  expect(() => open(answerTo(other))).toThrow('it answers another question')
  expect(() => open(request)).toThrow('it is not the answer to what was asked')
  expect(() => open(answerTo(Buffer.concat([Buffer.of(0, 1), request.subarray(2)])))).toThrow(
    'it is not the answer to what was asked',
  )
})

test('of a genuine answer no bit may be another, and whatever comes, it fails with a DnsFailure that has no secret in it', async () => {
  const genuine = signed()
  const flipped = fc
    .tuple(fc.nat({ max: genuine.length - 1 }), fc.nat({ max: 7 }))
    .map(([at, bit]) => Buffer.from(genuine.map((byte, index) => (index === at ? byte ^ (1 << bit) : byte))))
  const cut = fc.nat({ max: genuine.length - 1 }).map((length) => genuine.subarray(0, length))
  const noise = fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes))
  const spliced = fc
    .tuple(fc.nat({ max: genuine.length }), noise)
    .map(([at, bytes]) => Buffer.concat([genuine.subarray(0, at), bytes, genuine.subarray(at)]))
    .filter((bytes) => bytes.length !== genuine.length)
  await fc.assert(
    fc.asyncProperty(fc.oneof(flipped, cut, noise, spliced), async (bytes) => {
      const ended = await outcomeOf(Promise.try(() => open(bytes)))
      if (ended.ok) {
        // Names are the same in either case.
        expect(bytes.toString('latin1').toLowerCase()).toBe(genuine.toString('latin1').toLowerCase())
        return
      }
      expect(ended.error).toBeInstanceOf(DnsFailure)
      expect(ended.error.message).not.toContain(SECRET.toString('base64'))
    }),
    { numRuns: 3000 },
  )
})

test('a server that answers anything at all: every method ends in an answer or in a DnsFailure', async () => {
  const { signal } = new AbortController()
  let next: (request: Buffer) => Buffer = (bytes) => bytes
  const server = await startFakeDns((bytes) => next(bytes))
  const ours = createRfc2136Provider({ server, zones: ['example.test'], key: null, silenceMs: 0 })
  const name = 'app.example.test'
  const wanted = { name, addresses: ['192.0.2.1'], ttlSeconds: 30 }
  const types = fc.constantFrom(TYPE.A, TYPE.AAAA, TYPE.CNAME, TYPE.TXT, TYPE.SOA, TYPE.NS, TYPE.TSIG)
  const record = fc
    .record({ type: types, data: fc.uint8Array({ maxLength: 20 }), at: fc.constantFrom(12, 0, 16) })
    .map(({ type, data, at }) => Buffer.concat([Buffer.of(0xc0, at, 0, type, 0, 1, 0, 0, 0, 9, 0, data.length), data]))
  const section = fc.array(record, { maxLength: 2 })
  const way = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => () => Buffer.from(bytes)),
    fc.record({ rcode: fc.nat({ max: 15 }), sections: fc.tuple(section, section, section) }).map(
      ({ rcode, sections }) =>
        (bytes: Buffer) =>
          answerTo(bytes, rcode, sections),
    ),
  )
  await fc.assert(
    fc.asyncProperty(way, async (answer) => {
      next = answer
      const ended = await Promise.all([
        outcomeOf(ours.read(name, signal)),
        outcomeOf(ours.put(wanted, 'east', { takeOver: true }, signal)),
        outcomeOf(ours.remove(name, 'east', signal)),
        outcomeOf(ours.addText(`_acme-challenge.${name}`, 'value', signal)),
        outcomeOf(ours.removeText(`_acme-challenge.${name}`, 'value', signal)),
      ])
      for (const each of ended) if (!each.ok) expect(each.error).toBeInstanceOf(DnsFailure)
    }),
    { numRuns: 100 },
  )
})
