// Containers balanced by their labels, with a real Docker engine: the seed's README walked through, and what is shown of it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import type { Daemon } from './kit/daemon.ts'
import { DockerStand } from './kit/docker-stand.ts'

let stand: DockerStand
let daemon: Daemon
beforeAll(async () => {
  stand = await DockerStand.start({ light: true })
  daemon = await stand.follow()
})
afterAll(() => stand?.close())

/** The lines from the last heading on. */
function lastChange(): string[] {
  const { messages } = daemon
  return messages.slice(messages.lastIndexOf('Backends changed. Reconfiguring haproxy with:'))
}

test('the README of docker-loadbalancer: one container, the log, another one, the log, traffic to both', async () => {
  await stand.web('web1', { publish: 80 })
  await stand.untilNames(80, ['web1'])
  expect(lastChange().slice(0, 3)).toEqual([
    'Backends changed. Reconfiguring haproxy with:',
    'Publish port 80 HTTP',
    'Backend web1 at 172.17.0.2 , port 80',
  ])
  await stand.web('web2', { publish: 80 })
  await stand.untilNames(80, ['web1', 'web2'])
  await waitFor(() => lastChange().length > 5, { timeoutMs: 60_000, what: 'the change to be told to its end' })
  expect(lastChange()).toEqual([
    'Backends changed. Reconfiguring haproxy with:',
    'Publish port 80 HTTP',
    'Backend web1 at 172.17.0.2 , port 80',
    'Backend web2 at 172.17.0.3 , port 80',
    expect.stringMatching(/^docker-80: server 172\.17\.0\.3:80 .* added$/),
    expect.stringMatching(/^docker-80: live in \d+ ms, no reload$/),
  ])
  // A client stays where it was, as the template's `stick on src` has it.
  const own = new Set<string>()
  for (let round = 0; round < 10; round++) own.add((await stand.ask(80, { from: '127.9.9.9' })).body)
  expect(own.size).toBe(1)
})

test('explain, lb list and lb status tell of it; the API says who owns it, and changes nothing', async () => {
  expect(await stand.explain(daemon, 'web2')).toMatchObject({
    container: 'web2',
    state: 'running',
    services: [
      { state: 'serving', loadBalancer: 'docker-80', target: '172.17.0.3:80', network: 'bridge', remarks: [] },
    ],
  })
  expect(await daemon.must('explain', 'web1')).toContain('traffic goes to  172.17.0.2:80 over network bridge')
  expect((await daemon.run(['explain', 'web3'])).code).toBe(3)
  expect(await daemon.must('lb', 'list')).toMatch(/^docker-80 .*docker/m)
  expect(await daemon.must('lb', 'status', 'docker-80')).toMatch(/docker/)
  const { body } = await daemon.ask('GET', '/v1/load-balancers/docker-80')
  expect(body.metadata ?? body).toMatchObject({ origin: expect.objectContaining({}) })
  const path = '/v1/load-balancers/docker-80'
  for (const [method, body] of [
    ['PATCH', { spec: { algorithm: 'roundrobin' } }],
    ['DELETE', undefined],
  ] as const) {
    const answer = await daemon.ask(method, path, body)
    expect(answer.status).toBe(409)
    expect(JSON.stringify(answer.body)).toContain('docker')
  }
  expect(await daemon.run(['lb', 'delete', 'docker-80'])).toMatchObject({ code: 4 })
  await stand.untilNames(80, ['web1', 'web2'])
})

test('hostile label values: none adds a directive or a port, and the neighbours are served', async () => {
  const hostile = [
    { dst_addr: '*:7777\n    http-request deny #' },
    { host: 'a.example.com } || TRUE #' },
    { path: '/x\n  http-request deny' },
    { 'headers.response.set.X-Evil': 'a\r\nSet-Cookie: b" \'#%[src]\n  bind :7777' },
    { 'unavailable.body': '"; bind :7777 #\n\\' },
    { ssl: '/etc/passwd\nbind :7777' },
    { name: 'x\nfrontend y\n bind :7777' },
    { 'sticky.cookie-name': 'A;B\nbind :7777' },
    { 'health-check': 'http:/h\nbind :7777:5s' },
    { 'redirect.to': 'https://x/"\nbind :7777' },
  ]
  for (const [index, labels] of hostile.entries())
    await stand.web(`hostile-${index}`, { publish: 4000 + index, ...labels })
  await stand.web('web3', { publish: 82 })
  await stand.untilNames(82, ['web3'])
  const { out } = await daemon.run(['haproxy', 'config'])
  const lines = out.split('\n').map((line) => line.trim())
  expect(lines.length).toBeGreaterThan(20)
  expect(lines.filter((line) => /7777/.test(line) && !/^(http-request|http-response|http-error) /.test(line))).toEqual(
    [],
  )
  expect(lines.filter((line) => /^bind .*7777/.test(line) || line.startsWith('http-request deny #'))).toEqual([])
  expect((await stand.ask(7777)).error).toBe('ECONNREFUSED')
  await stand.untilNames(80, ['web1', 'web2'])
  const whys = await Promise.all(hostile.map((_, index) => stand.explain(daemon, `hostile-${index}`)))
  // An answer's text may be anything: it stands in quotes, with its newlines escaped. All the others are refused.
  const served = whys.filter(({ services }) => services[0].state !== 'out')
  expect(served.map(({ container }) => container)).toEqual(['hostile-4'])
})

test("Kontena's variables on a container count as well; without instances its hosts do not fall to another", async () => {
  const variables = { NAME: 'shop', KONTENA_LB_VIRTUAL_HOSTS: 'shop.example.com', KONTENA_LB_KEEP_VIRTUAL_PATH: 'true' }
  await stand.docker.run(
    'shop-1',
    ...Object.entries(variables).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
  )
  const headers = { host: 'shop.example.com' }
  const answers = (status: number) =>
    waitFor(async () => (await stand.ask(80, { headers })).status === status, { timeoutMs: 60_000, what: `${status}` })
  await waitFor(async () => (await stand.ask(80, { headers })).body.trim() === 'shop', {
    timeoutMs: 60_000,
    what: 'the shop to answer',
  })
  expect(await stand.explain(daemon, 'shop-1')).toMatchObject({
    services: [
      {
        service: 'kontena',
        state: 'serving',
        loadBalancer: 'lb-shop',
        publishes: expect.stringContaining('shop.example.com'),
      },
    ],
  })
  await stand.docker.docker('stop', '--time', '1', 'shop-1')
  await answers(503)
  await stand.docker.docker('rm', 'shop-1')
  await answers(200)
})
