// `--source docker`: what of the environment counts, and what a user reads when it is wrong.
import { expect, test } from 'vitest'
import { openDocker } from '../../src/daemon/open-docker.ts'
import { waitFor } from '../../src/io/deadline.ts'
import { createLogger } from '../../src/io/log.ts'
import { FakeDocker } from '../fakes/fake-docker.ts'

function openTold(argument: string, environment: Readonly<Record<string, string>>) {
  const said: { level: string; msg: string }[] = []
  const log = createLogger({ format: 'json', level: 'debug', stream: { write: (line) => said.push(JSON.parse(line)) } })
  return {
    said,
    source: openDocker(
      argument,
      { sources: [], haproxyTemplate: null },
      log,
      (all) => Promise.resolve(all),
      environment,
    ),
  }
}

test('DOCKER_HOST is followed, CHECK_TIME is how often everything is read anew, and loss and return are told', async () => {
  const docker = await new FakeDocker().start()
  docker.containers.set('a'.repeat(64), {
    name: 'web1',
    state: 'running',
    ipv4: '172.17.0.2',
    labels: { 'lb.enable': 'Y', 'lb.publish': '80', 'lb.target': '8080' },
  })
  const { said, source } = openTold('', { DOCKER_HOST: `unix://${docker.path}`, CHECK_TIME: '1' })
  expect(source.title).toBe(`Docker at unix://${docker.path}`)
  const ending = new AbortController()
  const words = source.watch(ending.signal)[Symbol.asyncIterator]()
  expect(await words.next()).toMatchObject({ done: false, value: [{ name: 'docker-80' }] })
  const published = (address: string) => [
    'Backends changed. Reconfiguring haproxy with:',
    'Publish port 80 HTTP',
    `Backend web1 at ${address} , port 8080`,
  ]
  const messages = () => said.map(({ msg }) => msg)
  expect(messages()).toEqual(published('172.17.0.2'))
  const next = words.next()
  // No event tells of it.
  docker.containers.get('a'.repeat(64))!.ipv4 = '172.17.0.3'
  await next
  expect(messages().slice(-3)).toEqual(published('172.17.0.3'))
  expect(source.verdicts).toMatchObject([{ name: 'web1', services: [{ target: '172.17.0.3:8080' }] }])
  const last = words.next()
  await docker.stop()
  await waitFor(() => said.some(({ level }) => level === 'error'), { timeoutMs: 60_000, what: 'the loss' })
  await docker.start()
  await waitFor(() => said.some(({ msg }) => msg === 'Docker answers again'), { timeoutMs: 60_000, what: 'the return' })
  expect(messages().slice(6)).toEqual([expect.stringContaining('cannot be reached'), 'Docker answers again'])
  ending.abort()
  await last
}, 20_000)

test('what is wrong with the environment is said', () => {
  expect(() => openTold('', { DOCKER_HOST: 'localhost:2375' })).toThrow(
    /^DOCKER_HOST "localhost:2375" is not the address/,
  )
  expect(openTold('', { CHECK_TIME: '5s' }).said).toEqual([
    expect.objectContaining({
      level: 'warn',
      msg: expect.stringMatching(/^CHECK_TIME "5s" is not a whole number of seconds/),
    }),
  ])
})
