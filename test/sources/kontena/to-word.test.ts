// From balanced services to load balancers: who gets which route, port and name, and what becomes of those at fault.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { merge, type Placement } from '../../../src/merge/merge.ts'
import type { Fragment, Word } from '../../../src/model/fragment.ts'
import type { KontenaService } from '../../../src/sources/kontena/kontena.ts'
import { toWord } from '../../../src/sources/kontena/to-word.ts'
import { balancer, problemsOf, routesOf, service, specOf, tcpService, tell } from './balancers.ts'

/** What keeps it from being served beside the others. */
const conflictsOf = (placement: Placement | undefined) =>
  placement?.problems.filter(({ code, fatal }) => code === 'conflict' && fatal)

const namesOf = (word: Word) => word.map(({ name }) => name)

/** The routes of the service `lb-<name>`. */
const routesIn = (word: Word, name: string) => routesOf(specOf(word, `lb-${name}`))

describe('routes', () => {
  const host = (virtual_hosts: string, virtual_path?: string) =>
    virtual_path === undefined ? { virtual_hosts } : { virtual_hosts, virtual_path }

  test.each<[string, Record<string, Record<string, string>>, Record<string, string[]>]>([
    [
      'a wildcard with a path comes before an exact host alone',
      { wild: host('*.a.test', '/api'), exact: host('www.a.test') },
      { wild: ['*.a.test /api', 'www.a.test /api'], exact: ['www.a.test /'] },
    ],
    [
      'and before a longer wildcard alone',
      { wild: host('*.a.test', '/api'), longer: host('*.b.a.test') },
      { wild: ['*.a.test /api', '*.b.a.test /api'], longer: ['*.b.a.test /'] },
    ],
    [
      'of two wildcards with a path the longer one counts',
      { wild: host('*.a.test', '/api'), longer: host('*.b.a.test', '/api'), exact: host('x.b.a.test') },
      { wild: ['*.a.test /api'], longer: ['*.b.a.test /api', 'x.b.a.test /api'] },
    ],
    [
      'and every path of it',
      { wild: host('*.a.test', '/api'), wilder: host('*.a.test', '/api/v2'), exact: host('www.a.test') },
      { wild: ['*.a.test /api', 'www.a.test /api'], wilder: ['*.a.test /api/v2', 'www.a.test /api/v2'] },
    ],
    [
      'an exact host with the path, or a shorter one, comes before it',
      { wild: host('*.a.test', '/api/v2'), exact: host('www.a.test'), near: host('www.a.test', '/api') },
      { wild: ['*.a.test /api/v2'], near: ['www.a.test /api'] },
    ],
    [
      'an exact host with a longer path takes that alone',
      { wild: host('*.a.test', '/api'), exact: host('www.a.test'), near: host('www.a.test', '/api/v2') },
      { wild: ['*.a.test /api', 'www.a.test /api'], near: ['www.a.test /api/v2'] },
    ],
    [
      'a host with the path / is one with a path',
      { wild: host('*.a.test', '/api'), exact: host('www.a.test', '/') },
      { wild: ['*.a.test /api'], exact: ['www.a.test /'] },
    ],
    [
      'a wildcard with the path / takes nothing from a longer host',
      { wild: host('*.a.test', '/'), exact: host('www.a.test') },
      { wild: ['*.a.test /'], exact: ['www.a.test /'] },
    ],
    [
      'the apex is not of the wildcard',
      { wild: host('*.a.test', '/api'), exact: host('a.test,other.test,[::1]') },
      { wild: ['*.a.test /api'] },
    ],
    [
      'of one host and path those with a path of their own come first',
      { alone: host('a.test,b.test'), path: host('a.test', '/') },
      { alone: ['b.test /'], path: ['a.test /'] },
    ],
    [
      'then the alphabet decides; the rest of a service serves',
      { first: host('a.test'), second: host('a.test,b.test') },
      { first: ['a.test /'], second: ['b.test /'] },
    ],
  ])('%s', (_, services, expected) => {
    const word = tell(Object.entries(services).map(([name, options]) => service(name, options)))
    for (const [name, routes] of Object.entries(expected)) expect(routesIn(word, name), name).toEqual(routes)
  })

  test('who loses some is told, and who loses all is out', () => {
    const word = tell([service('a'), service('b'), service('c', host('a.test')), service('d', host('a.test,d.test'))])
    expect(problemsOf(word, 'lb-b')).toEqual([
      'fatal: service b of lb: any host, path / is taken by service a of lb; give one of them another KONTENA_LB_VIRTUAL_HOSTS or KONTENA_LB_VIRTUAL_PATH',
    ])
    expect(problemsOf(word, 'lb-d')).toEqual([
      expect.stringMatching(/^service d of lb: host a\.test, path \/ is taken by service c of lb;/),
    ])
  })

  test('who has a route keeps it from who comes first in the alphabet', () => {
    const late = service('late', host('a.test'))
    const before = tell([late])
    const word = tell([service('early', host('a.test')), late], before)
    expect(routesIn(word, 'late')).toEqual(['a.test /'])
    expect(word.find(({ name }) => name === 'lb-early')).toHaveProperty('broken')
  })
})

