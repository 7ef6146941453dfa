// Conditions of routes, splits and pools that stand in, told by real clients and servers.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { type Origin, startOrigins } from './kit/origin.ts'
import { ask } from './kit/prober.ts'

const daemons = new Daemons()
let daemon: Daemon
let origins: Origin[]
beforeAll(async () => {
  origins = await startOrigins('a', 'b', 'c', 'd', 'e', 'f')
  daemon = await daemons.start()
})
afterAll(async () => {
  for (const origin of origins) origin.close()
  await daemons.close()
})

/** The pool that one server alone is in. */
function pool(name: string) {
  const target = origins.find((origin) => origin.name === name)?.target ?? ''
  return { backends: [{ target }], healthCheck: { type: 'none' } }
}

const serve = (name: string, spec: object) => daemon.serve(name, spec)

/** Who answers; the status where nobody does. */
async function nameOf(port: number, options: Parameters<typeof ask>[1]): Promise<string | number> {
  const { status, headers } = await ask(port, options)
  return status === 200 ? String(headers['x-origin']) : status
}

test('conditions: the most specific host and path first, inside them who asks for most; else the next less specific route', async () => {
  const route = (name: string, match: object) => ({ match, ...pool(name) })
  const port = await serve('conditions', {
    routes: [
      route('a', { path: '/api' }),
      route('b', { path: '/api', headers: { 'X-Beta': '1' } }),
      route('c', { path: '/api', headers: { 'X-Beta': '1' }, methods: ['POST', 'PUT'] }),
      route('d', { path: '/api/v2', query: { debug: '*', 'user.id': '7 8' } }),
      route('e', { host: '*.example.com', path: '/only', headers: { 'X-Odd': '-i' } }),
      route('f', { host: 'app.example.com', path: '/only/deep', headers: { 'X-Odd': 'x' } }),
    ],
  })
  const beta = { 'x-beta': '1' }
  const app = { host: 'app.example.com' }
  const cases: [Parameters<typeof ask>[1], string | number][] = [
    [{ path: '/api' }, 'a'],
    [{ path: '/api', headers: beta }, 'b'],
    [{ path: '/api/x', headers: { 'x-beta': 'no, 1' } }, 'b'],
    [{ path: '/api', headers: { 'x-beta': '11' } }, 'a'],
    [{ path: '/api', headers: beta, method: 'PUT' }, 'c'],
    [{ path: '/api', method: 'PUT' }, 'a'],
    [{ path: '/api/v2?debug=&user.id=7+8' }, 'a'],
    [{ path: '/api/v2?debug=1&user.id=7%208' }, 'a'],
    [{ path: '/api/v2/x?debug=1', headers: beta, method: 'POST' }, 'c'],
    [{ path: '/only', headers: { ...app, 'x-odd': '-i' } }, 'e'],
    [{ path: '/only', headers: { ...app, 'x-odd': '-I' } }, 404],
    [{ path: '/only/deep', headers: { ...app, 'x-odd': 'x' } }, 'f'],
    [{ path: '/only/deep/er', headers: { ...app, 'x-odd': '-i' } }, 'e'],
    [{ path: '/only/deep', headers: app }, 404],
    [{ path: '/only', headers: { 'x-odd': '-i' } }, 404],
    // Names of our own rows are nobody's hosts.
    [{ path: '/case-0', headers: { host: 'WHEN:conditions.api-702acf' } }, 404],
  ]
  for (const [request, expected] of cases) expect(await nameOf(port, request), JSON.stringify(request)).toBe(expected)
})

test('a condition at the same place as backends at the top goes before them', async () => {
  const routes = [{ match: { query: { beta: '1' } }, ...pool('b') }]
  const port = await serve('top', { ...pool('a'), routes })
  expect(await nameOf(port, { path: '/x?beta=1' })).toBe('b')
  expect(await nameOf(port, { path: '/x?beta=2' })).toBe('a')
})

const TWO = () => ({ old: pool('a'), fresh: pool('b') })
const split = (old: number, fresh: number) => [
  { pool: 'old', weight: old },
  { pool: 'fresh', weight: fresh },
]

test('a split by weight, whose weights change in the running HAProxy', async () => {
  const routes = (old: number, fresh: number) => [{ match: {}, split: split(old, fresh) }]
  const port = await serve('canary', { pools: TWO(), routes: routes(100, 0) })
  const count = async () => {
    const names = await Promise.all(Array.from({ length: 300 }, () => nameOf(port, {})))
    expect(new Set([...names, 'a', 'b'])).toEqual(new Set(['a', 'b']))
    return names.filter((name) => name === 'b').length
  }
  expect(await count()).toBe(0)
  const change = async (old: number, fresh: number) => {
    const { body } = await daemon.ask('PATCH', '/v1/load-balancers/canary', { spec: { routes: routes(old, fresh) } })
    expect(body.status?.lastApply, JSON.stringify(body)).toMatchObject({ reload: false })
  }
  await change(70, 30)
  // 300 requests at 30%: outside of these bounds once in more than ten million times.
  const some = await count()
  expect(some).toBeGreaterThan(45)
  expect(some).toBeLessThan(140)
  await change(0, 100)
  expect(await count()).toBe(300)
})

