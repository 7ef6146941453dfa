// What goes wrong: one sentence on standard error, the right exit code, nothing sent that cannot be right.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FakeApi, startFakeApi } from '../fakes/fake-api.ts'
import { runCommand } from './run-command.ts'

let api: FakeApi
beforeEach(async () => {
  api = await startFakeApi()
})
afterEach(() => api.close())

const run = (line: string, more: Parameters<typeof runCommand>[1] = {}) =>
  runCommand(line, { stateDir: api.stateDir, ...more })

const USAGE: readonly [line: string, says: string][] = [
  ['aply -f x', "unknown command 'aply'; did you mean apply?"],
  ['list', "unknown command 'list'; did you mean lb list?"],
  ['lb weight web-lb', "lb: unknown command 'weight'; did you mean lb backend weight?"],
  ['lb lst', "lb: unknown command 'lst'; did you mean list?"],
  ['lb backend ad web-lb', "lb backend: unknown command 'ad'; did you mean add?"],
  ['lb create --prt 80', "lb create: unknown option '--prt'; did you mean --port?"],
  ['lb list --dry-run', "lb list: unknown option '--dry-run'; `fairlead lb list --help` shows what there is"],
  ['lb get', "lb get: missing required argument 'names'"],
  ['lb status a b', 'too many arguments'],
  ['lb create --port', "option '--port <port>' argument missing"],
  ['lb create --type http', 'lb create needs --name'],
  ['lb list -o jsn', '-o jsn is not one of table, json, yaml; did you mean json?'],
  ['lb backend add web-lb', 'lb backend add needs a target'],
  ['lb backend weight web-lb', 'lb backend weight needs a weight'],
  ['lb sticky set web-lb', 'lb sticky set needs --mode'],
  ['lb rate-limit set web-lb --requests 5', 'lb rate-limit set needs --window'],
  ['lb health-check set web-lb', 'lb health-check set needs a check'],
  ['lb route add web-lb --target a:1', 'lb route add needs --host, --path or both'],
  ['lb route add web-lb --path /a', 'needs either --target or --pool'],
  ['lb route remove web-lb', 'lb route remove needs --host, --path or both'],
  ['rollback web-lb', 'rollback needs --to'],
  ['apply', 'apply needs -f FILE'],
  ['completion bsh', '"bsh" is not one of bash, zsh, fish; did you mean bash?'],
]

describe('a command line that is not understood', () => {
  for (const [line, says] of USAGE) {
    test(`${line}: ${says}`, async () => {
      const ran = await run(line)
      expect(ran.err).toContain(says)
      expect(ran.err).toMatch(/^fairlead: [^\n]*\n$/)
      expect(ran).toMatchObject({ exitCode: 2, out: '' })
      expect(api.received).toEqual([])
    })
  }
})

const INVALID: readonly [line: string, says: string][] = [
  ['lb create --name Web', '--name: "Web" is not a name'],
  [`lb create --name ${'a'.repeat(64)}`, 'at most 63 characters'],
  ['lb create --name a --type udp', '--type: "udp" is not one of http, tcp'],
  ['lb create --name a --type htpp', 'did you mean http?'],
  ['lb create --name a --algorithm leastcnn', 'did you mean leastconn?'],
  ['lb create --name a --port 70000', '--port: 70000 is too large; use 1 to 65535'],
  ['lb create --name a --port http', '--port: "http" is not allowed; use a whole number from 1 to 65535'],
  ['lb create --name a --bind everywhere', '--bind: "everywhere" is not an address'],
  ['lb create --name a --type tcp', 'spec.port: is missing; a tcp load balancer needs a port'],
  ['lb create --name a --target web:99999', '--target: "web:99999" is not a target'],
  ['lb create --name a --target web-1', '--target: "web-1" is not a target'],
  ['lb create --name a --target a:1 --target a:1', 'stands twice in this pool'],
  ['lb create --name a --label team', '--label: "team" is not a label; write key=value'],
  ['lb list --label team', 'write key=value'],
  ['lb backend add a --target "web 1:80"', '--target: "web 1:80" is not a target'],
  ['lb backend add a --target a:1 --weight 300', '--weight: 300 is too large; use 0 to 256'],
  ['lb backend add a --target a:1 --health-check http:health:5s', '--health-check: '],
  ['lb backend add a --target a:1 --health-check http:/health:5x', '"5x" is not a duration'],
  ['lb backend weight a a:1 300', '300 is too large'],
  ['lb backend weight a a:1 much', '"much" is not allowed'],
  ['lb backend drain a nowhere:0', 'is not a target'],
  ['lb sticky set a --mode cokie', '--mode: "cokie" is not one of cookie, source; did you mean cookie?'],
  ['lb sticky set a --mode cookie --cookie-name "a b"', '--cookie-name: "a b" is not a cookie name'],
  ['lb rate-limit set a --requests 0 --window 60s', '--requests: 0 is too small'],
  ['lb rate-limit set a --requests 1 --window 60', '--window: "60" is not a duration'],
  ['lb rate-limit set a --requests 1 --window 1s --key head:X', '--key: '],
  ['lb health-check set a tcp::5', '"5" is not a duration'],
  ['lb health-check set a --rise 0 --path /', '--rise: 0 is too small'],
  ['lb route add a --host "x y" --target a:1', '--host: "x y" is not a host'],
  ['lb route add a --path api --target a:1', '--path: "api" is not a path'],
  ['lb route remove a --path api', '--path: "api" is not a path'],
  ['rollback a --to first', '--to: "first" is not a version'],
  ['lb list --api ftp://x', 'is not the address of an API'],
]

