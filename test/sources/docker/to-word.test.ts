// From containers to load balancers: grouping, names, life, canaries, and who is kept out of what.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BrokenFragment, Fragment } from '../../../src/model/fragment.ts'
import type { Container } from '../../../src/sources/docker/container.ts'
import { toWord } from '../../../src/sources/docker/to-word.ts'
import { container, findAddress, type Given, servedOf, targetsOf } from './containers.ts'

const PLAIN = { 'lb.publish': '80', 'lb.target': '80' }

/** The one service of a container. */
function verdictOf(name: string, containers: readonly Container[]) {
  const verdict = toWord(containers, findAddress).verdicts.find((one) => one.name === name)
  return verdict?.services[0]
}

function problemsOf(name: string, containers: readonly Container[]): string[] {
  const one = toWord(containers, findAddress).word.find((fragment) => fragment.name === name)
  return (one && 'broken' in one ? one.broken : (one?.problems ?? [])).map(({ message }) => message)
}

test("the seed's two containers are one load balancer, as its template makes it", () => {
  const served = servedOf([container('web2', PLAIN, { ip: '172.17.0.3', at: 2 }), container('web1', PLAIN)])
  expect([...served]).toEqual([
    [
      'docker-80',
      {
        type: 'http',
        port: 80,
        algorithm: 'leastconn',
        sticky: { mode: 'source' },
        compression: true,
        retries: { on: ['empty-response'] },
        timeouts: { connect: '1s' },
        routes: [{ match: { path: '/' }, backends: [{ target: '172.17.0.2:80' }, { target: '172.17.0.3:80' }] }],
      },
    ],
  ])
})

test.each([
  ['another port', { 'lb.publish': '81' }, 'docker-81'],
  ['another address', { 'lb.dst_addr': '127.0.0.1' }, 'docker-127-0-0-1-80'],
  ['a host', { 'lb.host': 'App.example.com' }, 'docker-80-app-example-com'],
  ['a path', { 'lb.path': '/api/' }, 'docker-80-api'],
])('%s is another load balancer', (_, labels, name) => {
  const served = servedOf([container('web1', PLAIN), container('web2', { ...PLAIN, ...labels }, { ip: '172.17.0.3' })])
  expect([...served.keys()].sort()).toEqual(['docker-80', name].sort())
})

test('names come from the label, the service, compose, swarm, in this order', () => {
  const compose = { 'com.docker.compose.project': 'Shop', 'com.docker.compose.service': 'web_app' }
  const served = servedOf([
    container('a', { 'lb.publish': '1', 'lb.name': 'mine', ...compose }),
    container('b', { 'lb.publish': '2', ...compose }),
    container('c', { 'lb.publish': '3', 'com.docker.swarm.service.name': 'nginx' }),
    container('d', { 'lb.api.publish': '4' }),
  ])
  expect([...served.keys()]).toEqual(['api', 'mine', 'nginx', 'shop-web-app'])
})

test('a name that is taken is only fought for where a label asks for it', () => {
  const compose = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' }
  const old = container('old', { 'lb.publish': '80', 'lb.host': 'a.test', ...compose })
  const fresh = container('fresh', { 'lb.publish': '80', 'lb.host': 'b.test', ...compose }, { at: 2 })
  expect([...servedOf([fresh, old]).keys()]).toEqual(['docker-80-b-test', 'shop-web'])
  const wanting = container('wanting', { 'lb.publish': '81', 'lb.name': 'shop-web' }, { at: 3 })
  expect(verdictOf('wanting', [old, wanting])).toMatchObject({
    state: 'out',
    because: expect.stringContaining('the name shop-web is taken by the load balancer of container old'),
  })
})

test('a group keeps its name while containers come and go', () => {
  const compose = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' }
  const first = container('first', { ...PLAIN, ...compose }, { at: 5 })
  const older = container('older', PLAIN, { at: 1, ip: '172.17.0.3' })
  const before = toWord([first], findAddress)
  const both = toWord([first, older], findAddress, before.word)
  const after = toWord([older], findAddress, both.word)
  for (const { word } of [before, both, after]) expect(word.map(({ name }) => name)).toEqual(['shop-web'])
})

