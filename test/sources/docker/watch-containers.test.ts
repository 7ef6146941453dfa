// Following a Docker engine that is good, slow, filtered, old, new, broken or gone.
import { describe, expect, test } from 'vitest'
import { waitFor } from '../../../src/io/deadline.ts'
import { FakeDocker } from '../../fakes/fake-docker.ts'
import { Watching } from './watching.ts'

const ID = 'a'.repeat(64)
const OTHER = 'b'.repeat(64)

async function startFake(): Promise<FakeDocker> {
  const docker = await new FakeDocker().start()
  docker.containers.set(ID, { name: 'web1', state: 'running', ipv4: '172.17.0.2' })
  return docker
}

const questions = (docker: FakeDocker, pattern: RegExp) => docker.asked.filter((path) => pattern.test(path)).length

describe('a good engine', () => {
  test('the first word is complete, and only what rules are written in is kept of the environment', async () => {
    const docker = await startFake()
    docker.containers.get(ID)!.env = ['KONTENA_LB_MODE=http', 'DB_PASSWORD=secret', 'KONTENA_LB_COOKIE=']
    const watching = new Watching(docker.client())
    await watching.until('a first word', ({ views }) => views.length > 0)
    expect(watching.containers).toEqual([
      expect.objectContaining({
        id: ID,
        name: 'web1',
        state: 'running',
        health: 'none',
        stopping: false,
        environment: { KONTENA_LB_MODE: 'http', KONTENA_LB_COOKIE: '' },
        exposedPorts: [80],
        networks: [{ name: 'bridge', id: 'n1', ipv4: '172.17.0.2', ipv6: null }],
      }),
    ])
    expect(docker.asked.indexOf('/events')).toBeLessThan(docker.asked.indexOf('/containers/json'))
    expect(watching.told).toEqual([])
  })

  test('an event looks at its container alone; a resync of what has not changed looks at nobody', async () => {
    const docker = await startFake()
    docker.containers.set(OTHER, { name: 'web2', state: 'running', ipv4: '172.17.0.3' })
    const watching = new Watching(docker.client(), 50)
    await watching.until('a first word', ({ views }) => views.length > 0)
    docker.containers.get(ID)!.ipv4 = '172.17.0.9'
    docker.tell('connect', 'n1', { container: ID }, 'network')
    await watching.until('the new address', () => watching.find('web1')?.networks[0]?.ipv4 === '172.17.0.9')
    const lists = questions(docker, /containers\/json$/)
    await waitFor(() => questions(docker, /containers\/json$/) > lists + 3, { timeoutMs: 60_000, what: 'resyncs' })
    expect(questions(docker, /\/a+\/json$/)).toBe(2)
    expect(questions(docker, /\/b+\/json$/)).toBe(1)
    expect(watching.views.length).toBe(2)
  })

  test('two hundred containers started at once are not two hundred lists', async () => {
    const docker = await startFake()
    const watching = new Watching(docker.client())
    await watching.until('a first word', ({ views }) => views.length > 0)
    for (let index = 0; index < 200; index++) {
      const id = `f${index.toString(16).padStart(63, '0')}`
      docker.containers.set(id, { name: `many-${index}`, state: 'running', ipv4: `172.18.0.${index}` })
      for (const action of ['create', 'start']) docker.tell(action, id)
    }
    await watching.until('all of them', ({ containers }) => containers?.length === 201)
    expect(questions(docker, /containers\/json$/)).toBe(1)
    expect(questions(docker, /\/f[0-9a-f]+\/json$/)).toBeLessThanOrEqual(400)
  })

  test('what no event told is healed by the next resync: a start, an end, a removal', async () => {
    const docker = await startFake()
    const watching = new Watching(docker.client(), 50)
    await watching.until('a first word', ({ views }) => views.length > 0)
    docker.containers.set(OTHER, { name: 'web2', state: 'running', ipv4: '172.17.0.3' })
    docker.containers.get(ID)!.state = 'exited'
    await watching.until('both', () => watching.find('web1')?.state === 'exited' && watching.find('web2'))
    docker.containers.delete(ID)
    await watching.until('the removal', ({ containers }) => containers?.length === 1)
  })

  test('an answer that a die event has overtaken does not bring the container back', async () => {
    const docker = await startFake()
    const watching = new Watching(docker.client(5000))
    await watching.until('a first word', ({ views }) => views.length > 0)
    const late = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const old = JSON.stringify(docker.inspect(ID))
    docker.answers.set(`/containers/${ID}/json`, (_request, response) => {
      docker.answers.delete(`/containers/${ID}/json`)
      asked.resolve()
      void late.promise.then(() => response.end(old))
    })
    docker.tell('start', ID)
    await asked.promise
    docker.containers.get(ID)!.state = 'exited'
    docker.tell('die', ID, { exitCode: '0' })
    await watching.until('the end', () => watching.find('web1')?.state === 'exited')
    late.resolve()
    await waitFor(() => questions(docker, /\/a+\/json$/) === 3, { timeoutMs: 60_000, what: 'the second look' })
    expect(watching.views.slice(1).map(({ containers }) => containers[0]?.state)).toEqual(['exited'])
  })
})

