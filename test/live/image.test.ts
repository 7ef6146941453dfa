// The container image, built from the Dockerfile as it stands and run as a user runs it, beside containers with labels.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { waitFor } from '../../src/io/deadline.ts'
import { TestDocker } from './kit/docker.ts'
import { buildImage } from './kit/image.ts'

vi.setConfig({ testTimeout: 120_000 })

const IMAGE = 'fairlead'
const ASK = fileURLToPath(new URL('namespaced/ask.ts', import.meta.url))
/** The example a user starts from. */
const COMPOSE = parse(readFileSync(new URL('../../docs/compose.yml', import.meta.url), 'utf8')).services
const LABELS = Object.entries(COMPOSE.web.labels).flatMap(([key, value]) => ['--label', `${key}=${value}`])

/** The command of docker-loadbalancer's README; only the image is ours. */
const RUN = `docker run \\
        -d \\
        --net host \\
        -v /var/run/docker.sock:/var/run/docker.sock \\
        --name lb \\
        ${IMAGE}`

let docker: TestDocker
beforeAll(async () => {
  docker = await TestDocker.start()
  await buildImage(docker, IMAGE)
}, 900_000)
afterAll(() => docker?.close(), 240_000)

/** What clients of the host get on port 80, each from an address of its own. */
async function ask(path: string, clients: readonly string[] = ['127.0.0.1']): Promise<string[]> {
  return JSON.parse(await docker.runOnHost(ASK, { URL: `http://127.0.0.1${path}`, CLIENTS: clients.join(',') }))
}

const until = (what: string, isSo: () => Promise<boolean>) =>
  waitFor(isSo, { timeoutMs: 60_000, intervalMs: 200, what })
const answers = (name: string) => until(`${name} to answer`, async () => (await ask('/'))[0] === `200 ${name}`)
const inspect = (format: string, name = 'lb') => docker.docker('inspect', '--format', format, name)
const fairlead = (...args: string[]) => docker.docker('exec', 'lb', 'fairlead', ...args)
/** Requests under way, by load balancer. */
const sessions = async () =>
  JSON.parse(await fairlead('top', '-o', 'json')).items.map((row: { sessions: number }) => row.sessions)

let clients = 0

/** Who answers clients that were never here before: one who was keeps its server. */
async function askAnew(): Promise<string[]> {
  const from = Array.from({ length: 10 }, () => `127.1.${++clients >> 8}.${clients & 255}`)
  return [...new Set(await ask('/', from))].sort()
}
const both = () => until('both to answer', async () => (await askAnew()).join() === '200 web1,200 web2')

test('it holds what runs and nothing that builds, and says what it is', async () => {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
  const labels = JSON.parse(await inspect('{{json .Config.Labels}}', IMAGE))
  expect(labels).toMatchObject({
    'org.opencontainers.image.title': 'Fairlead',
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.licenses': 'Apache-2.0',
  })
  const look = ['run', '--rm', '--network', 'none', '--entrypoint', 'sh', IMAGE, '-c']
  const found = await docker.docker(...look, 'command -v npm cc tsc; cd /opt/fairlead && ls . node_modules')
  expect(found.split('\n')).toEqual(expect.arrayContaining(['LICENSE', 'bin', 'dist', 'fastify', 'package.json']))
  expect(found).not.toMatch(/^\/|^(src|typescript|vitest|@biomejs)$/m)
  expect(await docker.docker('run', '--rm', '--network', 'none', IMAGE, 'version')).toContain(version)
  // 74 MB of them are Debian's.
  expect(Number(await inspect('{{.Size}}', IMAGE))).toBeLessThan(260e6)
})

