// Addresses of real containers, found from the Docker host and from a container: each answers with its own name.
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestDocker } from './kit/docker.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const SCRIPT = `${ROOT}/test/live/namespaced/docker-addresses.ts`

let docker: TestDocker
beforeAll(async () => {
  docker = await TestDocker.start()
  for (const name of ['front', 'back']) await docker.docker('network', 'create', name)
  await docker.docker('network', 'create', '--internal', 'inner')
  const web = (name: string, port: number, ...options: string[]) => {
    const names = ['--env', `NAME=${name}`, '--env', `PORT=${port}`, '--label', `lb.target=${port}`]
    return docker.run(name, ...names, ...options)
  }
  await web('on-default', 80)
  await web('on-front', 81, '--network', 'front')
  await web('on-inner', 82, '--network', 'inner')
  await web('on-two', 83, '--network', 'back', '--label', 'lb.network=front')
  await docker.docker('network', 'connect', 'front', 'on-two')
  await web('in-host-mode', 8090, '--network', 'host')
  await web('borrower', 84, '--network', 'container:on-front')
  await web('published', 85, '--network', 'back', '--publish', '8085:85')
  await web('alone', 86, '--network', 'none')
})
afterAll(() => docker?.close())

/** The facts the script tells, by container. */
function readFacts(out: string): Record<string, unknown> {
  return Object.assign({}, ...out.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : [])))
}

const answered = (name: string, network: string, port: number) =>
  expect.objectContaining({ ok: true, network, port, answer: `${name}\n` })

test('from the Docker host every bridge is reached, also an internal one', async () => {
  expect(readFacts(await docker.runOnHost(SCRIPT))).toEqual({
    'on-default': answered('on-default', 'bridge', 80),
    'on-front': answered('on-front', 'front', 81),
    'on-inner': answered('on-inner', 'inner', 82),
    'on-two': answered('on-two', 'front', 83),
    'in-host-mode': answered('in-host-mode', 'host', 8090),
    borrower: answered('borrower', 'front', 84),
    published: answered('published', 'back', 85),
    alone: 'alone has no network at all (network mode none): give it one',
  })
})

test('from a container only what shares a network with it, or is published', async () => {
  const modules = realpathSync(`${ROOT}/node_modules`)
  const mounts = [
    ...['--volume', `${docker.socket}:/var/run/docker.sock`, '--volume', `${ROOT}:${ROOT}:ro`],
    ...['--volume', `${modules}:${modules}:ro`],
  ]
  const asked = ['run', '--rm', '--name', 'lb', '--hostname', 'lb', '--network', 'front', ...mounts]
  const facts = readFacts(await docker.docker(...asked, '--entrypoint', '/bin/node', 'fairlead-test-web', SCRIPT))
  const unshared = (name: string, network: string) =>
    `${name} is only on the network ${network}, which the load balancer does not share: connect it (docker network connect ${network} lb) or set lb.network`
  expect(facts).toEqual({
    lb: expect.objectContaining({ ok: true, network: 'front' }),
    'on-default': unshared('on-default', 'bridge'),
    'on-front': answered('on-front', 'front', 81),
    'on-inner': unshared('on-inner', 'inner'),
    'on-two': answered('on-two', 'front', 83),
    'in-host-mode': answered('in-host-mode', 'host', 8090),
    borrower: answered('borrower', 'front', 84),
    published: answered('published', 'host', 8085),
    alone: 'alone has no network at all (network mode none): give it one',
  })
})

test('from a container in host mode it is as on the host', async () => {
  const modules = realpathSync(`${ROOT}/node_modules`)
  const mounts = ['--volume', `${docker.socket}:/var/run/docker.sock`, '--volume', `${ROOT}:${ROOT}:ro`]
  const asked = ['run', '--rm', '--name', 'lb', '--network', 'host', ...mounts, '--volume', `${modules}:${modules}:ro`]
  const facts = readFacts(await docker.docker(...asked, '--entrypoint', '/bin/node', 'fairlead-test-web', SCRIPT))
  expect(facts).toMatchObject({ 'on-inner': answered('on-inner', 'inner', 82) })
})
