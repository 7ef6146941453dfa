// Bad input: one clear sentence, the contract's status, nothing changed, traffic untouched.
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { startOrigins } from './kit/origin.ts'
import { ask } from './kit/prober.ts'

const daemons = new Daemons()
const [origin] = await startOrigins('a')
let daemon: Daemon
let port: number

beforeAll(async () => {
  daemon = await daemons.start()
  port = await findFreePort()
  const spec = { port, backends: [{ target: origin!.target }] }
  expect((await daemon.ask('POST', '/v1/load-balancers', { name: 'web', spec })).status).toBe(201)
})
afterAll(async () => {
  await daemons.close()
  origin?.close()
})

const target = () => origin!.target
const withSpec = (spec: object) => ({ name: 'new', spec: { port: 1, backends: [{ target: target() }], ...spec } })

/** What was sent, and what must come back. */
const CASES: [title: string, body: () => unknown, status: number, message: RegExp][] = [
  [
    'an unknown key, the nearest one named',
    () => withSpec({ algoritm: 'random' }),
    422,
    /spec\.algoritm.*did you mean algorithm/,
  ],
  [
    'files without their folder',
    () => withSpec({ routes: [{ match: {}, static: {} }] }),
    422,
    /spec\.routes\[0\]\.static\.root.*is missing/,
  ],
  ['a bad target', () => withSpec({ backends: [{ target: 'web 1' }] }), 422, /"web 1" is not a target.*host:port/],
  ['weight 300', () => withSpec({ backends: [{ target: 'x:1', weight: 300 }] }), 422, /300 is too large; use 0 to 256/],
  [
    'a path with a newline',
    () => withSpec({ routes: [{ match: { path: '/a\nbind :81' }, backends: [] }] }),
    422,
    /not a path/,
  ],
  ['a name of 64 characters', () => ({ name: 'x'.repeat(64), spec: {} }), 422, /at most 63/],
  ['a body that is not JSON', () => '{"name": "web"', 400, /JSON/],
  ['a body of 2 MB', () => JSON.stringify({ name: 'new', spec: {}, filler: 'x'.repeat(2 ** 21) }), 413, /1 MiB/],
  [
    'the other type on a port in use',
    () => ({ name: 'new', spec: { type: 'tcp', port, backends: [] } }),
    409,
    /taken by load balancer web with type http/,
  ],
  [
    'the same host and path on a port in use',
    () => ({ name: 'new', spec: { port, backends: [{ target: target() }] } }),
    409,
    /any host, path \/ .*taken by load balancer web/,
  ],
  ['a name that exists', () => ({ name: 'web', spec: {} }), 409, /exists/],
  [
    'a custom line HAProxy refuses',
    () => withSpec({ customSettings: ['optoin foo'] }),
    422,
    /unknown keyword 'optoin' in 'backend' section/,
  ],
  [
    'a custom line that opens a section',
    () => withSpec({ customSettings: ['frontend evil'] }),
    422,
    /would open the section frontend/,
  ],
]

async function expectNothingChanged(): Promise<void> {
  const { body } = await daemon.ask('GET', '/v1/load-balancers')
  expect(body.items.map((item: { name: string; version: number }) => [item.name, item.version])).toEqual([['web', 1]])
  expect((await ask(port)).status).toBe(200)
}

test.each(CASES)('%s', async (_title, body, status, message) => {
  const given = body()
  const resource =
    typeof given === 'object'
      ? JSON.parse(JSON.stringify(given).replace('"port":1,', `"port":${await findFreePort()},`))
      : given
  const answer = await daemon.ask('POST', '/v1/load-balancers', resource)
  const said = [
    answer.body.error,
    ...(answer.body.details ?? []).map(
      (detail: { path: string; message: string }) => `${detail.path}: ${detail.message}`,
    ),
  ].join('\n')
  expect([answer.status, said]).toEqual([status, expect.stringMatching(message)])
  await expectNothingChanged()
})

test('a change of a younger one whose name comes before an older one is refused, planned and made as any other', async () => {
  const path = '/v1/load-balancers/before'
  const spec = { port: await findFreePort(), backends: [{ target: target() }] }
  expect((await daemon.ask('POST', '/v1/load-balancers', { name: 'before', spec })).status).toBe(201)
  const refused = await daemon.ask('PATCH', path, { spec: { customSettings: ['optoin foo'] } })
  expect([refused.status, refused.body.error]).toEqual([422, expect.stringMatching(/^spec\.customSettings: HAProxy/)])
  const { body } = await daemon.ask('GET', path)
  expect([body.version, body.status.state]).toEqual([1, 'Running'])
  const planned = await daemon.ask('PATCH', `${path}?dryRun=true`, { spec: { backends: [{ target: '127.0.0.1:1' }] } })
  expect(planned.body.plan.join('\n')).toContain('127.0.0.1:1')
  expect((await daemon.ask('DELETE', `${path}?dryRun=true`)).body.reload).toBe(true)
  expect((await daemon.ask('DELETE', path)).status).toBe(200)
  await expectNothingChanged()
})

test('a port that another process has, told by its name', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '0.0.0.0', resolve))
  const taken = (other.address() as { port: number }).port
  const answer = await daemon.ask('POST', '/v1/load-balancers', withSpec({ port: taken }))
  other.close()
  expect(answer.status).toBe(409)
  expect(answer.body.error).toMatch(new RegExp(`port ${taken} is in use by .*\\(pid ${process.pid}\\)`))
  await expectNothingChanged()
})

test('a wrong key, and none', async () => {
  for (const headers of [{ authorization: 'Bearer fl_wrong' }, { 'x-api-key': 'fl_wrong' }, {}]) {
    const answer = await fetch(`http://${daemon.api}/v1/load-balancers`, { headers })
    expect(answer.status).toBe(401)
  }
})

test('a stale If-Match', async () => {
  const answer = await daemon.ask('PUT', '/v1/load-balancers/web', { name: 'web', spec: { port } }, { 'if-match': '7' })
  expect([answer.status, answer.body.error]).toEqual([409, expect.stringContaining('version')])
  await expectNothingChanged()
})

test('what is not there', async () => {
  expect((await daemon.ask('GET', '/v1/load-balancers/nobody')).status).toBe(404)
  expect((await daemon.ask('GET', '/v1/load-balancer')).body.error).toMatch(/load-balancers/)
})

/** The same by the command line: exit code and one sentence. */
const COMMANDS: [title: string, args: () => string[], code: number, message: RegExp][] = [
  ['an unknown command', () => ['lb', 'craete'], 2, /did you mean create/i],
  ['an unknown option', () => ['lb', 'create', '--nmae', 'x'], 2, /--name/],
  ['a bad target', () => ['lb', 'backend', 'add', 'web', '--target', 'web-1'], 5, /host:port/],
  ['a bad health check', () => ['lb', 'health-check', 'set', 'web', 'ftp:/x'], 5, /http:\/health:5s/],
  ['weight 300', () => ['lb', 'backend', 'weight', 'web', target(), '300'], 5, /256/],
  ['a load balancer that is not there', () => ['lb', 'get', 'nobody'], 3, /nobody/],
  [
    'a port that is taken',
    () => ['lb', 'create', '--name', 'db', '--type', 'tcp', '--port', String(port)],
    4,
    /taken by load balancer web/,
  ],
]

test.each(COMMANDS)('on the command line: %s', async (_title, args, code, message) => {
  const ran = await daemon.run(args())
  expect([ran.code, ran.err]).toEqual([code, expect.stringMatching(message)])
  expect(ran.err).not.toMatch(/\n\s+at /)
  await expectNothingChanged()
})
