// What Kontena's agents write to a real etcd, by either API: in traffic at once, never by half, and not lost with etcd.
import { afterAll, describe, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { findEtcd } from '../../src/sources/kontena/etcd-address.ts'
import { Etcd2Client } from '../../src/sources/kontena/etcd2-client.ts'
import { Etcd3Client } from '../../src/sources/kontena/etcd3-client.ts'
import { makeCertificate } from './kit/certificates.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { TestEtcd } from './kit/etcd.ts'
import { findFreePort } from './kit/free-port.ts'
import { startOrigins } from './kit/origin.ts'
import { ask, Prober } from './kit/prober.ts'

const PREFIX = '/kontena/haproxy/shop/lb'
const HASH =
  '$6$rounds=1000$fairleadtestsalt$Avqr9DIgGf1Miii7qGe7lkojW1mGx2pMlq6ZRzC3OeDPj/bnDecv9RM1YaGnvsYoYpk8CVS9uTP7X3j0D7Jbk0'

const daemons = new Daemons()
const origins = await startOrigins('a', 'b')
const [a, b] = origins.map(({ target }) => target) as [string, string]
const etcds: TestEtcd[] = []
afterAll(async () => {
  await daemons.close()
  for (const etcd of etcds) await etcd.close()
  for (const origin of origins) origin.close()
})

async function startEtcd(...certificates: Parameters<typeof TestEtcd.start>): Promise<TestEtcd> {
  const etcd = await TestEtcd.start(...certificates)
  etcds.push(etcd)
  return etcd
}

const until = (what: string, condition: () => boolean | Promise<boolean>) =>
  waitFor(condition, { timeoutMs: 60_000, what })

/** Waits until exactly these of the web servers answer requests for a host. */
const untilAnswer = (port: number, host: string, ...names: string[]) =>
  until(`${names.join(' and ') || 'nobody'} to answer for ${host}`, async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask(port, { headers: { host } })))
    const seen = new Set(answers.flatMap(({ headers }) => headers['x-origin'] ?? []))
    return [...seen].sort().join() === names.join()
  })

const hasTold = (daemon: Daemon, pattern: RegExp) => daemon.messages.some((message) => pattern.test(message))

describe.each([
  [2, 'etcd'],
  [3, 'etcd3'],
] as const)('by the v%d API', async (api, scheme) => {
  const etcd = await startEtcd()
  const port = await findFreePort()
  const flags = ['--source', `kontena=${scheme}://127.0.0.1:${etcd.port}?lb=shop/lb&http=${port}`, '--reserve', '20']
  const write = async (keys: Readonly<Record<string, string>>) => {
    for (const [path, value] of Object.entries(keys)) await etcd.set(api, `${PREFIX}/${path}`, value)
  }
  const web = (target: string) => ({
    'services/shop-web/balance': 'roundrobin',
    'services/shop-web/virtual_hosts': 'www.example.com,127.0.0.1',
    'services/shop-web/upstreams/shop.web-1': target,
  })
  let daemon: Daemon

  test('keys are in traffic, and so is each change of them', async () => {
    daemon = await daemons.start({ flags })
    if (api === 2) expect(await etcd.v2('GET', `${PREFIX}?recursive=true`)).toContain('tcp-services')
    const tcpPort = await findFreePort()
    await write(web(a))
    await write({ 'tcp-services/shop-db/external_port': String(tcpPort), 'tcp-services/shop-db/upstreams/db-1': b })
    await untilAnswer(port, 'www.example.com', 'a')
    await untilAnswer(tcpPort, 'any', 'b')
    await write({ 'services/shop-web/upstreams/shop.web-2': b })
    await untilAnswer(port, 'www.example.com', 'a', 'b')
    await etcd.remove(api, `${PREFIX}/services/shop-web/upstreams/shop.web-1`)
    await untilAnswer(port, 'www.example.com', 'b')
    await write({ 'services/shop-web/virtual_hosts': 'new.example.com,127.0.0.1' })
    await untilAnswer(port, 'new.example.com', 'b')
    await etcd.remove(api, `${PREFIX}/tcp-services/shop-db`)
    await until('the port to be closed', async () => (await ask(tcpPort)).error === 'ECONNREFUSED')
    await write(web(a))
    await etcd.remove(api, `${PREFIX}/services/shop-web/upstreams/shop.web-2`)
    await untilAnswer(port, 'www.example.com', 'a')
  })

  test('a service that is written key by key is never there before its passwords', async () => {
    const statuses = new Set<number>()
    const looking = until('a question for the password', async () => {
      statuses.add((await ask(port, { headers: { host: 'admin.example.com' } })).status)
      return statuses.has(401)
    })
    const keys = {
      'services/shop-admin/upstreams/shop.admin-1': a,
      'services/shop-admin/balance': 'roundrobin',
      'services/shop-admin/virtual_hosts': 'admin.example.com',
      'services/shop-admin/basic_auth_secrets': `user ann password ${HASH}\nuser bob password ${HASH}`,
    }
    await write(keys)
    await looking
    expect(statuses.has(200)).toBe(false)
    await etcd.remove(api, `${PREFIX}/services/shop-admin`)
  })

  test('etcd is killed and comes back, then without its data: no request fails, and what changed is followed', async () => {
    const load = new Prober(port).start({ keepAlive: 5, fresh: 2, thinkMs: 50 })
    await etcd.kill()
    await until('the loss to be told', () => hasTold(daemon, /cannot be reached.*what it said last goes on to hold$/))
    await etcd.resume()
    await write({ 'services/shop-web/upstreams/shop.web-2': b })
    await untilAnswer(port, 'www.example.com', 'a', 'b')
    await etcd.wipe()
    await until('the doubt to be told', () => hasTold(daemon, /shop\/lb lost what it listed in services: it goes on/))
    await untilAnswer(port, 'www.example.com', 'a', 'b')
    await write(web(b))
    await untilAnswer(port, 'www.example.com', 'b')
    expect((await load.stop()).failures).toEqual([])
    expect(load.seen.requests).toBeGreaterThan(20)
    expect(daemon.messages.filter((one) => /lost what it listed/.test(one) && /^etcd/.test(one))).toHaveLength(1)
  })

  test('a prefix that is gone takes nothing away, not even over a restart of the daemon, until a key says so', async () => {
    await etcd.remove(api, PREFIX)
    const { body } = await daemon.ask('GET', '/v1/load-balancers')
    const names: string[] = body.items.map(({ name }: { name: string }) => name)
    const problems = async () => {
      const all = await Promise.all(names.map((name) => daemon.ask('GET', `/v1/load-balancers/${name}`)))
      return JSON.stringify(all.map((answer) => answer.body.status.problems))
    }
    await until('the doubt in its status', async () => (await problems()).includes('lost what it listed in services'))
    await daemon.kill()
    daemon = await daemons.start({ flags, stateDir: daemon.stateDir, api: daemon.api })
    await until('the doubt to be told', () => hasTold(daemon, /shop\/lb lost what it listed/))
    await untilAnswer(port, 'www.example.com', 'b')
    await write({ empty: 'true' })
    await untilAnswer(port, 'www.example.com')
    await daemon.stop()
  })

  test('a watch from an index that is not known any more says that everything is to be read again', async () => {
    const client = new (api === 2 ? Etcd2Client : Etcd3Client)(settingOf(etcd, scheme).endpoint, PREFIX)
    const signal = AbortSignal.timeout(15_000)
    await client.open(signal)
    // v2 knows the last thousand events.
    const many = Array.from({ length: api === 2 ? 1100 : 2 }, (_, index) => etcd.set(api, '/elsewhere', String(index)))
    await Promise.all(many)
    if (api === 3) await etcd.v3('kv/compaction', { revision: (await client.read(signal)).index })
    await client.follow('1', () => {}, signal)
    client.close()
  })
})

