// Commands that read files: apply, plan, diff, create -f.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FakeApi, startFakeApi } from '../fakes/fake-api.ts'
import { runCommand } from './run-command.ts'
import { RELOADED, sampleLoadBalancer } from './samples.ts'

let api: FakeApi
let folder: string
let file: string
beforeEach(async () => {
  api = await startFakeApi()
  folder = await mkdtemp(join(tmpdir(), 'fairlead-files-'))
  file = join(folder, 'lb.yml')
})
afterEach(async () => {
  await api.close()
  await rm(folder, { recursive: true })
})

const ONE = '/v1/load-balancers/web-lb'
const NO_PLAN = { plan: [], reload: false, because: [], problems: [] }
const TWO = `
name: web-lb
spec:
  backends: [{ target: "web-1:8080" }]
---
# a comment
metadata: { name: db-lb }
kind: LoadBalancer
spec: { type: tcp, port: 5432, health_check: { interval_seconds: 5 } }
---
`
const run = (line: string, input = '') => runCommand(line, { stateDir: api.stateDir, input })

describe('apply', () => {
  test('sends every document, and says what became of each', async () => {
    await writeFile(file, TWO)
    api.on('POST /v1/plan', NO_PLAN)
    api.on('GET /v1/load-balancers', { items: [sampleLoadBalancer({ version: 2 })] })
    api.on(`PUT ${ONE}`, sampleLoadBalancer({ version: 3 }))
    api.on(
      'PUT /v1/load-balancers/db-lb',
      sampleLoadBalancer({ name: 'db-lb', version: 1, status: { lastApply: RELOADED } }),
    )
    const ran = await run(`apply -f ${file}`)
    expect(ran).toEqual({
      exitCode: 0,
      out:
        'web-lb: updated, live in 8 ms, no reload\n' +
        'db-lb: created, live in 62 ms, reloaded because new listener 0.0.0.0:80\n',
      err: '',
    })
    const puts = api.received.filter(({ method }) => method === 'PUT')
    expect(puts.map(({ body }) => body)).toEqual([
      { name: 'web-lb', spec: { backends: [{ target: 'web-1:8080' }] } },
      { name: 'db-lb', spec: { type: 'tcp', port: 5432, healthCheck: { interval: '5s' } } },
    ])
  })

  test('leaves alone what is as it should be', async () => {
    const { name, spec } = sampleLoadBalancer()
    api.on(`GET ${ONE}`, sampleLoadBalancer())
    const ran = await run('apply -f -', JSON.stringify({ items: [{ name, spec }] }))
    expect(ran).toMatchObject({ exitCode: 0, out: 'web-lb: unchanged\n' })
    expect(api.writes()).toEqual([])
  })

  test('with -o json prints what there is now', async () => {
    api.on(`PUT ${ONE}`, sampleLoadBalancer())
    const { out } = await run('apply -f - -o json', 'name: web-lb\nspec: {}\n')
    expect(JSON.parse(out)).toEqual(sampleLoadBalancer())
  })

  test('with --dry-run asks for one plan for all', async () => {
    api.on('POST /v1/plan', { ...NO_PLAN, plan: ['reload because web-lb: new pool web-lb.main'], reload: true })
    const ran = await run('apply -f - --dry-run', TWO)
    expect(ran.out).toBe('reload because web-lb: new pool web-lb.main\n')
    expect(api.writes()).toEqual(['POST /v1/plan'])
  })

  test('refuses everything for one mistake, at its line and column', async () => {
    await writeFile(
      file,
      `${TWO}name: c\nspec:\n  port: 0\n  backens: []\n  backends:\n    - target: a:1\n      weight: 300\n`,
    )
    const ran = await run(`apply -f ${file}`)
    expect(ran.exitCode).toBe(5)
    expect(ran.err.split('\n')).toEqual([
      'fairlead: 3 mistakes, and nothing was changed',
      `  ${file}:13:9: spec.port: 0 is too small; use 1 to 65535`,
      `  ${file}:17:15: spec.backends[0].weight: 300 is too large; use 0 to 256`,
      `  ${file}:14:3: spec.backens: there is no key "backens" here; did you mean backends?`,
      '',
    ])
    expect(api.received).toEqual([])
  })

  const MISTAKES: readonly [name: string, text: string, says: string][] = [
    ['a syntax error', 'name: web-lb\nspec: [\n', 'standard input:3:1: '],
    ['an alias of nothing', 'name: *x\nspec: {}\n', 'standard input:1:1: Unresolved alias'],
    ['a text', 'hello', 'standard input:1:1: '],
    ['nothing', '# only a comment\n', 'standard input: holds no load balancer; it needs name and spec'],
    ['a name twice', 'name: a\nspec: {}\n---\nname: a\nspec: {}\n', 'standard input: a stands there more than once'],
    ['another kind', 'kind: Service\nname: a\nspec: {}\n', '"Service" is no kind Fairlead knows; use LoadBalancer'],
    [
      'a bad target',
      'name: a\nspec:\n  backends:\n    - target: "a b:1"\n',
      'standard input:4:15: spec.backends[0].target: "a b:1" is not a target',
    ],
    ['what does not go together', 'name: a\nspec:\n  type: tcp\n', 'standard input:2:1: spec.port: is missing'],
    [
      'snake case',
      'name: a\nspec:\n  health_check:\n    interval: 5x\n',
      'standard input:4:15: spec.healthCheck.interval',
    ],
    [
      'a mistake in a list',
      '- name: a\n  spec: {}\n- name: B\n  spec: {}\n',
      'standard input:3:9: name: "B" is not a name',
    ],
  ]
  for (const [name, text, says] of MISTAKES) {
    test(`refuses ${name}`, async () => {
      const ran = await run('apply -f -', text)
      expect(ran.err).toContain(says)
      expect(ran).toMatchObject({ exitCode: 5, out: '' })
      expect(api.received).toEqual([])
    })
  }

  test('changes nothing when the daemon would refuse one of several', async () => {
    const problems = [{ code: 'conflict', path: 'spec.port', message: 'port 80 belongs to a' }]
    api.on('GET /v1/load-balancers', { items: [] })
    api.on('POST /v1/plan', { ...NO_PLAN, problems })
    const ran = await run('apply -f -', TWO)
    expect(ran).toMatchObject({ exitCode: 4, err: 'fairlead: spec.port: port 80 belongs to a\n' })
    expect(api.writes()).toEqual(['POST /v1/plan'])
  })

  test('changes nothing when one of them comes from elsewhere', async () => {
    const foreign = sampleLoadBalancer({ origin: { source: 'file', id: 'x.yml' } })
    api.on('GET /v1/load-balancers', { items: [foreign] })
    const ran = await run('apply -f -', TWO)
    expect(ran).toMatchObject({ exitCode: 4 })
    expect(ran.err).toContain('web-lb comes from file x.yml and can only be changed there')
    expect(api.writes()).toEqual([])
  })

  test('a file that is not there', async () => {
    const ran = await run(`apply -f ${file}`)
    expect(ran).toMatchObject({ exitCode: 1, err: `fairlead: ${file} cannot be read: there is no such file\n` })
  })

  test('the same name in two files', async () => {
    await writeFile(file, 'name: a\nspec: {}\n')
    const ran = await run(`apply -f ${file} -f -`, 'name: a\nspec: {}\n')
    expect(ran.err).toContain(`standard input: a stands in ${file} too`)
  })
})

