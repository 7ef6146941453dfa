// Halving finds exactly those who make the whole fail, and does not try for ever.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findCulprits } from '../../src/daemon/culprits.ts'

const planted = fc
  .integer({ min: 0, max: 200 })
  .map((count) => Array.from({ length: count }, (_, index) => `lb-${index}`))
  .chain((names) => fc.tuple(fc.constant(names), fc.subarray(names, { maxLength: Math.min(12, names.length) })))

test('exactly the planted culprits are found, in few tries', async () => {
  await fc.assert(
    fc.asyncProperty(planted, async ([names, culprits]) => {
      const bad = new Set(culprits)
      let tries = 0
      const found = await findCulprits(names, async (some) => {
        tries++
        return !culprits.some((name) => some.has(name))
      })
      expect(found).toEqual(names.filter((name) => bad.has(name)))
      expect(tries).toBeLessThanOrEqual(2 + 2 * culprits.length * Math.ceil(Math.log2(Math.max(2, names.length))))
    }),
  )
})

test('of two that only fail together one is found', async () => {
  const names = ['a', 'b', 'c', 'd', 'e']
  expect(await findCulprits(names, async (some) => !(some.has('b') && some.has('e')))).toEqual(['e'])
})

test('nobody is blamed when it fails without them too', async () => {
  let tries = 0
  const refuse = async () => {
    tries++
    return false
  }
  expect(await findCulprits(['a', 'b', 'c'], refuse)).toEqual([])
  expect(tries).toBe(1)
})