test('what has not changed is the same object; versions grow with what has', () => {
  const [one, two] = [container('web1', PLAIN), container('web2', { 'lb.publish': '81' })]
  const before = toWord([one, two], findAddress)
  const after = toWord([{ ...two }, { ...one, state: 'paused' }], findAddress, before.word)
  expect(after.word[1]).toBe(before.word[1])
  expect(after.word[0]?.origin.version).toBeGreaterThan(before.word[0]?.origin.version ?? Infinity)
  expect(after.word[0]?.origin).toMatchObject({ source: 'docker', id: '0.0.0.0:80', since: 1 })
})

describe('the life of a container', () => {
  const other = container('other', PLAIN, { ip: '172.17.0.9' })
  test.each<[string, Given, string[]]>([
    ['running', {}, ['172.17.0.9:80', '172.17.0.2:80']],
    ['healthy', { health: 'healthy' }, ['172.17.0.9:80', '172.17.0.2:80']],
    ['starting', { health: 'starting' }, ['172.17.0.9:80', '172.17.0.2:80 maint']],
    ['unhealthy', { health: 'unhealthy' }, ['172.17.0.9:80', '172.17.0.2:80 maint']],
    ['stopping', { stopping: true, health: 'healthy' }, ['172.17.0.9:80', '172.17.0.2:80 maint']],
    ['paused', { state: 'paused' }, ['172.17.0.9:80', '172.17.0.2:80 maint']],
    ['restarting', { state: 'restarting', ip: null }, ['172.17.0.9:80']],
    ['exited', { state: 'exited', ip: null }, ['172.17.0.9:80']],
    ['created', { state: 'created' }, ['172.17.0.9:80']],
    ['dead', { state: 'dead' }, ['172.17.0.9:80']],
    ['removing', { state: 'removing' }, ['172.17.0.9:80']],
    ['without an address', { ip: null }, ['172.17.0.9:80']],
  ])('%s', (_, given, targets) => {
    const served = servedOf([other, container('web', PLAIN, given)])
    expect(targetsOf(served.get('docker-80') ?? {})).toEqual(targets)
  })

  const leaving = container('web', PLAIN, { stopping: true })
  test.each<[string, Container[], string[]]>([
    ['alone', [leaving], ['172.17.0.2:80']],
    ['beside one that starts', [{ ...other, health: 'starting' }, leaving], ['172.17.0.9:80 maint', '172.17.0.2:80']],
    [
      'beside one that drains',
      [container('drained', { ...PLAIN, 'lb.state': 'drain' }, { ip: '172.17.0.9' }), leaving],
      ['172.17.0.9:80 drain', '172.17.0.2:80'],
    ],
    [
      'beside one that has other requests',
      [container('beta', { ...PLAIN, 'lb.match.headers.X-Beta': '1' }, { ip: '172.17.0.9' }), leaving],
      ['172.17.0.9:80', '172.17.0.2:80'],
    ],
    ['with all others', [{ ...other, stopping: true }, leaving], ['172.17.0.9:80', '172.17.0.2:80']],
    ['unhealthy', [{ ...leaving, health: 'unhealthy' }], ['172.17.0.2:80 maint']],
  ])('stopping, %s: who would leave nobody goes on', (_, containers, targets) => {
    const served = servedOf(containers)
    expect(targetsOf(served.get('docker-80') ?? {})).toEqual(targets)
  })

  test('who goes on although it stops says so', () => {
    expect(verdictOf('web', [leaving])).toMatchObject({
      state: 'serving',
      because: 'it is stopping, and goes on until another one can take over',
    })
    expect(verdictOf('web', [other, leaving])).toMatchObject({ state: 'waiting' })
    expect(problemsOf('docker-80', [leaving])).toEqual([])
  })

  test('a service is there without a server while it restarts, and gone when its containers are', () => {
    const restarting = container('web', PLAIN, { state: 'restarting', ip: null })
    expect(servedOf([restarting]).get('docker-80')?.routes).toEqual([{ match: { path: '/' }, backends: [] }])
    expect(servedOf([{ ...restarting, state: 'exited' }]).size).toBe(0)
  })

  test('a label may drain a server; its life counts for more', () => {
    const drained = { ...PLAIN, 'lb.state': 'drain' }
    expect(targetsOf(servedOf([container('web', drained)]).get('docker-80') ?? {})).toEqual(['172.17.0.2:80 drain'])
    const paused = container('web', drained, { state: 'paused' })
    expect(targetsOf(servedOf([paused]).get('docker-80') ?? {})).toEqual(['172.17.0.2:80 maint'])
  })

  test('what keeps a container out is told', () => {
    const web = container('web', PLAIN, { ip: null })
    expect(verdictOf('web', [other, web])).toMatchObject({
      state: 'out',
      because: 'it has no address on any network we share',
    })
    expect(problemsOf('docker-80', [other, web])).toEqual([
      'container web takes no traffic: it has no address on any network we share',
    ])
    expect(verdictOf('web', [{ ...web, state: 'exited' }])?.because).toContain('it is exited')
    expect(toWord([container('x', { 'lb.enable': 'si' })], findAddress).verdicts[0]?.because).toBe(
      'lb.enable is "si", which is neither yes nor no; write lb.enable=Y',
    )
  })
})