describe('what answers where no service does', () => {
  test('is a load balancer of its own, unless a service takes everything', () => {
    const own = specOf(tell([service('web', { virtual_hosts: 'a.test' })]), 'lb')
    expect(own).toMatchObject({ type: 'http', port: 80, routes: [{ match: { path: '/' } }] })
    expect(own.unavailable).toMatchObject({ contentType: 'text/html; charset=utf-8' })
    expect(own.unavailable?.body).toContain('<h1>No service here</h1>')
    expect(namesOf(tell([service('web')]))).toEqual(['lb-web'])
    expect(namesOf(tell([service('web', { virtual_path: '/a' })]))).toEqual(['lb', 'lb-web'])
  })

  test.each<[string, Record<string, string>, string[]]>([
    ['nothing', {}, []],
    ['a certificate', { SSL_CERTS: 'x' }, ['lb']],
    ['a certificate of its own name', { SSL_CERT_example: 'x' }, ['lb']],
    ['a health URI', { KONTENA_LB_HEALTH_URI: '/health' }, ['lb']],
    ['an empty one', { KONTENA_LB_HEALTH_URI: '', SSL_CERTS: '' }, []],
  ])('without services it is there for %s: %j', (_, environment, names) => {
    expect(namesOf(tell([], [], { environment }))).toEqual(names)
    expect(namesOf(tell([tcpService('db')], [], { environment }))).toEqual([...names, 'lb-db'])
  })

  test('it is there for a service that cannot be served', () => {
    expect(namesOf(tell([service('web', { balance: 'x' })]))).toEqual(['lb', 'lb-web'])
  })
})

describe('ports of tcp', () => {
  const port = (external_port: string) => ({ external_port })

  test('several lead to ports of the service', () => {
    const word = tell([tcpService('db', port('9000:80, 9001:81'))])
    expect(namesOf(word)).toEqual(['lb-db', 'lb-db-9001'])
    expect(specOf(word, 'lb-db')).toMatchObject({ port: 9000, targetPort: 80, backends: [{ target: '10.81.1.3' }] })
    expect((word[1] as Fragment).pools[0]?.servers[0]).toMatchObject({ host: '10.81.1.3', port: 81 })
  })

  test('one that is taken stays with who has it, else with the first of the alphabet', () => {
    const [a, b] = [tcpService('a', port('90')), tcpService('b', port('90'))]
    expect(problemsOf(tell([b, a]), 'lb-b')).toEqual([
      'fatal: tcp service b of lb: port 90 is taken by tcp service a of lb; give one of them another KONTENA_LB_EXTERNAL_PORT',
    ])
    const word = tell([a, b], tell([b]))
    expect(specOf(word, 'lb-b')).toMatchObject({ port: 90 })
    expect(word.find(({ name }) => name === 'lb-a')).toHaveProperty('broken')
  })
})

describe('names', () => {
  test('of stacks, in capitals, of odd letters, too long, and the same twice', () => {
    const word = toWord(
      [
        balancer([service('stack-Web'), tcpService('x'.repeat(80))], { name: 'stack/lb' }),
        balancer([
          service('web'),
          tcpService('web', { external_port: '90' }),
          tcpService('Web', { external_port: '91' }),
        ]),
        balancer([service('lb-web', { virtual_path: '/x' })], { name: 'stack' }),
      ],
      [],
    )
    expect(Object.fromEntries(word.map(({ name, origin }) => [origin.id, name]))).toEqual({
      'lb/web': 'lb-web',
      'lb/tcp/Web': 'lb-web-tcp',
      'lb/tcp/web': expect.stringMatching(/^lb-web-[0-9a-f]{6}$/),
      'stack/*': 'stack',
      'stack/lb-web': 'stack-lb-web',
      'stack/lb/stack-Web': 'stack-lb-stack-web',
      [`stack/lb/tcp/${'x'.repeat(80)}`]: expect.stringMatching(/^stack-lb-x{47}-[0-9a-f]{6}$/),
    })
    expect(problemsOf(word, 'lb-web-tcp')).toContainEqual(
      expect.stringMatching(/^the name lb-web is taken by the load balancer of kontena lb\/web; this one is called/),
    )
  })

  test.each(['stats', 'http-in', '_', '*', '../x', 'ü'])('a service called %j', (name) => {
    const word = tell([service(name), tcpService(name)])
    expect(word).toHaveLength(2)
    for (const one of word) expect(one).not.toHaveProperty('broken')
  })

  test('who has a name keeps it', () => {
    const before = tell([tcpService('web')])
    const word = tell([service('web'), tcpService('web')], before)
    expect(Object.fromEntries(word.map(({ name, origin }) => [name, origin.id]))).toMatchObject({
      'lb-web': 'lb/tcp/web',
    })
  })
})

