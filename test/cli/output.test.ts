// What commands print: for a person, as JSON, as YAML, in colour and without.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type FakeApi, startFakeApi } from '../fakes/fake-api.ts'
import { HAPROXY } from '../fakes/fake-engine.ts'
import { runCommand } from './run-command.ts'
import { LIVE, NODE, RELOADED, sampleBackend, sampleEntry, sampleLoadBalancer } from './samples.ts'

let api: FakeApi
beforeEach(async () => {
  api = await startFakeApi()
})
afterEach(() => api.close())

const ONE = '/v1/load-balancers/web-lb'
const STICKY = 'lb sticky set web-lb --mode source'
const run = (line: string, more: Parameters<typeof runCommand>[1] = {}) =>
  runCommand(line, { stateDir: api.stateDir, ...more })

describe('a change', () => {
  test('says why HAProxy reloaded', async () => {
    api.on(`PUT ${ONE}/sticky`, sampleLoadBalancer({ status: { lastApply: RELOADED } }))
    expect((await run(STICKY)).out).toBe('web-lb: live in 62 ms, reloaded because new listener 0.0.0.0:80\n')
  })

  test('says two reasons and how many more there are', async () => {
    const because = ['new listener 0.0.0.0:80', 'new pool a', 'new pool b', 'new pool c']
    api.on(`PUT ${ONE}/sticky`, sampleLoadBalancer({ status: { lastApply: { ...RELOADED, because } } }))
    expect((await run(STICKY)).out).toBe(
      'web-lb: live in 62 ms, reloaded because new listener 0.0.0.0:80; new pool a; 2 more\n',
    )
  })

  test('with --no-wait is accepted', async () => {
    api.on(`PUT ${ONE}/sticky`, sampleLoadBalancer({ status: { appliedVersion: 2, state: 'Updating' } }))
    expect(await run(`${STICKY} --no-wait`)).toEqual({ exitCode: 0, out: 'web-lb: accepted (version 3)\n', err: '' })
  })

  test('with --dry-run prints the plan', async () => {
    const problems = [{ code: 'unresolved', message: 'the name web-9 does not resolve' }]
    const plan = ['web-lb: server web-1:8080 in web-lb.main weight 1 -> 2']
    api.on(`PUT ${ONE}/sticky`, { plan, reload: false, because: [], problems })
    const ran = await run(`${STICKY} --dry-run`)
    expect(ran.out).toBe(`${plan[0]}\nno reload is needed\n`)
    expect(ran.err).toBe('warning: the name web-9 does not resolve\n')
  })

  test('that leaves problems is live all the same', async () => {
    const problems = [{ code: 'unresolved', message: 'the name web-9 does not resolve', path: 'spec.backends' }]
    api.on(`PUT ${ONE}/sticky`, sampleLoadBalancer({ status: { problems } }))
    const ran = await run(STICKY)
    expect(ran).toEqual({
      exitCode: 0,
      out: 'web-lb: live in 8 ms, no reload\n',
      err: 'warning: web-lb: spec.backends: the name web-9 does not resolve\n',
    })
  })

  test('that does not go live fails', async () => {
    const status = { appliedVersion: 2, problems: [{ code: 'not_applied', message: 'the disk is full' }] }
    api.on(`PUT ${ONE}/sticky`, sampleLoadBalancer({ status }))
    const ran = await run(STICKY)
    expect(ran).toEqual({
      exitCode: 1,
      out: 'web-lb: stored as version 3, but not live: the disk is full\n',
      err: '',
    })
  })

  test('prints the whole resource as JSON or YAML, and nothing else', async () => {
    const answer = sampleLoadBalancer()
    api.on(`PUT ${ONE}/sticky`, answer)
    expect(JSON.parse((await run(`${STICKY} -o json`)).out)).toEqual(answer)
    expect(parse((await run(`${STICKY} -o yaml`)).out)).toEqual(answer)
    expect(JSON.parse((await run(`-o json ${STICKY}`)).out)).toEqual(answer)
  })
})

