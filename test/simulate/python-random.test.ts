// The same seed deals what Python deals; the numbers here were printed by Python 3.
import { expect, test } from 'vitest'
import { makeRandom } from '../../src/simulate/python-random.ts'

test.each([
  [0, [0.8444218515250481, 0.7579544029403025], [3, 0, 0], 0.06668496295217263],
  [1, [0.13436424411240122, 0.8474337369372327], [0, 4, 0], 0.14220662500506465],
  [11, [0.4523795535098186, 0.559772386080496], [3, 7, 0], 0.6165842235012875],
  [4_294_967_295, [0.6353574441341173, 0.20319993954407756], [4, 4, 0], 0.9553697622044622],
])('seed %i', (seed, numbers, wholes, last) => {
  const random = makeRandom(seed)
  expect([random.next(), random.next()]).toEqual(numbers)
  expect([random.below(5), random.below(8), random.below(1)]).toEqual(wholes)
  const again = makeRandom(seed)
  const drawn = Array.from({ length: 3000 }, () => again.next())
  expect(drawn.at(-1)).toBe(last)
})