describe('a stop', () => {
  test.each([
    ['SIGTERM by default', {}, '15'],
    ['SIGQUIT by name', { stopSignal: 'SIGQUIT' }, '3'],
    ['a real-time signal, as systemd wants it', { stopSignal: 'SIGRTMIN+3' }, '37'],
    ['told by name', {}, 'SIGTERM'],
    ['a kill', {}, '9'],
  ])('%s is seen at the kill event, with no question asked before', async (_title, more, signal) => {
    const docker = await startFake()
    Object.assign(docker.containers.get(ID)!, more)
    const watching = new Watching(docker.client())
    await watching.until('a first word', ({ views }) => views.length > 0)
    docker.answers.set(`/containers/${ID}/json`, () => {})
    docker.tell('kill', ID, { signal })
    await watching.until('stopping', () => watching.find('web1')?.stopping)
    expect(watching.find('web1')).toMatchObject({ state: 'running' })
  })

  test('a signal that is not the stop signal stops nothing, and a start ends the stop', async () => {
    const docker = await startFake()
    const watching = new Watching(docker.client())
    await watching.until('a first word', ({ views }) => views.length > 0)
    docker.tell('kill', ID, { signal: '1' })
    docker.tell('health_status: healthy', ID)
    docker.containers.get(ID)!.health = 'healthy'
    await watching.until('the health', () => watching.find('web1')?.health === 'healthy')
    expect(watching.find('web1')?.stopping).toBe(false)
    docker.tell('kill', ID, { signal: '15' })
    await watching.until('stopping', () => watching.find('web1')?.stopping)
    docker.tell('die', ID)
    docker.tell('start', ID)
    await watching.until('it to be back', () => watching.find('web1')?.stopping === false)
  })
})

describe('an engine that is not there', () => {
  test('before its first answer there is no word; then the last word holds and what changed meanwhile appears', async () => {
    const docker = new FakeDocker()
    const watching = new Watching(docker.client())
    await waitFor(() => watching.told.length > 0, { timeoutMs: 60_000, what: 'the trouble' })
    expect(watching.told).toEqual([
      `Docker at unix://${docker.path} cannot be reached: there is no such socket; start Docker, or name its socket with --source docker=unix:///PATH`,
    ])
    expect(watching.views).toEqual([])
    docker.containers.set(ID, { name: 'web1', state: 'running', ipv4: '172.17.0.2' })
    await docker.start()
    await watching.until('a first word', ({ views }) => views.length > 0)
    expect(watching.told.at(-1)).toBe(null)
    await docker.stop()
    await waitFor(() => watching.told.length === 3, { timeoutMs: 60_000, what: 'the loss' })
    expect(watching.told.at(-1)).toMatch(/; what Docker said last goes on to hold$/)
    docker.containers.set(OTHER, { name: 'web2', state: 'running', ipv4: '172.17.0.3' })
    await docker.start()
    await watching.until('the new one', () => watching.find('web2'))
    expect(watching.views.length).toBe(2)
    expect(watching.told.length).toBe(4)
  })

  test('one that accepts and never answers is noticed, at the first question and later', async () => {
    const docker = await startFake()
    docker.answers.set('/_ping', () => {})
    const watching = new Watching(docker.client(100))
    await waitFor(() => watching.told.length > 0, { timeoutMs: 60_000, what: 'the trouble' })
    expect(watching.told[0]).toMatch(
      /gave no whole answer to GET \/_ping within 100 ms: see whether `docker ps` answers$/,
    )
    docker.answers.delete('/_ping')
    await watching.until('a first word', ({ views }) => views.length > 0)
  })

  test('a stalled list during a resync is noticed, and the last word holds', async () => {
    const docker = await startFake()
    const watching = new Watching(docker.client(100), 50)
    await watching.until('a first word', ({ views }) => views.length > 0)
    docker.answers.set('/containers/json', () => {})
    await waitFor(() => watching.told.length > 0, { timeoutMs: 60_000, what: 'the trouble' })
    expect(watching.views.length).toBe(1)
  })

  test.each([
    ['half a list', '[{"Id":"'],
    ['no list', '{}'],
    ['nothing', ''],
    ['containers without an id', '[{"Names":["/x"]}]'],
  ])('%s is no word', async (_title, body) => {
    const docker = await startFake()
    const watching = new Watching(docker.client(), 50)
    await watching.until('a first word', ({ views }) => views.length > 0)
    docker.answers.set('/containers/json', (_request, response) => response.writeHead(200).end(body))
    await waitFor(() => watching.told.length > 0, { timeoutMs: 60_000, what: 'the trouble' })
    expect(watching.told[0]).toMatch(/containers\/json with (broken JSON|something else)/)
    expect(watching.views.length).toBe(1)
  })

  test('a list that breaks off or is an error removes nobody', async () => {
    const docker = await startFake()
    const watching = new Watching(docker.client(), 50)
    await watching.until('a first word', ({ views }) => views.length > 0)
    docker.answers.set('/containers/json', (_request, response) => {
      response.writeHead(200, { 'Content-Length': '100' }).write('[]')
      setImmediate(() => response.destroy())
    })
    await waitFor(() => watching.told.length === 1, { timeoutMs: 60_000, what: 'the break' })
    docker.refuse('/containers/json', 500, '[]')
    const before = questions(docker, /containers\/json$/)
    const asked = () => questions(docker, /containers\/json$/) > before + 1
    await waitFor(asked, { timeoutMs: 60_000, what: 'two refused lists' })
    expect(watching.views.length).toBe(1)
    docker.answers.delete('/containers/json')
    await waitFor(() => watching.told.at(-1) === null, { timeoutMs: 60_000, what: 'the end of the trouble' })
    expect(watching.containers?.length).toBe(1)
  })

  test('a stream of events that ends is opened again', async () => {
    const docker = await startFake()
    const watching = new Watching(docker.client())
    await watching.until('a first word', ({ views }) => views.length > 0)
    docker.cutEvents()
    await waitFor(() => docker.followers === 1, { timeoutMs: 60_000, what: 'another stream' })
    docker.tell('pause', ID)
    docker.containers.get(ID)!.state = 'paused'
    await watching.until('the pause', () => watching.find('web1')?.state === 'paused')
  })
})