describe('load balancers', () => {
  const listed = [
    sampleLoadBalancer({ name: 'db-lb', spec: { type: 'tcp', port: 5432, bind: '::1', vpc: 'prod' }, version: 12 }),
    sampleLoadBalancer({ origin: { source: 'file', id: 'lb.yml' }, status: { state: 'Error' } }),
  ]

  test('stand in a table', async () => {
    api.on('GET /v1/load-balancers', { items: listed })
    expect((await run('lb list')).out).toBe(
      [
        'NAME    TYPE  LISTENS     VPC    UP  STATE    VERSION  SOURCE',
        'db-lb   tcp   [::1]:5432  prod  1/2  Running       12  store',
        'web-lb  http  *:80        -     1/2  Error          3  file',
        '',
      ].join('\n'),
    )
  })

  test('come from every page, by label', async () => {
    api.on('GET /v1/load-balancers?label=a%3Db&label=c%3Dd', { items: listed.slice(0, 1), nextCursor: 'x' })
    api.on('GET /v1/load-balancers?label=a%3Db&label=c%3Dd&cursor=x', { items: listed.slice(1) })
    const { out } = await run('lb list --label a=b --label c=d -o json')
    expect(JSON.parse(out)).toEqual(listed)
  })

  test('none yet is said on standard error, and is an empty list for programs', async () => {
    api.on('GET /v1/load-balancers', { items: [] })
    const ran = await run('lb list')
    expect(ran.out).toBe('')
    expect(ran.err).toContain('lb create --help')
    expect(JSON.parse((await run('lb list -o json')).out)).toEqual([])
  })

  test('get shows one as one', async () => {
    api.on(`GET ${ONE}`, sampleLoadBalancer())
    expect((await run('lb get web-lb')).out.split('\n')).toHaveLength(3)
    expect(parse((await run('lb get web-lb -o yaml')).out)).toEqual(sampleLoadBalancer())
    expect(JSON.parse((await run('lb get web-lb web-lb -o json')).out)).toHaveLength(2)
  })

  test('export writes what apply takes', async () => {
    api.on(`GET ${ONE}`, sampleLoadBalancer({ labels: { team: 'web' } }))
    api.on('GET /v1/load-balancers', { items: listed })
    const { spec } = sampleLoadBalancer()
    expect(parse((await run('lb export web-lb')).out)).toEqual({ name: 'web-lb', labels: { team: 'web' }, spec })
    expect(parse((await run('lb export')).out)).toEqual({ name: 'db-lb', spec: listed[0]?.spec })
    expect(JSON.parse((await run('lb export web-lb -o json')).out)).toMatchObject({ name: 'web-lb' })
  })

  test('status is one page', async () => {
    process.env['TZ'] = 'UTC'
    const problems = [{ code: 'unresolved', path: 'spec.backends', message: 'web-2 does not\nresolve' }]
    const spec = {
      ...sampleLoadBalancer().spec,
      vpc: 'prod',
      sticky: { mode: 'cookie' as const, cookieName: 'SERVERID' },
    }
    api.on(`GET ${ONE}`, sampleLoadBalancer({ spec, status: { problems } }))
    expect((await run('lb status web-lb')).out).toBe(
      [
        'web-lb  Running',
        '  type      http, roundrobin',
        '  listens   *:80',
        '  vpc       prod',
        '  backends  1 of 2 take traffic',
        '  sticky    cookie SERVERID',
        '  version   3, live in 8 ms, no reload (2026-11-21 10:00:00)',
        '  source    store',
        '',
        'TARGET      POOL  HEALTH  WEIGHT  SESSIONS  TOTAL  QUEUED  ERRORS  LAST CHECK',
        'web-1:8080  main  up           1         3    120       0       0  L7OK/200 in 1ms',
        'web-2:8080  main  down         1         3    120       0       0  L4CON in 0ms',
        '',
        'Problems',
        '  spec.backends: web-2 does not resolve',
        '',
      ].join('\n'),
    )
    expect(JSON.parse((await run('lb status web-lb -o json')).out)).toMatchObject({ state: 'Running' })
  })

  test('backends of one pool, routes in their order', async () => {
    const backends = [sampleBackend(), sampleBackend({ target: 'b:1', pool: 'pool.v2', backup: true, lastCheck: '' })]
    const routes = [
      { match: { host: 'api.example.com' }, backends: [{ target: 'api-1:80' }] },
      { match: { path: '/x' }, pool: 'v2' },
    ]
    api.on(`GET ${ONE}`, sampleLoadBalancer({ spec: { routes }, status: { backends } }))
    expect((await run('lb backend list web-lb --pool v2')).out.split('\n')[1]).toMatch(
      /^b:1 +pool.v2 +up \(backup\) .* -$/,
    )
    expect((await run('lb route list web-lb')).out).toBe(
      [
        'HOST             PATH  GOES TO',
        'api.example.com  /     api-1:80',
        'any              /x    pool v2',
        'any other              nowhere (404)',
        '',
      ].join('\n'),
    )
  })
})

describe('a terminal', () => {
  beforeEach(() => api.on('GET /v1/load-balancers', { items: [sampleLoadBalancer({ name: 'a'.repeat(63) })] }))

  test('is never wider than it is', async () => {
    const { out } = await run('lb list', { columns: 60, env: { NO_COLOR: '1' } })
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(60)
    expect(out).toContain('…')
    expect((await run('lb list')).out).toContain('a'.repeat(63))
  })

  test.each([80, 40])('of %i columns tells servers of one machine apart', async (columns) => {
    const targets = ['127.0.0.1:27001', '127.0.0.1:27002']
    const backends = targets.map((target) => sampleBackend({ target }))
    api.on(`GET ${ONE}`, sampleLoadBalancer({ status: { backends } }))
    api.on(`GET ${ONE}/backends`, { items: backends.map(({ target }, index) => ({ target, status: backends[index] })) })
    for (const line of ['lb status web-lb', 'lb backend list web-lb']) {
      const { out } = await run(line, { columns, env: { NO_COLOR: '1' } })
      for (const target of targets) expect(out, line).toContain(target)
      for (const row of out.split('\n').filter((text) => text.startsWith('127.')))
        expect(row.length, row).toBeLessThanOrEqual(columns)
    }
  })

  test('gets colour, unless it or its user does not want any', async () => {
    const sequence = '\u001b['
    expect((await run('lb list', { columns: 200 })).out).toContain(sequence)
    expect((await run('lb list')).out).not.toContain(sequence)
    expect((await run('lb list --no-color', { columns: 200 })).out).not.toContain(sequence)
    expect((await run('--no-color lb list', { columns: 200 })).out).not.toContain(sequence)
    expect((await run('lb list', { columns: 200, env: { NO_COLOR: '1' } })).out).not.toContain(sequence)
    expect((await run('lb list', { columns: 200, env: { TERM: 'dumb' } })).out).not.toContain(sequence)
  })
})

