// The model beside a generation's files: read back as it was written, or not at all.
import { expect, test } from 'vitest'
import { digestOf, formatSnapshot, parseSnapshot, type Snapshot } from '../../src/haproxy/snapshot.ts'
import { EMPTY_CONFIG } from '../../src/model/config.ts'

const SNAPSHOT: Snapshot = {
  config: {
    ...EMPTY_CONFIG,
    listeners: [
      {
        id: 'a:1',
        address: 'a\nb',
        port: 1,
        mode: 'tcp',
        owners: ['€'],
        timeouts: { clientMs: 1, httpRequestMs: 2, keepAliveMs: 3 },
      },
    ],
  },
  processDigest: 'x',
  fragments: [],
  retired: {},
}
const TEXT = formatSnapshot(SNAPSHOT)

test('what was written is read back', () => {
  expect(parseSnapshot(TEXT)).toEqual(SNAPSHOT)
})

test.each([
  ['is not there', undefined],
  ['is empty', ''],
  ['is cut short', TEXT.slice(0, -1)],
  ['is only its head', TEXT.split('\n')[0]],
  ['has another letter', TEXT.replace('€', '$')],
  ['has another format', TEXT.replace(/model-\d/, 'model-0')],
  ['is something else', '{"config":{}}\n{}'],
])('a file that %s is not believed', (_what, text) => {
  expect(parseSnapshot(text)).toBeNull()
})

test('a digest tells values apart and is short', () => {
  expect(digestOf({ a: 1 })).toMatch(/^[0-9a-f]{16}$/)
  expect(digestOf({ a: 1 })).toBe(digestOf({ a: 1 }))
  expect(digestOf({ a: 1 })).not.toBe(digestOf({ a: 2 }))
})
