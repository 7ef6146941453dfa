// Did you mean: near enough to help, never a wild guess.
import { expect, test } from 'vitest'
import { findNearest } from '../../src/spec/nearest.ts'

const KEYS = ['type', 'port', 'backends', 'healthCheck', 'rateLimit', 'timeouts']

test.each([
  ['porrt', 'port'],
  ['Port', 'port'],
  ['por', 'port'],
  ['backend', 'backends'],
  ['heathcheck', 'healthCheck'],
  ['healtCheck', 'healthCheck'],
  ['ratelimits', 'rateLimit'],
  ['x', undefined],
  ['', undefined],
  ['listeners', undefined],
  ['pppp', undefined],
])('%j is nearest to %j', (word, nearest) => {
  expect(findNearest(word, KEYS)).toBe(nearest)
})

test('the first of equally near ones is taken', () => {
  expect(findNearest('cat', ['bat', 'rat'])).toBe('bat')
  expect(findNearest('cat', [])).toBeUndefined()
})