describe('the rest', () => {
  test('history says what changed', async () => {
    process.env['TZ'] = 'UTC'
    const items = [
      sampleEntry(3, { action: 'rollback' }),
      sampleEntry(2, { author: 'bob', spec: { type: 'http', backends: [{ target: 'a:1' }] } }),
      sampleEntry(1),
    ]
    api.on(`GET ${ONE}/history`, { items })
    expect((await run('history web-lb')).out).toBe(
      [
        'VERSION  WHEN                 WHO  ACTION    CHANGED',
        '      3  2026-11-21 10:00:00  ann  rollback  as in version 1',
        '      2  2026-11-21 10:00:00  bob  update    +a:1',
        '      1  2026-11-21 10:00:00  ann  create    http on port 80',
        '',
      ].join('\n'),
    )
    expect(JSON.parse((await run('history web-lb -o json')).out)).toEqual(items)
  })

  test('nodes and versions', async () => {
    api.on('GET /v1/nodes', { items: [NODE] })
    expect((await run('node list')).out).toContain('node-1  all   0.1.0     2.6.12   4711   1d 2h')
    expect((await run('haproxy version')).out).toBe('2.6.12\n')
    expect((await run('version')).out).toMatch(/^fairlead \d+\.\d+\.\d+\nnode node-1: daemon 0.1.0, HAProxy 2.6.12\n$/)
    expect(
      (await run('version', { env: { FAIRLEAD_STATE_DIR: '/nowhere', FAIRLEAD_API: '127.0.0.1:1' } })).out,
    ).toMatch(/^fairlead \d\S+\n$/)
  })

  test('HAProxy on one page, with the reasons of its old workers', async () => {
    process.env['TZ'] = 'UTC'
    api.on('GET /v1/haproxy', HAPROXY)
    expect((await run('haproxy status')).out).toBe(
      [
        'HAProxy 2.6.12  Running',
        '  master       pid 42, for 1d 2h',
        '  worker       pid 60, generation 9, for 8m',
        '  connections  17 of 20000',
        '  reloads      8 done, 1 failed',
        '  because      1 start, 3 listener-added',
        '  old workers  1 of at most 10',
        '',
        'PID  GENERATION  AGE  CONNECTIONS  ENDS BY',
        ' 51           8  15m           16  2026-11-20 10:22:00',
        '',
        'Why they live',
        '  51  3 WebSockets or other tunnels, 1 TCP connection, 12 idle keep-alive clients; ends at the latest in 52 min',
        '',
        'RESERVE  FREE  USED  LEAVING',
        'http        5     3        1',
        '',
      ].join('\n'),
    )
    expect(JSON.parse((await run('haproxy status -o json')).out)).toEqual(HAPROXY)
    expect(parse((await run('haproxy status -o yaml')).out)).toEqual(HAPROXY)
    api.on('GET /v1/haproxy', { ...HAPROXY, masterPid: null, workerPid: null, oldWorkers: [], reserve: [] })
    const { out } = await run('haproxy status')
    expect(out).toContain('HAProxy 2.6.12  not running\n  master       pid -')
    expect(out).toMatch(/ {2}old workers {2}none\n$/)
  })

  test('the configuration and its check', async () => {
    api.on('GET /v1/configuration', {
      items: [
        { path: 'a.cfg', content: 'global\n' },
        { path: 'b.cfg', content: 'defaults' },
      ],
    })
    expect((await run('haproxy config')).out).toBe('# ==> a.cfg\nglobal\n\n# ==> b.cfg\ndefaults\n')
    api.on('GET /v1/check', { valid: true, output: '' })
    expect(await run('haproxy check')).toEqual({ exitCode: 0, out: 'the configuration is valid\n', err: '' })
    api.on('GET /v1/check', { valid: false, output: '[ALERT] no\n' })
    expect(await run('haproxy check')).toMatchObject({
      exitCode: 1,
      out: 'HAProxy refuses the configuration\n[ALERT] no\n',
    })
  })

  test('a deletion as JSON', async () => {
    const answer = { name: 'web-lb', deleted: true, lastApply: LIVE }
    api.on(`DELETE ${ONE}`, answer)
    expect(JSON.parse((await run('lb delete web-lb -o json')).out)).toEqual(answer)
  })
})