describe('labels that differ', () => {
  const old = container('old', { ...PLAIN, 'lb.algorithm': 'roundrobin' })
  const fresh = container(
    'fresh',
    { ...PLAIN, 'lb.algorithm': 'random', 'lb.weight': '7' },
    { at: 2, ip: '172.17.0.3' },
  )

  test('the older container says what is shared, each says its own', () => {
    const spec = servedOf([fresh, old]).get('docker-80')
    expect(spec).toMatchObject({ algorithm: 'roundrobin' })
    expect(spec?.routes?.[0]?.backends).toEqual([{ target: '172.17.0.3:80', weight: 7 }, { target: '172.17.0.2:80' }])
    expect(verdictOf('fresh', [fresh, old])).toMatchObject({
      state: 'serving',
      remarks: [expect.stringContaining('its lb.algorithm is not what the older container old says')],
    })
    expect(servedOf([fresh]).get('docker-80')).toMatchObject({ algorithm: 'random' })
  })

  test('another mode on one port is kept out, and told by whom', () => {
    const tcp = container('db', { 'lb.publish': '80', 'lb.mode': 'tcp' }, { at: 3 })
    expect(verdictOf('db', [tcp, old])).toMatchObject({
      state: 'out',
      because: 'container old has 0.0.0.0:80 with mode http, this one asks for tcp; give it another port or address',
    })
  })

  test('who serves is not pushed out by an older container that comes later', () => {
    const tcp = container('db', { 'lb.publish': '80', 'lb.mode': 'tcp' }, { at: 0 })
    const before = toWord([old], findAddress)
    const after = toWord([tcp, old], findAddress, before.word)
    expect(after.word.find(({ name }) => name === 'docker-80')).toBe(before.word[0])
    expect(after.verdicts.find(({ name }) => name === 'db')?.services[0]?.state).toBe('out')
  })

  test('of two certificates on one port the older one stays, unless hosts tell them apart', () => {
    const ssl = (name: string, path: string, at: number, host: Record<string, string> = {}) =>
      container(name, { 'lb.publish': '443', 'lb.ssl': path, ...host }, { at, ip: `172.17.0.${at}` })
    const [a, b] = [ssl('a', '/a.pem', 2), ssl('b', '/b.pem', 3)]
    expect(verdictOf('b', [b, a])).toMatchObject({
      state: 'out',
      because: expect.stringContaining('another certificate'),
    })
    expect(servedOf([a, b]).get('docker-443')?.tls).toEqual({ certificateFile: '/a.pem', port: 443 })
    const hosts = [ssl('a', '/a.pem', 2, { 'lb.host': 'a.test' }), ssl('b', '/b.pem', 3, { 'lb.host': 'b.test' })]
    expect(servedOf(hosts).size).toBe(2)
    const plain = container('plain', { 'lb.publish': '443' }, { at: 9 })
    expect(verdictOf('plain', [a, plain])).toMatchObject({ state: 'out' })
  })
})

