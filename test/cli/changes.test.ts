// Every command that changes something: the request it sends, word for word.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FakeApi, startFakeApi } from '../fakes/fake-api.ts'
import { runCommand } from './run-command.ts'
import { LIVE, sampleLoadBalancer } from './samples.ts'

let api: FakeApi
beforeEach(async () => {
  api = await startFakeApi()
})
afterEach(() => api.close())

const ONE = '/v1/load-balancers/web-lb'

const CHANGES: readonly [line: string, request: string, body: unknown][] = [
  // The platform's own examples, as they stand.
  [
    'lb create --name web-lb --type http --vpc prod',
    'POST /v1/load-balancers',
    { name: 'web-lb', spec: { type: 'http', vpc: 'prod' } },
  ],
  [
    'lb create --name db-lb --type tcp --port 5432 --vpc prod',
    'POST /v1/load-balancers',
    { name: 'db-lb', spec: { type: 'tcp', vpc: 'prod', port: 5432 } },
  ],
  [
    'lb backend add web-lb --target web-1:8080 --target web-2:8080 --health-check "http:/health:5s"',
    `POST ${ONE}/backends`,
    {
      backends: [{ target: 'web-1:8080' }, { target: 'web-2:8080' }],
      healthCheck: { type: 'http', path: '/health', interval: '5s' },
    },
  ],
  [
    'lb sticky set web-lb --mode cookie --cookie-name SERVERID',
    `PUT ${ONE}/sticky`,
    { mode: 'cookie', cookieName: 'SERVERID' },
  ],
  [
    'lb rate-limit set web-lb --requests 100 --window 60s --action deny',
    `PUT ${ONE}/rate-limit`,
    { requests: 100, window: '60s', action: 'deny' },
  ],
  // Their neighbours.
  [
    'lb tls set web-lb --certificate my-cert --port 8443 --min-version 1.3 --no-redirect',
    `PUT ${ONE}/tls`,
    { certificate: 'my-cert', port: 8443, minVersion: '1.3', redirect: false },
  ],
  ['lb tls set web-lb --certificate a --certificate b', `PUT ${ONE}/tls`, { certificate: ['a', 'b'] }],
  ['lb tls set web-lb --certificate-file /etc/ssl/web.pem', `PUT ${ONE}/tls`, { certificateFile: '/etc/ssl/web.pem' }],
  [
    'lb tls set web-lb --certificate my-cert --client-ca /etc/ssl/ca.pem --client-certificate optional',
    `PUT ${ONE}/tls`,
    { certificate: 'my-cert', clientCa: '/etc/ssl/ca.pem', clientCertificate: 'optional' },
  ],
  [
    'lb tls set web-lb --certificate my-cert --settings modern --hsts',
    `PUT ${ONE}/tls`,
    { certificate: 'my-cert', settings: 'modern', hsts: true },
  ],
  ['lb tls set web-lb --certificate my-cert --default', `PUT ${ONE}/tls`, { certificate: 'my-cert', default: true }],
  [
    'lb tls set web-lb --certificate my-cert --strict-sni',
    `PUT ${ONE}/tls`,
    { certificate: 'my-cert', strictSni: true },
  ],
  ['lb tls unset web-lb', `DELETE ${ONE}/tls`, undefined],
  [
    'lb create --name web-lb --bind 127.0.0.1 --algorithm leastconn --target a:1 --target [::1]:2 --health-check tcp::2s --label team=web --label a=b=c',
    'POST /v1/load-balancers',
    {
      name: 'web-lb',
      labels: { team: 'web', a: 'b=c' },
      spec: {
        bind: '127.0.0.1',
        algorithm: 'leastconn',
        backends: [{ target: 'a:1' }, { target: '[::1]:2' }],
        healthCheck: { type: 'tcp', interval: '2s' },
      },
    },
  ],
  [
    'lb backend add web-lb web-3:8080 --weight 2 --max-connections 100 --backup --pool v2',
    `POST ${ONE}/backends?pool=v2`,
    { backends: [{ target: 'web-3:8080', weight: 2, maxConnections: 100, backup: true }] },
  ],
  ['lb backend add web-lb web-3', `POST ${ONE}/backends`, { backends: [{ target: 'web-3' }] }],
  ['lb backend remove web-lb [::1]:80', `DELETE ${ONE}/backends/%5B%3A%3A1%5D%3A80`, undefined],
  ['lb backend remove web-lb --target web-1:8080 --pool v2', `DELETE ${ONE}/backends/web-1%3A8080?pool=v2`, undefined],
  ['lb backend drain web-lb web-1:8080', `PATCH ${ONE}/backends/web-1%3A8080`, { state: 'drain' }],
  ['lb backend ready web-lb web-1:8080', `PATCH ${ONE}/backends/web-1%3A8080`, { state: 'ready' }],
  ['lb backend maint web-lb --target web-1:8080', `PATCH ${ONE}/backends/web-1%3A8080`, { state: 'maint' }],
  ['lb backend weight web-lb web-1:8080 0', `PATCH ${ONE}/backends/web-1%3A8080`, { weight: 0 }],
  ['lb backend weight web-lb --target web-1:8080 --weight 7', `PATCH ${ONE}/backends/web-1%3A8080`, { weight: 7 }],
  ['lb sticky set web-lb --mode source --pool v2', `PUT ${ONE}/sticky?pool=v2`, { mode: 'source' }],
  ['lb sticky unset web-lb', `DELETE ${ONE}/sticky`, undefined],
  ['lb rate-limit unset web-lb', `DELETE ${ONE}/rate-limit`, undefined],
  [
    'lb rate-limit set web-lb --requests 5 --window 1m --key header:X-Api-Key --burst 2',
    `PUT ${ONE}/rate-limit`,
    { requests: 5, window: '1m', key: 'header:X-Api-Key', burst: 2 },
  ],
  [
    'lb health-check set web-lb http:/up:5s --fall 5 --status 200',
    `PUT ${ONE}/health-check`,
    { type: 'http', path: '/up', interval: '5s', fall: 5, status: '200' },
  ],
  [
    'lb health-check set web-lb custom:PING/PONG:1s',
    `PUT ${ONE}/health-check`,
    { type: 'custom', send: 'PING', expect: 'PONG', interval: '1s' },
  ],
  ['lb health-check unset web-lb', `DELETE ${ONE}/health-check`, undefined],
  [
    'lb route add web-lb --host api.example.com --path /v2 --target api-1:8080 --algorithm source',
    `POST ${ONE}/routes`,
    { match: { host: 'api.example.com', path: '/v2' }, backends: [{ target: 'api-1:8080' }], algorithm: 'source' },
  ],
  ['lb route add web-lb --path /shop --pool shop', `POST ${ONE}/routes`, { match: { path: '/shop' }, pool: 'shop' }],
  [
    'lb route remove web-lb --host *.example.com --path /v2',
    `DELETE ${ONE}/routes?host=*.example.com&path=%2Fv2`,
    undefined,
  ],
  ['rollback web-lb --to 2', `POST ${ONE}/rollback`, { version: 2 }],
]