describe('plan', () => {
  test('prints the lines, and whether it needs a reload', async () => {
    api.on('POST /v1/plan', { ...NO_PLAN, plan: ['web-lb: server a:1 in web-lb.main weight 1 -> 2'] })
    const ran = await run('plan -f -', TWO)
    expect(ran.out).toBe('web-lb: server a:1 in web-lb.main weight 1 -> 2\nno reload is needed\n')
    expect(api.received[0]?.body).toMatchObject({ resources: [{ name: 'web-lb' }, { name: 'db-lb' }] })
  })

  test('of nothing new', async () => {
    api.on('POST /v1/plan', NO_PLAN)
    expect((await run('plan -f -', TWO)).out).toBe('nothing would change\n')
    expect(JSON.parse((await run('plan -f - -o json', TWO)).out)).toEqual(NO_PLAN)
  })

  test('fails where the daemon would refuse', async () => {
    api.on('POST /v1/plan', {
      ...NO_PLAN,
      problems: [{ code: 'invalid', message: 'HAProxy refuses it: no such keyword' }],
    })
    expect(await run('plan -f -', TWO)).toMatchObject({ exitCode: 5, out: '' })
  })
})

describe('diff', () => {
  test('is silent and 0 where there is none', async () => {
    const { name, spec } = sampleLoadBalancer()
    api.on(`GET ${ONE}`, sampleLoadBalancer())
    expect(await run('diff -f -', JSON.stringify({ spec, name }))).toEqual({ exitCode: 0, out: '', err: '' })
  })

  test('shows the lines that differ, and is 1', async () => {
    api.on(
      `GET ${ONE}`,
      sampleLoadBalancer({ spec: { type: 'http', port: 80, backends: [{ target: 'a:1', weight: 2 }] } }),
    )
    const text = 'name: web-lb\nspec: {port: 81, type: http, backends: [{weight: 2, target: "a:1"}, {target: "b:1"}]}\n'
    const ran = await run('diff -f -', text)
    expect(ran).toMatchObject({ exitCode: 1, err: '' })
    expect(ran.out).toBe(
      [
        '--- web-lb (live)',
        '+++ web-lb (standard input)',
        '@@ -4,4 +4,5 @@',
        '   backends:',
        '     - target: a:1',
        '       weight: 2',
        '-  port: 80',
        '+    - target: b:1',
        '+  port: 81',
        '',
      ].join('\n'),
    )
  })

  test('of one that is not there yet is all of it', async () => {
    const ran = await run('diff -f -', 'name: web-lb\nspec: {type: http}\n')
    expect(ran.exitCode).toBe(1)
    expect(ran.out).toContain('@@ -0,0 +1,3 @@\n+name: web-lb\n+spec:\n+  type: http\n')
  })
})

describe('create -f', () => {
  test('takes the file, and options win', async () => {
    api.on('POST /v1/load-balancers', sampleLoadBalancer())
    await writeFile(file, 'name: web-lb\nlabels: {a: b, c: d}\nspec: {port: 80, backends: [{target: "a:1"}]}\n')
    await run(`lb create -f ${file} --name other --port 81 --target b:1 --label a=x`)
    expect(api.received[0]?.body).toEqual({
      name: 'other',
      labels: { a: 'x', c: 'd' },
      spec: { port: 81, backends: [{ target: 'a:1' }, { target: 'b:1' }] },
    })
  })

  test('takes one resource', async () => {
    const ran = await run('lb create -f -', TWO)
    expect(ran).toMatchObject({ exitCode: 2 })
    expect(ran.err).toContain('holds 2 load balancers; use `fairlead apply -f -`')
  })
})
