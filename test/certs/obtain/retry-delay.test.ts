// How long is waited after a failure: never so long that the certificate that is there ends.
import { expect, test } from 'vitest'
import { findRetryDelay } from '../../../src/certs/obtain/retry-delay.ts'

const MINUTE = 60_000

test('soon at first, then seldom, at last every six hours', () => {
  const delays = [1, 2, 3, 4, 8, 14, 1000].map((failures) => findRetryDelay(failures, null) / MINUTE)
  expect(delays).toEqual([1, 2, 2, 5, 20, 360, 360])
})

test('in time before the certificate that is there ends: ten tries fit into what is left of it', () => {
  expect(findRetryDelay(1, 90_000)).toBe(9000)
  expect(findRetryDelay(9, 30 * 24 * 60 * MINUTE)).toBe(20 * MINUTE)
  expect(findRetryDelay(14, 24 * 60 * MINUTE)).toBe(144 * MINUTE)
  expect(findRetryDelay(1, 5000)).toBe(2000)
  expect([findRetryDelay(1, 0), findRetryDelay(1, -1)]).toEqual([MINUTE, MINUTE])
})
