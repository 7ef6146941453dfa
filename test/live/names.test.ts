// Backends given by name: followed while HAProxy runs, and never what keeps it from starting.
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runInNamespace } from './kit/namespace.ts'

test('a name that appears, moves and goes away', async () => {
  const script = fileURLToPath(new URL('namespaced/names.ts', import.meta.url))
  const { code, facts, errors } = await runInNamespace(script, {})
  expect(code, errors).toBe(0)
  expect(facts['unresolved']).toEqual({
    status: 201,
    health: 'unresolved',
    problem: expect.stringContaining('the name app does not resolve'),
    answer: 503,
  })
  expect(facts['after the name has gone']).toEqual(['second'])
  expect(facts['problems']).toEqual([])
  expect(facts['reloads']).toBe(0)
})
