// A domain is all a user gives: the record is made in a real DNS server, the CA finds it, and HTTPS serves; also for a wildcard.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { Bind } from './kit/bind.ts'
import { askTls } from './kit/certificates.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { type Origin, startOrigins } from './kit/origin.ts'
import { Pebble } from './kit/pebble.ts'

const ZONE = 'example.test'
const daemons = new Daemons()
let origin: Origin
let bind: Bind
let pebble: Pebble
let http: number
let before: readonly string[]

beforeAll(async () => {
  ;[origin] = (await startOrigins('a')) as [Origin]
  bind = await Bind.start({ [ZONE]: { records: ['www A 192.0.2.80', 'alias CNAME www'] } })
  http = await findFreePort()
  pebble = await Pebble.start({ httpPort: http, dnsServer: `${bind.server.host}:${bind.server.port}` })
  before = await readZone()
})
afterEach(() => daemons.close())
afterAll(async () => {
  await pebble?.close()
  await bind?.close()
  origin?.close()
})

/** What stands in the zone, but for its serial. */
async function readZone(): Promise<string[]> {
  return (await bind.transfer(ZONE)).filter((line) => !/\sSOA\s/.test(line)).sort()
}

function start(...flags: string[]): Promise<Daemon> {
  const { host, port } = bind.server
  const setting = `rfc2136:${ZONE}?server=${host}:${port}&key-file=${bind.keyFile}&name-server-port=${port}`
  const dns = ['--dns', setting, '--dns-owner', 'test-node', '--public-address', '127.0.0.1', '--dns-ttl', '30s']
  const acme = ['--acme-directory', pebble.directoryUrl, '--acme-ca', pebble.trustFile]
  return daemons.start({ flags: [...dns, ...acme, ...flags] })
}

async function listRecords(daemon: Daemon) {
  const { items } = JSON.parse(await daemon.must('dns', 'list', '-o', 'json'))
  return new Map(items.map((item: { domain: string }) => [item.domain, item]))
}

test('the record is made, the CA finds it, https serves; what is somebody else’s is left alone and named; all of ours goes', async () => {
  const daemon = await start()
  const https = await findFreePort()
  const domains = ['app.example.test', '*.wild.example.test', 'www.example.test', 'alias.example.test']
  const spec = { port: http, backends: [{ target: origin.target }], tls: { port: https, domains } }
  expect((await daemon.ask('POST', '/v1/load-balancers', { name: 'web', spec })).status).toBe(201)
  const root = await pebble.root()
  const ask = async (name: string) => (await askTls(https, name, { ca: root, rejectUnauthorized: true })).status
  await waitFor(async () => (await ask('app.example.test')) === 200 && (await ask('any.wild.example.test')) === 200, {
    timeoutMs: 60_000,
    what: 'https for the name and for the wildcard',
  })
  const ours = ['app', '*.wild'].flatMap((name) => [
    `${name}.${ZONE}. 30 IN A 127.0.0.1`,
    `_fairlead.${name.replace('*', '_wildcard')}.${ZONE}. 30 IN TXT "heritage=fairlead,owner=test-node"`,
  ])
  await waitFor(async () => (await readZone()).every((line) => !line.includes('_acme-challenge')), {
    timeoutMs: 60_000,
    what: 'the proof to be taken back',
  })
  expect(await readZone()).toEqual([...before, ...ours].sort())

  const listed = await listRecords(daemon)
  expect(listed.get('app.example.test')).toMatchObject({ state: 'current', addresses: ['127.0.0.1'], lastError: null })
  expect(listed.get('www.example.test')).toMatchObject({
    state: 'foreign',
    lastError: expect.stringMatching(/www\.example\.test has 192\.0\.2\.80, and no ownership record/),
  })
  expect(listed.get('alias.example.test')).toMatchObject({
    state: 'foreign',
    lastError: expect.stringContaining('CNAME'),
  })
  expect(await daemon.must('dns', 'list')).toMatch(/^app\.example\.test +current +127\.0\.0\.1 +rfc2136 at/m)

  await daemon.must('dns', 'take-over', 'www.example.test')
  await waitFor(async () => (await bind.ask(bind.server, `www.${ZONE}`, 'A')).join().endsWith('127.0.0.1'), {
    timeoutMs: 60_000,
    what: 'the name to be taken over',
  })
  const unknown = await daemon.run(['dns', 'take-over', 'nobody.example.test'])
  expect([unknown.code, unknown.err]).toEqual([3, expect.stringContaining('no load balancer has the domain')])

  await daemon.must('lb', 'delete', 'web')
  const left = before.filter((line) => !line.startsWith('www.'))
  await waitFor(async () => (await readZone()).join() === left.join(), { timeoutMs: 60_000, what: 'our records to go' })
})

test('planned only: the zone stays as it is, and what would be done is shown', async () => {
  const zone = await readZone()
  const daemon = await start('--dns-policy', 'none')
  const spec = {
    port: http,
    backends: [{ target: origin.target }],
    tls: { domain: 'new.example.test', port: await findFreePort() },
  }
  await daemon.ask('POST', '/v1/load-balancers', { name: 'web', spec })
  expect(await daemon.must('dns', 'plan')).toMatch(/^new\.example\.test +create +127\.0\.0\.1/m)
  expect(await readZone()).toEqual(zone)
})