describe('a filtered socket', () => {
  test('without ping, version, networks, events and inspection it still works, and says what is missing', async () => {
    const docker = await startFake()
    for (const path of ['/_ping', '/version', '/networks', '/events', `/containers/${ID}/json`])
      docker.refuse(path, 403)
    docker.refuse(`/containers/${OTHER}/json`, 403)
    const watching = new Watching(docker.client(), 50)
    await watching.until('a first word', ({ views }) => views.length > 0)
    expect(watching.views[0]?.containers.map(({ name }) => name)).toEqual(['web1'])
    expect(watching.views[0]?.networks).toBe(null)
    docker.containers.set(OTHER, { name: 'web2', state: 'running', ipv4: '172.17.0.3' })
    await watching.until('the new one', () => watching.find('web2'))
    docker.containers.delete(ID)
    await watching.until('the removal', ({ containers }) => containers?.length === 1)
    expect(watching.remarks.join('\n')).toMatch(
      /GET \/events \(403\)[\s\S]*GET \/networks \(403\)[\s\S]*GET \/containers\/a+\/json \(403\)/,
    )
    expect(watching.told).toEqual([])
  })

  test('without the list there is no word, and the trouble names what to allow', async () => {
    const docker = await startFake()
    docker.refuse('/containers/json', 403)
    const watching = new Watching(docker.client())
    await waitFor(() => watching.told.length > 0, { timeoutMs: 60_000, what: 'the trouble' })
    expect(watching.told[0]).toMatch(
      /refuses GET \/v1.41\/containers\/json \(403\): allow it where the socket is filtered$/,
    )
    expect(watching.views).toEqual([])
  })

  test('a filter that says 404 of an inspection removes nobody', async () => {
    const docker = await startFake()
    docker.refuse(`/containers/${ID}/json`, 404, '<html>Not Found</html>')
    const watching = new Watching(docker.client())
    await watching.until('a first word', ({ views }) => views.length > 0)
    expect(watching.containers?.length).toBe(1)
  })

  test('one container the engine cannot tell of keeps nobody else out', async () => {
    const docker = await startFake()
    docker.containers.set(OTHER, { name: 'web2', state: 'running', ipv4: '172.17.0.3' })
    docker.answers.set(`/containers/${OTHER}/json`, () => {})
    const watching = new Watching(docker.client(200))
    await watching.until('a first word', ({ views }) => views.length > 0)
    expect(watching.containers?.map(({ name }) => name).sort()).toEqual(['web1', 'web2'])
    expect(watching.remarks.join()).toMatch(/of web2 only what lists tell is known/)
  })
})

describe('the version of the API', () => {
  test.each([
    ['an old engine', { newest: '1.24', oldest: '1.12' }, '/v1.24/containers/json?all=true'],
    ['an engine of today', { newest: '1.44', oldest: '1.24' }, '/v1.44/containers/json?all=true'],
    ['one that takes nothing below 1.44', { newest: '1.52', oldest: '1.44' }, '/v1.51/containers/json?all=true'],
    ['one too new for us', { newest: '1.70', oldest: '1.60' }, '/v1.60/containers/json?all=true'],
  ])('%s', async (_title, versions, path) => {
    const docker = await startFake()
    docker.versions = versions
    const watching = new Watching(docker.client())
    await watching.until('a first word', ({ views }) => views.length > 0)
    expect(docker.paths).toContain(path)
  })

  test('one that is too old is refused with the version it speaks', async () => {
    const docker = await startFake()
    docker.versions = { newest: '1.23', oldest: '1.12' }
    const watching = new Watching(docker.client())
    await waitFor(() => watching.told.length > 0, { timeoutMs: 60_000, what: 'the trouble' })
    expect(watching.told[0]).toMatch(/speaks API 1.23; Fairlead needs 1.24/)
  })
})