function settingOf(etcd: TestEtcd, scheme: string, environment: Record<string, string> = {}) {
  const found = findEtcd(`${scheme}://127.0.0.1:${etcd.port}?lb=lb`, environment)
  if (!found.ok) throw new Error(found.message)
  return found.value
}

test('etcd3s:// with a certificate of ours, user and password; a wrong password is told, and no password ever', async () => {
  const authority = await makeCertificate([], { isAuthority: true })
  const etcd = await startEtcd({
    authority,
    own: await makeCertificate(['localhost'], { by: authority, subject: '/O=Test' }),
  })
  const all = {
    key: Buffer.from(`${PREFIX}/`).toString('base64'),
    range_end: Buffer.from(`${PREFIX}0`).toString('base64'),
  }
  await etcd.v3('auth/role/add', { name: 'reader' })
  await etcd.v3('auth/role/grant', { name: 'reader', perm: { permType: 'READ', ...all } })
  for (const [name, role] of [
    ['root', 'root'],
    ['fairlead', 'reader'],
  ]) {
    await etcd.v3('auth/user/add', { name, password: `${name}-secret` })
    await etcd.v3('auth/user/grant', { user: name, role })
  }
  await etcd.v3('auth/enable')
  etcd.token = (await etcd.v3('auth/authenticate', { name: 'root', password: 'root-secret' })).token
  const port = await findFreePort()
  const at = (name: string) => `${etcd.folder}/${name}`
  const env = {
    ETCD_NODE: `localhost:${etcd.port}`,
    ETCD_USER: 'fairlead',
    ETCD_CA_FILE: at('ca.pem'),
    ETCD_CERT_FILE: at('cert.pem'),
    ETCD_KEY_FILE: at('key.pem'),
    KONTENA_SERVICE_NAME: 'lb',
    KONTENA_STACK_NAME: 'shop',
  }
  const flags = ['--source', `kontena=etcd3s://?http=${port}`]
  const wrong = await daemons.begin({ flags, env: { ...env, ETCD_PASSWORD: 'wrong-secret' } })
  await until('the refusal', () => hasTold(wrong, /does not let us in: 400 \(.*authentication failed/))
  await wrong.kill()
  const daemon = await daemons.start({ flags, env: { ...env, ETCD_PASSWORD: 'fairlead-secret' } })
  await etcd.set(3, `${PREFIX}/services/web/virtual_hosts`, 'www.example.com')
  await etcd.set(3, `${PREFIX}/services/web/upstreams/web-1`, a)
  await untilAnswer(port, 'www.example.com', 'a')
  expect(wrong.output + daemon.output).not.toContain('-secret')
})