test('the README command of docker-loadbalancer balances containers by their labels', async () => {
  await docker.run('web1', '--env', 'NAME=web1', ...LABELS)
  await promisify(execFile)('sh', ['-c', RUN], { env: { ...process.env, DOCKER_HOST: `unix://${docker.socket}` } })
  await answers('web1')
  await docker.run('web2', '--env', 'NAME=web2', ...LABELS)
  await both()
  const log = await docker.docker('logs', 'lb')
  expect(log).toMatch(/^\d\d:\d\d:\d\d Backends changed\. Reconfiguring haproxy with:$/m)
  expect(log).toContain('Publish port 80 HTTP')
  expect(log).toContain('API at /var/lib/fairlead/api.sock alone')
  expect(log).toContain('Backend web2 at 172.17.0.')
  // 8080 is a service's to take.
  expect(await docker.runOnHost(ASK, { URL: 'http://127.0.0.1:8080/' })).toContain('ECONNREFUSED')
})

test('the compose example says the same', () => {
  expect(LABELS).toEqual(['--label', 'lb.enable=Y', '--label', 'lb.publish=80', '--label', 'lb.target=80'])
  const { image, network_mode: network, volumes } = COMPOSE.lb
  for (const part of [image, `--net ${network}`, `-v ${volumes[0]}`]) expect(RUN).toContain(part)
})

test('docker exec reaches the daemon, and Docker sees that it is healthy', async () => {
  expect(await fairlead('lb', 'list')).toMatch(/^docker-80 /m)
  expect(await fairlead('explain', 'web2')).toContain('load balancer    docker-80')
  await until('its health', async () => (await inspect('{{.State.Health.Status}}')) === 'healthy')
})

test('HAProxy that is killed is back, with what it served, and leaves no zombie', async () => {
  const master = async () => JSON.parse(await fairlead('haproxy', 'status', '-o', 'json')).masterPid
  const pid = await master()
  await docker.docker('exec', 'lb', 'sh', '-c', `kill -KILL ${pid}`)
  await until('another HAProxy', async () => ![pid, null, undefined].includes(await master()))
  await answers((await ask('/'))[0]?.slice(4) ?? 'web1')
  const states = await docker.docker('exec', 'lb', 'sh', '-c', "grep -h '^State:' /proc/[0-9]*/status")
  expect(states).not.toContain('zombie')
})

test('docker stop lets a request under way end; the next start has the same state', async () => {
  await fairlead('lb', 'create', '--name', 'stored', '--type', 'http', '--port', '81', '--target', '127.0.0.1:9')
  const slow = ask('/slow?ms=4000')
  await until('the request to be under way', async () => (await sessions()).includes(1))
  await docker.docker('stop', 'lb')
  expect(await slow).toEqual([expect.stringMatching(/^200 web[12]$/)])
  expect(await inspect('{{.State.ExitCode}}')).toBe('0')
  expect((await ask('/'))[0]).toContain('ECONNREFUSED')
  await docker.docker('start', 'lb')
  await both()
  expect(await fairlead('lb', 'list')).toMatch(/^stored /m)
})

test('a request that does not end is cut before Docker would kill the load balancer', async () => {
  const endless = ask('/slow?ms=50000')
  await until('the request to be under way', async () => (await sessions()).includes(1))
  await docker.docker('stop', 'lb')
  expect(await endless).not.toEqual([expect.stringMatching(/^200/)])
  expect(await inspect('{{.State.ExitCode}}')).toBe('0')
})

test('it starts again after it was killed', async () => {
  await docker.docker('start', 'lb')
  await both()
  await docker.docker('kill', 'lb')
  await docker.docker('start', 'lb')
  await both()
  expect(await fairlead('lb', 'list')).toMatch(/^stored /m)
})

test('on a bridge network it reaches the containers there, and publishes its port', async () => {
  const socket = ['--volume', '/var/run/docker.sock:/var/run/docker.sock']
  await docker.docker('run', '--detach', '--publish', '127.0.0.1:8088:80', ...socket, '--name', 'bridged', IMAGE)
  await until('it to answer', async () => /^200 web/.test((await ask(':8088/'))[0] ?? ''))
})
