// lb set and lb unset: any key by its path, sent as a whole onto the version it was made from.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeApi, startFakeApi } from '../fakes/fake-api.ts'
import { runCommand } from './run-command.ts'
import { sampleLoadBalancer } from './samples.ts'

const ONE = '/v1/load-balancers/web-lb'
const SPEC = {
  backends: [{ target: 'web-1:8080' }],
  headers: { response: { set: { 'X-A.b': '1' } } },
  routes: [{ match: { path: '/a' }, backends: [{ target: 'a:1' }] }],
}

let api: FakeApi
beforeEach(async () => {
  api = await startFakeApi()
  api.on(`GET ${ONE}`, sampleLoadBalancer({ spec: SPEC, labels: { team: 'web' } }))
  api.on(`PUT ${ONE}`, sampleLoadBalancer())
})
afterEach(() => api.close())

const run = (...words: string[]) => runCommand(['lb', ...words], { stateDir: api.stateDir })

const sentSpec = () =>
  (api.received.find(({ method }) => method === 'PUT')?.body as { spec: unknown } | undefined)?.spec

test('the rest of the resource stays, and nobody is overwritten', async () => {
  const ran = await run('set', 'web-lb', 'slow-start=30s')
  expect(ran).toEqual({ exitCode: 0, out: 'web-lb: live in 8 ms, no reload\n', err: '' })
  const sent = api.received.at(-1)
  expect(sent?.headers['if-match']).toBe('"3"')
  expect(sent?.body).toEqual({ name: 'web-lb', labels: { team: 'web' }, spec: { ...SPEC, slowStart: '30s' } })
})

const RESULTS: readonly [words: readonly string[], change: object][] = [
  [['maintenance=yes', 'compression=false'], { maintenance: true, compression: false }],
  [['spec.timeouts.server=5m'], { timeouts: { server: '5m' } }],
  [['access.allow=10.0.0.0/8, fd00::/8'], { access: { allow: ['10.0.0.0/8', 'fd00::/8'] } }],
  [['access.deny=[10.6.6.6, "fd00::6"]'], { access: { deny: ['10.6.6.6', 'fd00::6'] } }],
  [
    ['customSettings=["http-request set-var(txn.a) str(b,c)"]'],
    { customSettings: ['http-request set-var(txn.a) str(b,c)'] },
  ],
  [['healthCheck={ path: /up, interval: 2s }'], { healthCheck: { path: '/up', interval: '2s' } }],
  [['headers.response.set.X-C.d=a=b'], { headers: { response: { set: { 'X-A.b': '1', 'X-C.d': 'a=b' } } } }],
  [['backends[0].weight=7'], { backends: [{ target: 'web-1:8080', weight: 7 }] }],
  [['backends[1].target=web-2:8080'], { backends: [{ target: 'web-1:8080' }, { target: 'web-2:8080' }] }],
  [
    ['pools.v2.backends=[{ target: "b:1" }]', 'routes[1].match.host=b.test', 'routes[1].pool=v2'],
    {
      pools: { v2: { backends: [{ target: 'b:1' }] } },
      routes: [...SPEC.routes, { match: { host: 'b.test' }, pool: 'v2' }],
    },
  ],
]

for (const [words, change] of RESULTS)
  test(`set ${words.join(' ')}`, async () => {
    expect((await run('set', 'web-lb', ...words)).err).toBe('')
    expect(sentSpec()).toEqual({ ...SPEC, ...change })
  })

test('unset takes keys out, and what is empty then with them', async () => {
  expect((await run('unset', 'web-lb', 'headers.response.set.X-A.b', 'routes[0]')).err).toBe('')
  expect(sentSpec()).toEqual({ backends: SPEC.backends, routes: [] })
})

const REFUSED: readonly [words: readonly string[], exitCode: number, message: RegExp][] = [
  [['set', 'slwStart=3s'], 5, /slwStart: there is no key "slwStart" there; did you mean slowStart\?/],
  [['set', 'healthCheck.pth=/'], 5, /there is no key "pth" in healthCheck; did you mean path\?/],
  [['set', 'algorithm.x=1'], 5, /algorithm has no keys below it/],
  [['set', 'backends.weight=3'], 5, /backends is a list; say which one: backends\[0\] is the first/],
  [['set', 'backends[0].weight=300'], 5, /backends\[0\]\.weight: 300 is too large; use 0 to 256/],
  [['set', 'backends[5].weight=3'], 5, /the list has 1 entry, counted from 0; 5 is none of them/],
  [['set', 'slowStart=soon'], 5, /slowStart: "soon"/],
  [['set', 'routes[0].split=[{'], 5, /routes\[0\]\.split: is not YAML/],
  [['set', 'routes[0].split=[{ pool: v1 }]'], 5, /routes\[0\]/],
  [['set', 'slowStart'], 2, /"slowStart" is not KEY=VALUE/],
  [['set', '__proto__.x=1'], 5, /there is no key "__proto__" there/],
  [['unset', 'routes[1]'], 5, /the list has 1 entry/],
]

for (const [[command = '', word = ''], exitCode, message] of REFUSED)
  test(`${command} ${word} is refused, and nothing is sent`, async () => {
    const ran = await run(command, 'web-lb', word)
    expect(ran.exitCode).toBe(exitCode)
    expect(ran.err).toMatch(message)
    expect(ran.err).not.toMatch(/\n\s+at /)
    expect(api.writes()).toEqual([])
  })
