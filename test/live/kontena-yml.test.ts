// A kontena.yml beside a real HAProxy: the documentation's own examples take traffic, and follow what is edited.
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runInNamespace } from './kit/namespace.ts'

test('both examples of the documentation serve; instances, a mistake and its mending are followed without a lost request', async () => {
  const script = fileURLToPath(new URL('namespaced/kontena-yml.ts', import.meta.url))
  const { code, facts, errors } = await runInNamespace(script, {})
  expect(code, errors).toBe(0)
  expect(facts['traffic']).toEqual({
    'www.kontena.io': 'web',
    'kontena.io': 'web',
    '/api of another host': 'api',
    'another host': null,
    'the tcp port': 'galera',
  })
  expect(facts['broken']).toEqual({
    problem: expect.stringMatching(/^internet\/kontena\.yml:\d+: /),
    logged: true,
    answers: ['web'],
  })
  expect(facts['mended']).toEqual({ problems: false })
  expect([facts['failures'], facts['requests'], facts['reloads']]).toEqual([[], true, 0])
})