describe('labels that are no good', () => {
  const good = container('good', { ...PLAIN, 'lb.name': 'web' })
  const bad = container('bad', { ...PLAIN, 'lb.weight': 'much' }, { at: 2, ip: '172.17.0.3' })

  test('set their container aside alone', () => {
    const { word } = toWord([bad, good], findAddress)
    expect(targetsOf((word[0] as Fragment).resource.spec)).toEqual(['172.17.0.2:80'])
    expect(problemsOf('web', [bad, good])).toEqual([
      'container bad is left out: lb.weight: "much" is not allowed; use a whole number from 0 to 256',
    ])
  })

  test('are a load balancer that says what is wrong where nobody else serves it', () => {
    const [one] = toWord([bad], findAddress).word as BrokenFragment[]
    expect(one).toMatchObject({ name: 'docker-80', broken: [{ code: 'invalid', fatal: true }] })
  })

  test('of a new container leave what was served before, where its addresses are still its own', () => {
    const before = toWord([good], findAddress)
    const successor = { ...good, labels: { ...good.labels, 'lb.rate-limit': 'none' } }
    const kept = toWord([successor], findAddress, before.word).word[0] as Fragment
    expect(targetsOf(kept.resource.spec)).toEqual(['172.17.0.2:80'])
    expect(kept.problems).toMatchObject([{ fatal: true, message: expect.stringContaining('"none" is no rate limit') }])
    const elsewhere = container('good', successor.labels, { ip: '172.17.0.8' })
    const stranger = container('stranger', { 'lb.publish': '90' })
    const word = toWord([elsewhere, stranger], findAddress, before.word).word
    expect(word.map((one) => [one.name, targetsOf((one as Fragment).resource.spec)])).toEqual([
      ['docker-90', ['172.17.0.2:80']],
      ['web', []],
    ])
  })

  test.each([
    [{ 'lb.target': '80' }, 'lb.publish is missing'],
    [{ 'lb.publish': '99999' }, 'lb.publish: 99999 is too large; use 1 to 65535'],
    [{ 'lb.publish': '+80' }, 'lb.publish: "+80" is not allowed'],
    [{ 'lb.publish': '80/tcp' }, 'lb.publish: "80/tcp" is not allowed'],
    [{ 'lb.publish': '80', 'lb.dst_addr': 'eth0' }, 'lb.dst_addr: "eth0" is not an address to listen on'],
    [{ 'lb.publish': '80', 'lb.ssl': 'web.pem' }, 'lb.ssl: "web.pem" is not a path on the node'],
    [{ 'lb.publish': '80', 'lb.rate-limit.requests': '5' }, 'lb.rate-limit.window: is missing'],
    [{ 'lb.publish': '80', 'lb.backup': 'perhaps' }, 'lb.backup: "perhaps" is not a switch'],
    [{ 'lb.publish': '80', 'lb.mode': 'tcp', 'lb.sticky': 'cookie' }, 'lb.sticky.mode: a cookie needs type http'],
    [{ 'lb.api.publish': '80', 'lb.api.mode': 'tcp', 'lb.api.host': 'a.test' }, 'lb.api.host: needs mode http'],
  ])('%j: %s', (labels, fault) => {
    expect(verdictOf('web', [container('web', labels)])).toMatchObject({
      state: 'out',
      because: expect.stringContaining(fault),
    })
  })

  test.each([
    [[], 'the container exposes no port'],
    [[80, 443], 'the container exposes several ports (80, 443)'],
  ])('a target is needed where the image exposes %j', (exposedPorts, fault) => {
    const web = container('web', { 'lb.publish': '80' }, { exposedPorts })
    expect(verdictOf('web', [web])?.because).toContain(fault)
  })
})

