// DNS messages of others: names, records and sections are read as they are meant, and nothing malformed does harm.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DnsFailure } from '../../../src/dns/dns-failure.ts'
import { CLASS, OPCODE, TYPE } from '../../../src/dns/wire/codes.ts'
import { encodeMessage, encodeRecord, readMessage } from '../../../src/dns/wire/message.ts'
import { encodeName } from '../../../src/dns/wire/names.ts'
import { Reader } from '../../../src/dns/wire/reader.ts'
import { encodeAddress, encodeText, readValue, typeOfAddress } from '../../../src/dns/wire/records.ts'
import { outcomeOf } from '../../../src/io/outcome.ts'

const FROM = 'the DNS server 192.0.2.1:53'
const malformed = (why: string) =>
  `${FROM} answers with something that is no DNS message: ${why}; see that a DNS server listens there`

function read(bytes: Buffer): string {
  return new Reader(bytes, FROM).name()
}

const label = fc.uint8Array({ minLength: 1, maxLength: 63 })

test('a name of any bytes is text that gives the same bytes, in lower case', () => {
  fc.assert(
    fc.property(fc.array(label, { maxLength: 3 }), (labels) => {
      const bytes = Buffer.concat([...labels.flatMap((each) => [Buffer.of(each.length), each]), Buffer.of(0)])
      const name = read(bytes)
      const lower = Buffer.from(
        bytes.toString('latin1').replace(/[A-Z]/g, (letter) => letter.toLowerCase()),
        'latin1',
      )
      expect(read(encodeName(name))).toBe(name)
      // A length is never a letter here: those that could be are left as they are.
      if (!labels.some(({ length }) => length >= 0x41)) expect(encodeName(name)).toEqual(lower)
    }),
  )
})

test.each([
  ['.', Buffer.of(0)],
  ['A.b.', Buffer.from('\x01a\x01b\0', 'latin1')],
  ['*.x', Buffer.from('\x01*\x01x\0', 'latin1')],
  ['\\046.x', Buffer.from('\x01.\x01x\0', 'latin1')],
])('the name %s', (name, bytes) => {
  expect(encodeName(name)).toEqual(bytes)
})

test.each(['a..b', '.a', 'x'.repeat(64), `${'x.'.repeat(127)}x`, 'bücher.example', 'a\u0100'])(
  'no name: %s',
  (name) => {
    expect(() => encodeName(name)).toThrow(/is no DNS name: between its dots stand 1 to 63 ASCII characters/)
  },
)

test('compressed names lead backwards only, so they come to an end', () => {
  const bytes = Buffer.from('\x01a\x01b\0\x01c\xc0\x02\x01d\xc0\x05', 'latin1')
  const place = new Reader(bytes, FROM, 9)
  expect(place.name()).toBe('d.c.b')
  expect(place.isAtEnd).toBe(true)
  const round = malformed('a name in it leads round in circles')
  for (const circle of ['\xc0\0', '\x01a\xc0\0', '\x01a\xc0\x02', '\xc0\x02\xc0\0', '\xc0\x09'])
    expect(() => read(Buffer.from(circle, 'latin1'))).toThrow(round)
  expect(() => read(Buffer.from('\x41', 'latin1'))).toThrow(malformed('a name in it has a label of an unknown kind'))
  expect(() => read(Buffer.from('\x02a', 'latin1'))).toThrow(malformed('it breaks off'))
  const long = Buffer.from(`${`\x3f${'x'.repeat(63)}`.repeat(4)}\0`, 'latin1')
  expect(() => read(long)).toThrow(malformed('a name in it is too long'))
})

test('addresses and texts are read as they were written', () => {
  const readBack = (type: number, data: Buffer) => readValue(type, new Reader(data, FROM))
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.string({ unit: 'grapheme', maxLength: 700 }), (address, text) => {
      const type = typeOfAddress(address)
      const value = readBack(type, encodeAddress(address))
      expect(readBack(type, encodeAddress(value))).toBe(value)
      expect(readBack(TYPE.TXT, encodeText(text))).toBe(text)
    }),
  )
  expect(readBack(TYPE.AAAA, encodeAddress('2001:DB8:0::1'))).toBe('2001:db8::1')
  expect(readBack(TYPE.A, encodeAddress('192.0.2.1'))).toBe('192.0.2.1')
})

test('SOA and NS name servers, compressed; data of unknown types is left alone', () => {
  const question = { name: 'example.test', type: TYPE.SOA }
  const request = encodeMessage({ id: 7, opcode: OPCODE.QUERY, question })
  const head = Buffer.concat([Buffer.from([0, 7, 0x84, 0, 0, 1, 0, 2, 0, 1, 0, 0]), request.subarray(12)])
  const server = Buffer.from('\x03ns1\xc0\x0c', 'latin1')
  const records = [
    { type: TYPE.SOA, data: Buffer.concat([server, server, Buffer.alloc(20)]) },
    { type: TYPE.NS, data: server },
    { type: 99, data: Buffer.from('anything') },
  ].map((each) => encodeRecord({ name: 'example.test', class: CLASS.IN, ttlSeconds: 60, ...each }))
  const message = readMessage(Buffer.concat([head, ...records]), FROM)
  expect(message).toMatchObject({ id: 7, isAnswer: true, isAuthoritative: true, rcode: 0, questions: [question] })
  const values = [...message.answers, ...message.authorities].map(({ name, value }) => `${name} ${value}`)
  expect(values).toEqual(['example.test ns1.example.test', 'example.test ns1.example.test', 'example.test '])
  expect(() => readMessage(Buffer.concat([head, ...records, Buffer.of(0)]), FROM)).toThrow(
    malformed('something stands behind its end'),
  )
})

test('whatever the bytes are, reading them ends in a message or in a DnsFailure', async () => {
  const record = fc
    .record({ type: fc.constantFrom(...Object.values(TYPE), 99), data: fc.uint8Array({ maxLength: 40 }) })
    .map(({ type, data }) => Buffer.concat([Buffer.of(0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length), data]))
  const counted = fc
    .tuple(fc.array(record, { maxLength: 4 }), fc.nat({ max: 6 }))
    .map(([records, count]) => Buffer.concat([Buffer.from([0, 7, 0x84, 0, 0, 0, 0, count, 0, 0, 0, 0]), ...records]))
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each)),
    counted,
  )
  await fc.assert(
    fc.asyncProperty(bytes, async (each) => {
      const ended = await outcomeOf(Promise.try(() => readMessage(each, FROM)))
      if (!ended.ok) expect(ended.error).toBeInstanceOf(DnsFailure)
    }),
    { numRuns: 1000 },
  )
})