describe('an input that cannot be right', () => {
  for (const [line, says] of INVALID) {
    test(`${line}: ${says}`, async () => {
      const ran = await run(line)
      expect(ran.err).toContain(says)
      expect(ran.err).toMatch(/^fairlead: [^\n]*\n$/)
      expect(ran).toMatchObject({ exitCode: 5, out: '' })
      expect(api.received).toEqual([])
    })
  }

  test('names every mistake at once', async () => {
    const ran = await run('lb create --name A --port 0')
    expect(ran.err.split('\n')).toEqual([
      'fairlead: 2 values are not allowed, and nothing was changed',
      expect.stringMatching(/^ {2}--name: /),
      '  --port: 0 is too small; use 1 to 65535',
      '',
    ])
  })
})

describe('a refusal of the API', () => {
  const statuses = [
    [400, 5],
    [401, 1],
    [404, 3],
    [409, 4],
    [413, 5],
    [422, 5],
    [429, 1],
    [500, 1],
    [501, 1],
  ] as const
  for (const [status, exitCode] of statuses) {
    test(`${status} is exit code ${exitCode}`, async () => {
      api.on('GET /v1/load-balancers/a', { error: 'no', code: 'x' }, status)
      const ran = await run('lb get a')
      expect(ran).toMatchObject({ exitCode, out: '' })
      expect(ran.err).toMatch(/^fairlead: no/)
    })
  }

  test('tells its details, and none twice', async () => {
    const one = [{ path: 'spec.port', message: '0 is too small' }]
    api.on('GET /v1/load-balancers/a', { error: 'spec.port: 0 is too small', code: 'invalid', details: one }, 422)
    expect((await run('lb get a')).err).toBe('fairlead: spec.port: 0 is too small\n')
    const two = [...one, { path: 'spec.bind', message: 'no address' }]
    api.on('GET /v1/load-balancers/a', { error: 'refused', code: 'invalid', details: two }, 422)
    expect((await run('lb get a')).err).toBe(
      'fairlead: refused\n  spec.port: 0 is too small\n  spec.bind: no address\n',
    )
  })
})

describe('the other name of the program', () => {
  const env = { FAIRLEAD_PROGRAM: 'agentmetal' }
  test('stands in help and errors', async () => {
    expect((await run('lb create --help', { env })).out).toContain('  agentmetal lb create --name web-lb')
    expect((await run('lb lst', { env })).err).toMatch(/^agentmetal: lb: /)
    expect((await run('completion bash', { env })).out).toContain(
      'complete -o default -F _agentmetal_complete agentmetal',
    )
  })

  test('nothing else can be put there', async () => {
    expect((await run('lb lst', { env: { FAIRLEAD_PROGRAM: 'x; rm' } })).err).toMatch(/^fairlead: /)
  })
})

test('a bug is one sentence, and a stack only where asked for', async () => {
  api.on('GET /v1/load-balancers', { items: [null] })
  const ran = await run('lb list')
  expect(ran).toMatchObject({ exitCode: 1 })
  expect(ran.err).toMatch(/^fairlead: a bug of ours: [^\n]*FAIRLEAD_DEBUG=1[^\n]*\n$/)
  expect((await run('lb list', { env: { FAIRLEAD_DEBUG: '1' } })).err).toContain('\n    at ')
})
