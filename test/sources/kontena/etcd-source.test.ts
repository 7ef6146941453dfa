// Following an etcd that is good, slow, wiped, forgetful, strict, broken or gone.
import { describe, expect, test } from 'vitest'
import { waitFor } from '../../../src/io/deadline.ts'
import { FakeEtcd } from '../../fakes/fake-etcd.ts'
import { Following } from './following.ts'

const WEB = { 'services/web/virtual_path': '/', 'services/web/upstreams/web-1': '10.81.1.2:80' }

async function startFake(keys: Record<string, string> = WEB): Promise<FakeEtcd> {
  const etcd = await new FakeEtcd().start()
  for (const [path, value] of Object.entries(keys)) etcd.keys.set(path, value)
  return etcd
}

const questions = (etcd: FakeEtcd, pattern: RegExp) => etcd.asked.filter((path) => pattern.test(path))

describe('a good etcd', () => {
  test('everything is read once, then each change is told by a long poll that resumes where it was', async () => {
    const etcd = await startFake()
    const following = new Following(etcd.setting())
    await following.untilServed('web 10.81.1.2:80 /')
    for (let last = 3; last < 9; last++) etcd.set('services/web/upstreams/web-1', `10.81.1.${last}:80`)
    await following.untilServed('web 10.81.1.8:80 /')
    etcd.delete('services/web/upstreams/web-1')
    await following.untilServed('web  /')
    expect(questions(etcd, /quorum=true/)).toHaveLength(1)
    await following.until('the next poll', () => questions(etcd, /waitIndex=18/).length === 1)
    const waits = questions(etcd, /wait=true/).map((path) => Number(/waitIndex=(\d+)/.exec(path)?.[1]))
    expect(waits).toEqual([11, 12, 13, 14, 15, 16, 17, 18])
    expect(following.words).toHaveLength(following.kept.length)
    expect([following.told, following.doubts, following.remarks]).toEqual([[], [], []])
  })

  test('an empty one gets its folders and is an empty word; one who may not write is told once', async () => {
    const etcd = await startFake({})
    const following = new Following(etcd.setting())
    await following.untilServed('')
    expect(questions(etcd, /^PUT/)).toEqual([
      'PUT /v2/keys/kontena/haproxy/lb/services?dir=true&prevExist=false',
      'PUT /v2/keys/kontena/haproxy/lb/tcp-services?dir=true&prevExist=false',
    ])
    const strict = await startFake({})
    strict.answers.set('create', (_request, response) => {
      response.writeHead(401).end('{"errorCode":110,"message":"The request requires user authentication"}')
    })
    const reader = new Following(strict.setting(), { resyncMs: 30 })
    await reader.untilServed('')
    await waitFor(() => questions(strict, /quorum/).length > 3, { timeoutMs: 60_000, what: 'more reads' })
    expect(reader.remarks).toEqual([
      expect.stringMatching(/^the load balancer's folders could not be made: .*does not let us in/),
    ])
  })

  test('a service is never there without its last option', async () => {
    const etcd = await startFake()
    const following = new Following(etcd.setting())
    await following.untilServed('web 10.81.1.2:80 /')
    etcd.set('services/api/upstreams/api-1', '10.81.1.9:80')
    etcd.set('services/api/balance', 'roundrobin')
    etcd.set('services/api/virtual_path', '/api')
    await following.until('it to be half read', () => questions(etcd, /waitIndex=14/).length === 1)
    etcd.set('services/api/basic_auth_secrets', 'secrets')
    await following.untilServed('api 10.81.1.9:80 roundrobin,secrets,/api; web 10.81.1.2:80 /')
    const seen = following.kept.flat().filter(({ name }) => name === 'api')
    expect(seen.every(({ options }) => Object.hasOwn(options, 'basic_auth_secrets'))).toBe(true)
  })

  test('what no event told is healed by the next read of everything', async () => {
    const etcd = await startFake()
    const following = new Following(etcd.setting(), { resyncMs: 50 })
    await following.untilServed('web 10.81.1.2:80 /')
    etcd.keys.set('services/web/upstreams/web-1', '10.81.1.7:80')
    await following.untilServed('web 10.81.1.7:80 /')
  })

  test('an index that is not known any more means: everything is read again', async () => {
    const etcd = await startFake()
    const following = new Following(etcd.setting())
    await following.untilServed('web 10.81.1.2:80 /')
    etcd.answers.set('wait', (_request, response) => {
      etcd.answers.delete('wait')
      etcd.keys.set('services/web/upstreams/web-1', '10.81.1.7:80')
      response.writeHead(400).end('{"errorCode":401,"message":"The event in requested index is outdated and cleared"}')
    })
    etcd.set('services/web/balance', 'source')
    await following.untilServed('web 10.81.1.7:80 source,/')
    expect(following.told).toEqual([])
  })

  test('user and password are sent, and never said', async () => {
    const etcd = await startFake()
    const following = new Following(etcd.setting('etcd://ann:secret@'))
    await following.untilServed('web 10.81.1.2:80 /')
    const basic = `Basic ${Buffer.from('ann:secret').toString('base64')}`
    expect(new Set(etcd.headers.map(({ authorization }) => authorization))).toEqual(new Set([basic]))
    etcd.answers.set('read', (_request, response) => {
      response.writeHead(401).end('{"errorCode":110,"message":"The request requires user authentication"}')
    })
    etcd.cut()
    const isRefused = () => following.told.some((one) => one?.includes('does not let us in: 401 (The request requires'))
    await following.until('the refusal', isRefused)
    expect(JSON.stringify([following.told, following.remarks])).not.toContain('secret')
  })
})

describe('unknown is not empty', () => {
  test('an etcd that goes away and comes back: the last word holds, told once, then what changed is followed', async () => {
    const etcd = await startFake()
    const following = new Following(etcd.setting())
    await following.untilServed('web 10.81.1.2:80 /')
    await etcd.stop()
    await following.until('the trouble', () => following.told.length > 0)
    expect(following.told).toEqual([
      expect.stringMatching(
        /^etcd at etcd:\/\/127\.0\.0\.1:\d+ cannot be reached: .*; what it said last goes on to hold$/,
      ),
    ])
    expect(following.words).toHaveLength(1)
    etcd.set('services/web/upstreams/web-1', '10.81.1.7:80')
    await etcd.start()
    await following.untilServed('web 10.81.1.7:80 /')
    expect(following.told.slice(1)).toEqual([null])
  })

  test('one that was never there says nothing at all', async () => {
    const etcd = await startFake()
    await etcd.stop()
    const following = new Following(etcd.setting())
    await following.until('the trouble', () => following.told.length > 0)
    expect(following.told[0]).toMatch(/nobody listens there; check host and port$/)
    expect(following.words).toEqual([])
    await etcd.start()
    await following.untilServed('web 10.81.1.2:80 /')
  })

  test.each([
    ['services', 'services/web'],
    ['the folder', 'services'],
    ['the prefix', null],
  ])('taken away, all at once: %s', async (_, path) => {
    const etcd = await startFake()
    const following = new Following(etcd.setting())
    await following.untilServed('web 10.81.1.2:80 /')
    etcd.delete(path)
    await following.until('the doubt', () => following.doubts.length > 0)
    etcd.cut()
    await following.until('another look', () => questions(etcd, /quorum/).length > 1)
    expect(following.served).toBe('web 10.81.1.2:80 /')
    expect(following.kept.at(-1)?.map(({ remarks }) => remarks)).toEqual([[following.doubts[0]]])
    etcd.set('services/api/virtual_path', '/api')
    etcd.set('services/api/upstreams/api-1', '10.81.1.9:80')
    await following.untilServed('api 10.81.1.9:80 /api')
    expect(following.doubts).toEqual([expect.stringContaining('lost what it listed in services'), null])
  })

  test('lost while nobody looked, also over a restart of ours', async () => {
    const etcd = await startFake({})
    const web = {
      name: 'web',
      mode: 'http',
      options: { virtual_path: '/' },
      upstreams: [{ name: 'w', target: 'a:1' }],
    } as const
    const following = new Following(etcd.setting(), { known: [web] })
    await following.untilServed('web a:1 /')
    expect(following.doubts).toHaveLength(1)
    expect(questions(etcd, /^PUT/)).toEqual([])
    etcd.set('empty', 'true')
    await following.untilServed('')
  })

  test('half a service is not taken for a whole one because etcd has gone silent', async () => {
    const etcd = await startFake()
    const following = new Following(etcd.setting())
    await following.untilServed('web 10.81.1.2:80 /')
    etcd.set('services/api/virtual_path', '/api')
    await following.until('it to be read', () => questions(etcd, /waitIndex=12/).length === 1)
    await etcd.stop()
    await following.until('the trouble', () => following.told.length > 0)
    etcd.set('services/api/basic_auth_secrets', 'secrets')
    await etcd.start()
    await following.untilServed('api  secrets,/api; web 10.81.1.2:80 /')
    const seen = following.kept.flat().filter(({ name }) => name === 'api')
    expect(seen.every(({ options }) => Object.hasOwn(options, 'basic_auth_secrets'))).toBe(true)
  })
})

describe('a bad etcd', () => {
  test.each<[string, number, string, RegExp]>([
    [
      'no v2 API',
      404,
      '404 page not found',
      /has no v2 API: start it with --enable-v2=true, or read the v3 API with etcd3:\/\/$/,
    ],
    ['broken JSON', 200, '{', /answered with something else than it was asked for$/],
    ['other JSON', 200, '{"node":5}', /answered with something else than it was asked for$/],
    ['an error', 500, '{"errorCode":300,"message":"Raft Internal Error"}', /answered 500 \(Raft Internal Error\)$/],
    ['TLS', 400, 'Client sent an HTTP request to an HTTPS server.', /answered 400 \(Client sent an HTTP request/],
  ])('%s', async (_, status, body, message) => {
    const etcd = await startFake()
    etcd.answers.set('read', (_request, response) => void response.writeHead(status, { 'x-etcd-index': '3' }).end(body))
    const following = new Following(etcd.setting())
    await following.until('the trouble', () => following.told.length > 0)
    expect(following.told[0]).toMatch(message)
    expect(following.words).toEqual([])
    etcd.answers.clear()
    await following.untilServed('web 10.81.1.2:80 /')
  })

  test('one that accepts and never answers is noticed, at once and later', async () => {
    const etcd = await startFake()
    etcd.answers.set('read', () => {})
    const following = new Following(etcd.setting(), { resyncMs: 50, limits: { answerMs: 400 } })
    await following.until('the trouble', () => following.told.length > 0)
    expect(following.told[0]).toMatch(/gave no whole answer within 400 ms$/)
    etcd.answers.clear()
    await following.untilServed('web 10.81.1.2:80 /')
    etcd.answers.set('read', () => {})
    const isTold = () => /400 ms; what it said last goes on to hold$/.test(following.told.at(-1) ?? '')
    await following.until('the trouble', isTold)
    expect(following.served).toBe('web 10.81.1.2:80 /')
  })

  test('an answer without end is given up', async () => {
    const etcd = await startFake()
    etcd.answers.set('read', (_request, response) => void response.end('x'.repeat(2000)))
    const following = new Following(etcd.setting(), { limits: { longestAnswer: 1000 } })
    await following.until('the trouble', () => following.told.length > 0)
    expect(following.told[0]).toMatch(/answered with more than 1000 bytes$/)
  })

  test('a watch that ends without a word starts no storm of requests', async () => {
    const etcd = await startFake()
    etcd.answers.set('wait', (_request, response) => void response.end())
    const following = new Following(etcd.setting())
    await following.until('the trouble', () => following.told.length > 0)
    expect(following.told[0]).toMatch(/closed the watch/)
    expect(questions(etcd, /./).length).toBeLessThan(10)
  })

  test('of several hosts the next one is asked', async () => {
    const [dead, alive] = [await startFake(), await startFake()]
    await dead.stop()
    const { endpoint, ...rest } = alive.setting()
    const hosts = [{ host: '127.0.0.1', port: dead.port }, ...endpoint.hosts]
    const following = new Following({ ...rest, endpoint: { ...endpoint, hosts } })
    await following.untilServed('web 10.81.1.2:80 /')
    await dead.start()
    dead.keys.set('services/web/virtual_path', '/new')
    await alive.stop()
    await following.until('the other one', () => following.served.includes('/new'))
  })

  test('a file for TLS that is not there, or is none', async () => {
    const etcd = await startFake()
    const missing = new Following(etcd.setting('etcds://', '&ca=/nowhere/ca.pem'))
    await missing.until('the trouble', () => missing.told.length > 0)
    expect(missing.told[0]).toBe('/nowhere/ca.pem cannot be read (ENOENT); it is to be the ca for etcd')
    const wrong = new Following(etcd.setting('etcds://', '&cert=/etc/hosts&key=/etc/hosts'))
    await wrong.until('the trouble', () => wrong.told.length > 0)
    expect(wrong.told[0]).toMatch(/^etcd at etcds:\/\/127\.0\.0\.1:\d+ cannot be reached: /)
  })
})
