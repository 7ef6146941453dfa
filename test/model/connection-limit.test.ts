// maxconn follows the file limit, and always leaves files for everything that is no connection.
import { expect, test } from 'vitest'
import { connectionLimit } from '../../src/model/connection-limit.ts'

test.each([
  [64, 4],
  [256, 28],
  [1024, 412],
  [20_000, 9000],
  [1_048_576, 200_000],
  [Infinity, 200_000],
])('%d open files give %d connections', (files, connections) => {
  expect(connectionLimit(files)).toBe(connections)
})

test('there is always room for the listeners and threads', () => {
  for (let files = 208; files < 100_000; files += 97) {
    expect(files - 2 * connectionLimit(files)).toBeGreaterThanOrEqual(200)
  }
})