describe('from one time to the next', () => {
  const [one, two] = [service('one', { virtual_path: '/1' }), service('two', { virtual_path: '/2' })]

  test('what has not changed is the same object; versions grow with what has', () => {
    const before = toWord([balancer([one, two])], [], 1000)
    const after = toWord([balancer([{ ...two, options: { virtual_path: '/3' } }, { ...one }])], before, 2000)
    expect(namesOf(after)).toEqual(['lb', 'lb-one', 'lb-two'])
    expect(after[0]).toBe(before[0])
    expect(after[1]).toBe(before[1])
    expect(before[2]?.origin).toEqual({ source: 'kontena', id: 'lb/two', since: 1000, version: 1000 })
    expect(after[2]?.origin).toEqual({ source: 'kontena', id: 'lb/two', since: 1000, version: 2000 })
    expect(toWord([balancer([two])], after, 2000).at(-1)?.origin).toMatchObject({ since: 1000, version: 2001 })
  })

  test('the order of services and upstreams does not matter', () => {
    const upstreams = [1, 2, 3].map((n) => ({ name: `u-${n}`, target: `10.0.0.${n}:80` }))
    const three = service('three', { virtual_path: '/1' }, { upstreams })
    const turned = { ...three, upstreams: upstreams.toReversed() }
    expect(tell([turned, two, one])).toEqual(tell([one, two, three]))
  })

  test('a service whose options are bad now goes on as it was, with the servers it has now', () => {
    const good = service('web', { virtual_hosts: 'a.test', fallback: 'two' })
    const bad = { ...good, options: { ...good.options, balance: 'x', virtual_hosts: 'b.test' } }
    const moved = { ...bad, upstreams: [{ name: 'web-1', target: '10.9.9.9:80' }] }
    let word = tell([good, two])
    for (const now of [bad, moved, moved]) word = tell([now, { ...two, upstreams: [] }], word)
    expect(routesIn(word, 'web')).toEqual(['a.test /'])
    expect(specOf(word, 'lb-web').pools).toMatchObject({
      main: { backends: [{ target: '10.9.9.9:80' }], fallback: 'fallback' },
      fallback: { backends: [] },
    })
    expect(problemsOf(word, 'lb-web')[0]).toMatch(/^fatal: service web of lb: KONTENA_LB_BALANCE is "x"/)
    const alone = specOf(tell([moved], word), 'lb-web')
    expect(Object.keys(alone.pools ?? {})).toEqual(['main'])
    expect(problemsOf(tell([good, two], word), 'lb-web')).toEqual([])
  })

  test('one of tcp too, on each of its ports', () => {
    const good = tcpService('db', { external_port: '90:1,91:2' })
    const bad = { ...good, options: { external_port: 'x' }, upstreams: [{ name: 'db-1', target: '10.9.9.9:80' }] }
    const word = tell([bad, tcpService('new', { external_port: '91' })], tell([good]))
    expect(specOf(word, 'lb-db-91')).toMatchObject({ port: 91, targetPort: 2, backends: [{ target: '10.9.9.9' }] })
    expect(problemsOf(word, 'lb-new')[0]).toMatch(/port 91 is taken by tcp service db of lb/)
  })
})

describe('whatever services ask for', () => {
  const some = <T>(...values: T[]) => fc.subarray(values, { minLength: 0 })
  const list = (...values: string[]) => some(...values).map((items) => items.join(','))
  const options = fc.record(
    {
      virtual_hosts: list('a.test', 'b.a.test', '*.a.test', '*.b.a.test', '*.test', '[::1]', '*'),
      virtual_path: list('/', '/a', '/a/b', '/a*', '/b'),
      path_match: fc.constantFrom('prefix', 'segment'),
      balance: fc.constantFrom('source', 'no'),
      external_port: list('90', '91:1', '92'),
      fallback: fc.constantFrom('s0', 's1'),
      cookie: fc.constantFrom('', 'APP insert secure'),
    },
    { requiredKeys: [] },
  )
  const services = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('s0', 's1', 's2', 's3', 'S3', 's1-tcp'),
      mode: fc.constantFrom<KontenaService['mode']>('http', 'http', 'tcp'),
      options: options.map((given) => ({ ...given }) as Record<string, string>),
    }),
    { selector: ({ name, mode }) => `${name} ${mode}`, maxLength: 8 },
  )

  test('each has a name of its own, none is in the way of another, and nothing changes where nothing has', () => {
    fc.assert(
      fc.property(services, services, (first, second) => {
        const made = [first, second].map((all) => all.map((one) => service(one.name, one.options, { mode: one.mode })))
        let word: Word = []
        for (const all of made) {
          word = tell(all, word)
          expect(new Set(namesOf(word)).size).toBe(word.length)
          const context = { vpcs: [], addresses: new Map(), kept: new Map(), setAside: new Map() }
          const { placements } = merge(word, context)
          for (const one of word)
            if (!('broken' in one)) expect(conflictsOf(placements.get(one.name)), one.origin.id).toEqual([])
          const again = tell(all, word)
          expect(again.every((one, index) => one === word[index])).toBe(true)
        }
      }),
      { numRuns: 150 },
    )
  }, 30_000)
})