test('a client stays in its part of a split: by our cookie, its address, or a header', async () => {
  const routes = (['cookie', 'source', 'header:X-User'] as const).map((splitPin) => ({
    match: { path: `/${splitPin.split(':')[0]}` },
    split: split(1, 1),
    splitPin,
  }))
  const port = await serve('pinned', { pools: TWO(), routes })
  const seen = new Set<string | number>()
  for (let client = 0; client < 20; client++) {
    const first = await ask(port, { path: '/cookie' })
    const cookie = String(first.headers['set-cookie']).split(';')[0] ?? ''
    expect(cookie).toMatch(/^fairlead-split=\d+$/)
    const again = await ask(port, { path: '/cookie', headers: { cookie: `a=b; ${cookie}` } })
    expect(again.headers['x-origin']).toBe(first.headers['x-origin'])
    expect(again.headers).not.toHaveProperty('set-cookie')
    seen.add(String(first.headers['x-origin']))
  }
  expect(seen).toEqual(new Set(['a', 'b']))
  for (const odd of ['100', '-1', '07', 'x', '1;2'])
    expect(['a', 'b'], odd).toContain(
      await nameOf(port, { path: '/cookie', headers: { cookie: `fairlead-split=${odd}` } }),
    )
  const names = await Promise.all(Array.from({ length: 20 }, () => nameOf(port, { path: '/source' })))
  expect(new Set(names).size).toBe(1)
  const nameFor = (user: string) => nameOf(port, { path: '/header', headers: { 'x-user': user } })
  const users = Array.from({ length: 20 }, (_, user) => `user-${user}`)
  const theirs = await Promise.all(users.map(nameFor))
  expect(new Set(theirs)).toEqual(new Set(['a', 'b']))
  for (let time = 0; time < 3; time++) expect(await Promise.all(users.map(nameFor))).toEqual(theirs)
  const nobody = await Promise.all(Array.from({ length: 40 }, () => nameOf(port, { path: '/header' })))
  expect(new Set(nobody)).toEqual(new Set(['a', 'b']))
})

test('another pool stands in while no server of the first is up, and steps back', async () => {
  const pools = { first: { ...pool('a'), fallback: 'spare' }, spare: pool('b') }
  const port = await serve('stand-in', { pools, routes: [{ match: {}, pool: 'first' }] })
  expect(await nameOf(port, {})).toBe('a')
  const target = pools.first.backends[0]?.target
  const set = (state: string) =>
    daemon.ask('PATCH', `/v1/load-balancers/stand-in/backends/${target}?pool=first`, { state })
  expect((await set('maint')).body.status.lastApply.reload).toBe(false)
  expect(await nameOf(port, {})).toBe('b')
  await set('ready')
  await waitFor(async () => (await nameOf(port, {})) === 'a', { timeoutMs: 60_000, what: 'the first pool again' })
})

test('what cannot be meant is refused', async () => {
  const refuse = async (spec: object) => {
    const { status, body } = await daemon.ask('POST', '/v1/load-balancers', {
      name: 'wrong',
      spec: { port: 1, ...spec },
    })
    expect(status).toBe(422)
    return body.details.map(({ path, message }: { path: string; message: string }) => `${path}: ${message}`).join()
  }
  const pools = TWO()
  const routes = (keys: object, match = {}) => ({ pools, routes: [{ match, ...keys }] })
  expect(await refuse(routes({ split: [{ pool: 'new' }] }))).toMatch(
    /split\[0\]\.pool: there is no pool "new"; known: old, fresh/,
  )
  expect(await refuse(routes({ split: split(0, 0) }))).toMatch(/gives every pool weight 0/)
  expect(await refuse(routes({ split: split(1, 1), pool: 'old' }))).toMatch(/split: stands beside pool/)
  expect(await refuse(routes({ pool: 'old', splitPin: 'cookie' }))).toMatch(/splitPin: belongs to a split/)
  expect(await refuse(routes({ split: split(1, 1), splitPin: 'header:' }))).toMatch(
    /write none, cookie, source or header:NAME/,
  )
  expect(await refuse({ ...pool('a'), fallback: 'nobody' })).toMatch(/spec\.fallback: there is no pool "nobody"/)
  expect(await refuse(routes({ pool: 'old' }, { methods: ['get'] }))).toMatch(
    /"get" is not a method; write it in capitals/,
  )
  expect(await refuse(routes({ pool: 'old' }, { headers: { 'X-A': '}' } }))).toMatch(/is not a value to match/)
  expect(await refuse(routes({ pool: 'old' }, { query: { 'a b': '1' } }))).toMatch(/is not a/)
})