describe('canaries', () => {
  const version = (name: string, labels: Record<string, string>, ip: number, given: Given = {}) =>
    container(name, { ...PLAIN, ...labels }, { ip: `172.17.0.${ip}`, ...given })
  const base = version('base', { 'lb.version': 'v1', 'lb.split-pin': 'cookie' }, 2)
  const canary = version('canary', { 'lb.version': 'v2', 'lb.version-weight': '5' }, 3, { at: 2 })

  test('versions are pools, and the rest of the traffic is for those without a share', () => {
    const spec = servedOf([canary, base]).get('docker-80')
    expect(spec?.routes).toEqual([
      {
        match: { path: '/' },
        split: [
          { pool: 'v1', weight: 95 },
          { pool: 'v2', weight: 5 },
        ],
        splitPin: 'cookie',
      },
    ])
    expect(spec?.pools).toEqual({
      v1: { backends: [{ target: '172.17.0.2:80' }] },
      v2: { backends: [{ target: '172.17.0.3:80' }] },
    })
  })

  test('a version without a server that takes traffic gets none while another has one', () => {
    const split = (containers: Container[]) =>
      servedOf(containers)
        .get('docker-80')
        ?.routes?.[0]?.split?.map(({ weight }) => weight)
    expect(split([{ ...base, health: 'unhealthy' }, canary])).toEqual([0, 5])
    expect(split([base, { ...canary, stopping: true }])).toEqual([95, 0])
    expect(split([version('only', { 'lb.version': 'v2', 'lb.version-weight': '0' }, 3)])).toEqual([1])
  })

  test('containers with a condition get the requests that meet it', () => {
    const beta = version('beta', { 'lb.match.headers.X-Beta': '1' }, 4, { at: 3 })
    const plain = version('plain', {}, 2)
    expect(servedOf([plain, beta]).get('docker-80')?.routes).toEqual([
      { match: { path: '/', headers: { 'X-Beta': '1' } }, backends: [{ target: '172.17.0.4:80' }] },
      { match: { path: '/' }, backends: [{ target: '172.17.0.2:80' }] },
    ])
  })
})

test('a container may have several services, and one that only leads elsewhere', () => {
  const web = container('web', {
    'lb.publish': '80',
    'lb.target': '8080',
    'lb.network': 'bridge',
    'lb.admin.publish': '81',
    'lb.admin.target': '9000',
    'lb.admin.custom-settings': 'option dontlognull\noption redispatch',
    'lb.old.publish': '80',
    'lb.old.host': 'old.test',
    'lb.old.redirect': 'https://new.test',
  })
  const served = servedOf([web])
  expect(targetsOf(served.get('docker-80') ?? {})).toEqual(['172.17.0.2:8080'])
  expect(served.get('admin')?.routes?.[0]).toMatchObject({
    backends: [{ target: '172.17.0.2:9000' }],
    customSettings: ['option dontlognull', 'option redispatch'],
  })
  expect(served.get('old')?.routes).toEqual([
    { match: { host: 'old.test', path: '/' }, redirect: { to: 'https://new.test' } },
  ])
})

test('any order of containers says the same', { timeout: 60_000 }, () => {
  const labels = fc.record(
    {
      'lb.publish': fc.constantFrom('80', '81', 'x'),
      'lb.host': fc.constantFrom('a.test', 'b.test'),
      'lb.mode': fc.constantFrom('tcp', 'http'),
      'lb.ssl': fc.constantFrom('/a.pem', '/b.pem'),
      'lb.name': fc.constantFrom('one', 'two'),
      'lb.version': fc.constantFrom('v1', 'v2'),
      'lb.weight': fc.constantFrom('1', '2', 'x'),
      'lb.api.publish': fc.constantFrom('80', '82'),
    },
    { requiredKeys: ['lb.publish'] },
  )
  const given = fc.record({
    at: fc.integer({ min: 1, max: 3 }),
    ip: fc.constantFrom('172.17.0.2', '172.17.0.3', null),
    state: fc.constantFrom('running', 'paused', 'exited', 'restarting'),
  })
  const containers = fc
    .array(fc.tuple(labels, given), { maxLength: 7 })
    .map((all) => all.map(([one, how], index) => container(`c${index}`, one as Record<string, string>, how as Given)))
  fc.assert(
    fc.property(
      containers.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      ([all, shuffled]) => {
        const told = toWord(all, findAddress)
        expect(toWord(shuffled, findAddress)).toEqual(told)
        expect(new Set(told.word.map(({ name }) => name)).size).toBe(told.word.length)
        const again = toWord(shuffled, findAddress, told.word)
        for (const [index, one] of again.word.entries()) expect(one).toBe(told.word[index])
      },
    ),
    { numRuns: 300 },
  )
})
