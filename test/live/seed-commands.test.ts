// The platform's documented commands, word for word, with real servers behind their names.
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runInNamespace } from './kit/namespace.ts'

const HOSTS = { 'web-1': '127.0.0.11', 'web-2': '127.0.0.12' }

test('create, backends, stickiness, rate limit: each works as documented', async () => {
  const { code, facts, errors } = await runInNamespace(
    fileURLToPath(new URL('namespaced/seed-commands.ts', import.meta.url)),
    HOSTS,
  )
  expect(code, errors).toBe(0)
  const commands = Object.entries(facts).filter(([name]) => name.startsWith('lb '))
  expect(commands.map(([name, ran]) => [name, ran.code])).toEqual(commands.map(([name]) => [name, 0]))
  const quiet = commands.filter(([name]) => !name.startsWith('lb tls'))
  expect(quiet.map(([name, ran]) => [name, ran.err])).toEqual(quiet.map(([name]) => [name, '']))
  for (const [, ran] of commands) expect(ran.out).toMatch(/(web|db)-lb: live in \d+ ms/)
  expect(facts['without backends']).toBe(404)
  expect(facts['alternates'].filter((name: string) => name === 'web-1')).toHaveLength(3)
  expect(facts['cookie']).toBe('SERVERID')
  expect(facts['servers of a client with its cookie']).toBe(1)
  expect(facts['redis']).toBe('+PONG')
  expect(facts['requests to web-1 while it is out']).toBe(0)
  expect(facts['failures meanwhile']).toEqual([])
  expect(facts['first 100']).toEqual([200])
  expect(facts['the 101st']).toEqual([429, '60'])
  expect(facts['lb tls set web-lb'].err).toMatch(/^app\.example\.com: account\n(app\.example\.com: [^\n]+\n)+$/)
  expect(facts['https']).toBe(200)
})

test('the documented POST body, and the demo of a first start', async () => {
  const { code, facts, errors } = await runInNamespace(
    fileURLToPath(new URL('namespaced/seed-post.ts', import.meta.url)),
    { ...HOSTS, 'app.example.com': '127.0.0.1' },
  )
  expect(code, errors).toBe(0)
  const { status, body } = facts['answer']
  expect(status).toBe(201)
  expect([body.name, body.kind, body.version, body.status.state]).toEqual(['web-lb', 'LoadBalancer', 1, 'Running'])
  expect(body.spec.tls).toEqual({ domain: 'app.example.com', autoRenew: true })
  expect(body.status.problems).toEqual([
    expect.objectContaining({ path: 'spec.tls.domain', message: expect.stringContaining('it is being obtained') }),
  ])
  expect(facts['after'].status.problems).toEqual([])
  expect(facts['after'].status.tls).toMatchObject({ domains: ['app.example.com'], lastError: null })
  expect(facts['http']).toBe('https://app.example.com/')
  expect(facts['doctor']).toMatch(/domain app\.example\.com.*a CA would be answered at 127\.0\.0\.1/)
  expect(new Set(facts['served by'])).toEqual(new Set(['web-1', 'web-2']))
  expect(new Set(facts['demo'])).toEqual(new Set(['Hello from demo server 1.\n', 'Hello from demo server 2.\n']))
  expect(facts['left behind']).toEqual([])
  expect(facts['demo after a restart']).toMatch(/Hello from demo server/)
})
