// Sizes as people write them.
import { expect, test } from 'vitest'
import { formatSize, parseHeaderSize, parseSize } from '../../src/model/byte-size.ts'

test.each([
  ['1B', 1],
  ['512B', 512],
  ['16KB', 16_384],
  ['10MB', 10_485_760],
  ['1GB', 1_073_741_824],
  ['1024GB', 1_099_511_627_776],
])('%j is %d bytes, and is written so', (text, bytes) => {
  expect(parseSize(text)).toEqual({ ok: true, value: bytes })
  expect(parseSize(formatSize(bytes))).toEqual({ ok: true, value: bytes })
})

test.each([
  ['10', 'is not a size; write a whole number with a unit: 512B, 16KB, 10MB, 1GB'],
  ['10m', 'is not a size'],
  ['10mb', 'is not a size'],
  ['1.5MB', 'is not a size'],
  ['-1B', 'is not a size'],
  ['10 MB', 'is not a size'],
  ['10MB\n', 'is not a size'],
  ['1TB', 'is not a size'],
  ['', 'is not a size'],
  ['0KB', 'is too small; the smallest size is 1B'],
  ['1025GB', 'is too large; the largest size is 1024GB'],
])('%j is refused: %s', (text, says) => {
  expect(parseSize(text)).toMatchObject({ ok: false, message: expect.stringContaining(says) })
})

test.each([
  ['16KB', 'HAProxy itself takes no more than 15KB; use 256B to 15KB'],
  ['1B', 'is too small for headers; use 256B to 15KB'],
  ['x', 'is not a size'],
])('headers of %j are refused: %s', (text, says) => {
  expect(parseHeaderSize(text)).toMatchObject({ ok: false, message: expect.stringContaining(says) })
  expect(parseHeaderSize('15KB')).toEqual({ ok: true, value: 15_360 })
})