for (const [line, request, body] of CHANGES) {
  test(`${line}: ${request}`, async () => {
    api.on(request.replace(/\?.*/, ''), sampleLoadBalancer())
    const ran = await runCommand(line, { stateDir: api.stateDir })
    expect(ran).toEqual({ exitCode: 0, out: 'web-lb: live in 8 ms, no reload\n', err: '' })
    const [sent] = api.received
    expect(`${sent?.method} ${sent?.path}`).toBe(request)
    expect(sent?.body).toEqual(body)
  })
}

test('delete names each load balancer and how it went', async () => {
  for (const name of ['a', 'b']) api.on(`DELETE /v1/load-balancers/${name}`, { name, deleted: true, lastApply: LIVE })
  const ran = await runCommand('lb delete a b', { stateDir: api.stateDir })
  expect(ran.out).toBe('a: deleted, live in 8 ms, no reload\nb: deleted, live in 8 ms, no reload\n')
})

test('several targets are changed one after the other, and the first refusal ends it', async () => {
  api.on(`DELETE ${ONE}/backends/a%3A1`, sampleLoadBalancer())
  const ran = await runCommand('lb backend remove web-lb a:1 b:1 c:1', { stateDir: api.stateDir })
  expect(ran.exitCode).toBe(3)
  expect(api.writes()).toEqual([`DELETE ${ONE}/backends/a%3A1`, `DELETE ${ONE}/backends/b%3A1`])
})

test('--no-wait and --dry-run stand in the query beside the pool', async () => {
  api.on(`PUT ${ONE}/sticky`, sampleLoadBalancer())
  await runCommand('lb sticky set web-lb --mode source --no-wait', { stateDir: api.stateDir })
  await runCommand('lb sticky set web-lb --mode source --pool v2 --no-wait', { stateDir: api.stateDir })
  api.on(`PUT ${ONE}/sticky`, { plan: [], reload: false, because: [], problems: [] })
  await runCommand('lb sticky set web-lb --mode source --dry-run', { stateDir: api.stateDir })
  expect(api.writes()).toEqual([
    `PUT ${ONE}/sticky?wait=false`,
    `PUT ${ONE}/sticky?pool=v2&wait=false`,
    `PUT ${ONE}/sticky?dryRun=true`,
  ])
})

test('history learns who made a change', async () => {
  api.on(`PUT ${ONE}/sticky`, sampleLoadBalancer())
  await runCommand('lb sticky set web-lb --mode source', { stateDir: api.stateDir })
  expect(api.received[0]?.headers['x-fairlead-author']).toMatch(/^\S/)
})

test('names of a load balancer cannot reach another path', async () => {
  await runCommand(['lb', 'get', '../nodes?x=1'], { stateDir: api.stateDir })
  expect(api.received[0]?.path).toBe('/v1/load-balancers/..%2Fnodes%3Fx%3D1')
})
