// A kontena.yml of each generation: its load balancers, the services behind them, and what is told of it.
import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findUpstreams } from '../../../src/sources/kontena/find-upstreams.ts'
import { toWord } from '../../../src/sources/kontena/to-word.ts'
import { readStackText } from './read-stack-text.ts'

const seed = (name: string) => readFile(new URL(`files/${name}/kontena.yml`, import.meta.url), 'utf8')

const at = (service: string, port: number, count = 1, isStack = false) => ({
  kind: 'instances',
  naming: { isStack, project: 'shop' },
  ...{ service, count, port },
})

test("the internet facing load balancer of Kontena's documentation", async () => {
  const { balancers, problems } = await readStackText(await seed('internet'))
  expect(problems).toEqual([])
  expect(balancers).toEqual([
    {
      name: 'shop-internet_lb',
      environment: {},
      ports: { http: 80, https: 443, stats: 1000 },
      services: [
        {
          name: 'shop-web',
          mode: 'http',
          options: { balance: 'roundrobin', virtual_hosts: 'www.kontena.io,kontena.io' },
          whereabouts: at('web', 80),
        },
        {
          name: 'shop-api',
          mode: 'http',
          options: { balance: 'roundrobin', virtual_path: '/api' },
          whereabouts: at('api', 8080),
        },
      ],
    },
  ])
})

test('the internal TCP load balancer of the same', async () => {
  const { balancers, problems } = await readStackText(await seed('internal'))
  expect(problems).toEqual([])
  expect(balancers?.map(({ name, services }) => ({ name, services }))).toEqual([
    {
      name: 'shop-galera_lb',
      services: [
        {
          name: 'shop-galera',
          mode: 'tcp',
          options: { balance: 'leastcon', external_port: '3306' },
          whereabouts: at('galera', 3306),
        },
      ],
    },
  ])
})

const LB = 'lb: { image: kontena/lb:latest }\n'

test.each([
  ['flat, in a folder', `${LB}web: { links: [lb] }`, {}, 'shop-lb', 'shop-web'],
  ['flat, KONTENA_PROJECT', `${LB}web: { links: [lb] }`, { KONTENA_PROJECT: 'blog' }, 'blog-lb', 'blog-web'],
  [
    'v2 with a name, by depends_on',
    'version: "2"\nname: blog\nservices:\n  lb: { image: kontena/lb }\n  web: { depends_on: [lb] }',
    {},
    'blog-lb',
    'blog-web',
  ],
  [
    'as Compose writes it now',
    'services:\n  lb: { image: kontena/lb }\n  web: { depends_on: { lb: { condition: service_started } } }',
    {},
    'shop-lb',
    'shop-web',
  ],
  [
    'a stack',
    'stack: somebody/blog\nversion: 0.1.0\nservices:\n  lb: { image: kontena/lb }\n  web: { links: [lb] }',
    {},
    'blog/lb',
    'blog-web',
  ],
])('names: %s', async (_title, text, environment, balancer, service) => {
  const { balancers, problems } = await readStackText(text, { environment })
  expect(problems).toEqual([])
  expect(balancers?.map(({ name, services }) => [name, services.map((each) => each.name)])).toEqual([
    [balancer, [service]],
  ])
})

test.each([
  ['an image with kontena/lb in it', 'image: registry/kontena/lb:1.0', 1],
  ['any image with the role', 'image: mine, environment: [KONTENA_SERVICE_ROLE=lb]', 1],
  ['another image', 'image: haproxy', 0],
])('what is a load balancer: %s', async (_title, keys, count) => {
  const { balancers } = await readStackText(`lb: { ${keys} }\nweb: { links: [lb] }`)
  expect(balancers).toHaveLength(count)
})

test.each([
  ['a link with an alias', 'links: ["lb:balancer"]', 1],
  ['no link', 'image: x', 0],
  ['links that are left empty', 'links:', 0],
  ['depends_on is no link in a flat file', 'depends_on: [lb]', 0],
  ['the deployed name as an external link', 'external_links: [shop-lb]', 1],
])('what is balanced: %s', async (_title, keys, count) => {
  const { balancers, problems } = await readStackText(`lb:\n  image: kontena/lb\nweb:\n  ${keys}`)
  expect(problems).toEqual([])
  expect(balancers?.[0]?.services).toHaveLength(count)
})

test('only the first linked load balancer counts, and that is said', async () => {
  const text =
    'a: { image: kontena/lb, ports: ["80:80"] }\nb: { image: kontena/lb, ports: ["81:80"] }\nweb: { links: [b, a] }'
  const { balancers, problems } = await readStackText(text)
  expect(balancers?.map(({ name, services }) => [name, services.length])).toEqual([
    ['shop-a', 0],
    ['shop-b', 1],
  ])
  expect(problems).toEqual([
    'remark kontena.yml:3: web.links: only the first load balancer that is linked counts: b, not a',
  ])
})

test('variables for a load balancer without a link to one are told of', async () => {
  const { balancers, problems } = await readStackText(`${LB}\nweb:\n  environment: [KONTENA_LB_MODE=http]`)
  expect(balancers?.[0]?.services).toEqual([])
  expect(problems).toEqual([
    'remark kontena.yml:3: web: it has KONTENA_LB_ variables and no link to a load balancer, so nothing is served; add the load balancer to its links',
  ])
})

test('a load balancer of another file: its services are served on the default ports', async () => {
  const text = 'web:\n  environment: { KONTENA_LB_VIRTUAL_HOSTS: a.example }\n  external_links: ["infra/lb"]'
  const { balancers, problems } = await readStackText(text)
  expect(balancers).toMatchObject([{ name: 'infra/lb', ports: { http: 80 }, services: [{ name: 'shop-web' }] }])
  expect(problems).toEqual([expect.stringContaining('kontena.yml:3: web.links: infra/lb is not in this file')])
})

test('a load balancer behind another one is where it listens itself', async () => {
  const text =
    'outer: { image: kontena/lb, ports: ["80:80"] }\ninner: { image: kontena/lb, ports: ["8081:80"], links: [outer], environment: { KONTENA_LB_VIRTUAL_PATH: /a } }\nweb: { links: [inner] }'
  const { service, balancers } = await readStackText(text)
  expect(service('shop-inner')?.whereabouts).toEqual({ kind: 'fixed', target: '127.0.0.1:8081' })
  expect(balancers?.map(({ name, services }) => [name, services.length])).toEqual([
    ['shop-outer', 1],
    ['shop-inner', 1],
  ])
})

test('what was only reachable inside is not opened on the port of another load balancer', async () => {
  const text =
    'inner: { image: kontena/lb }\nadmin: { links: [inner] }\nouter: { image: kontena/lb, ports: ["80:80"] }\nweb: { links: [outer] }'
  const { service } = await readStackText(text)
  expect(service('shop-web')?.faults).toBeUndefined()
  expect(service('shop-admin')?.faults).toEqual([
    '/home/shop/kontena.yml:1: inner.ports: it says nothing of port 80, where outer is served already; give it a port of its own, for example "8080:80"',
  ])
})

test.each([
  ['80:80', { http: 80, https: 443, stats: 1000 }, 0],
  ['"8080:80"', { http: 8080, https: 443, stats: 1000 }, 0],
  ['"0.0.0.0:8443:443/tcp"', { http: 80, https: 8443, stats: 1000 }, 0],
  ['9000:1000', { http: 80, https: 443, stats: 9000 }, 0],
  ['"80"', { http: 80, https: 443, stats: 1000 }, 0],
  ['"127.0.0.1:80:80"', { http: 80, https: 443, stats: 1000 }, 0],
  ['eighty', { http: 80, https: 443, stats: 1000 }, 1],
  ['"99999:80"', { http: 80, https: 443, stats: 1000 }, 1],
])('ports: %s', async (port, ports, count) => {
  const { balancers, problems } = await readStackText(`lb: { image: kontena/lb, ports: [${port}] }`)
  expect(balancers?.[0]?.ports).toEqual(ports)
  expect(problems).toHaveLength(count)
})

test('http on a port that was not published is told of', async () => {
  const { problems } = await readStackText('lb: { image: kontena/lb, ports: ["443:443"] }\nweb: { links: [lb] }')
  expect(problems).toEqual([expect.stringContaining('remark kontena.yml:1: lb.ports: it does not publish port 80')])
})

test('one that listened on one address listens there alone', async () => {
  const text =
    'lb: { image: kontena/lb, ports: ["127.0.0.1:8080:80", "[::1]:13306:3306", "0.0.0.0:1000:1000"], environment: [STATS_PASSWORD=x] }\nweb: { links: [lb] }\ndb: { links: [lb], environment: { KONTENA_LB_MODE: tcp, KONTENA_LB_EXTERNAL_PORT: 3306 } }'
  const { balancers, problems } = await readStackText(text)
  expect(problems).toEqual([])
  const word = toWord(findUpstreams(balancers ?? [], new Map()), [])
  const listening = word.flatMap((item) =>
    'broken' in item ? [] : item.listeners.map(({ address, port }) => [address, port]),
  )
  expect(new Set(listening.map((pair) => pair.join(' ')))).toEqual(
    new Set(['127.0.0.1 8080', '::1 13306', '0.0.0.0 1000']),
  )
})

test('tcp ports are those that clients use', async () => {
  const text = (external: string) =>
    `lb: { image: kontena/lb, ports: ["13306:3306", "15000:5000"] }\ndb: { links: [lb], environment: { KONTENA_LB_MODE: tcp${external} } }`
  const portOf = async (external: string) =>
    (await readStackText(text(external))).service('shop-db')?.options['external_port']
  expect(await portOf(', KONTENA_LB_EXTERNAL_PORT: 3306')).toBe('13306')
  expect(await portOf(', KONTENA_LB_EXTERNAL_PORT: 3307')).toBe('3307')
  expect(await portOf('')).toBe('15000')
})

test.each([
  ['health_check: { protocol: http, uri: /up, port: 9000 }', { health_check_uri: '/up', health_check_port: '9000' }],
  ['health_check: { protocol: tcp, port: 9000 }', { health_check_port: '9000' }],
  ['health_check: { protocol: http }', { health_check_uri: '/' }],
  ['image: x', {}],
])('%s', async (keys, options) => {
  const { service } = await readStackText(`${LB}web:\n  links: [lb]\n  ${keys}`)
  expect(service('shop-web')?.options).toEqual(options)
})

test.each([
  ['instances: 3', 3, undefined],
  ['instances: "0"', 0, undefined],
  ['instances: many', 1, 'web.instances: "many" is not a whole number from 0 to 1000'],
  ['instances: [1]', 1, 'web.instances: a list is not a whole number from 0 to 1000'],
])('%s: a fault is of that service alone, with its place', async (keys, count, fault) => {
  const { service } = await readStackText(`${LB}web:\n  links: [lb]\n  ${keys}\napi: { links: [lb] }`)
  expect(service('shop-web')?.whereabouts).toEqual(at('web', 80, count))
  expect(service('shop-web')?.faults).toEqual(fault && [`/home/shop/kontena.yml:4: ${fault}`])
  expect(service('shop-api')?.faults).toBeUndefined()
})

test.each([
  ['no YAML', 'lb: [', 1],
  ['a key twice', 'lb: {}\nlb: {}', 2],
  ['nothing', '', 1],
  ['a list', '- lb', 1],
  ['a service that is a word', `${LB}web: nginx`, 2],
  ['links that are maps', `${LB}web:\n  links:\n    - { name: lb }`, 4],
  ['an environment that is a word', `${LB}web:\n  environment: secret`, 3],
  ['a value that holds itself', `${LB}web: &web { links: *web }`, 2],
  ['an alias that leads nowhere', `${LB}web: *base`, 2],
])('refused as a whole, with the line: %s', async (_title, text, line) => {
  const { balancers, problems } = await readStackText(text)
  expect(balancers).toBeNull()
  expect(problems[0]).toMatch(new RegExp(`^refused kontena\\.yml:${line}: `))
  expect(problems.join()).not.toContain('secret')
})

test('anchors and merge keys are followed', async () => {
  const text = 'lb: { image: kontena/lb }\nbase: &base { links: [lb], instances: 2 }\nweb:\n  <<: *base\n  instances: 3'
  expect((await readStackText(text)).service('shop-web')?.whereabouts).toEqual(at('web', 80, 3))
})

test('no text makes it fall: whatever is wrong is told with a line', async () => {
  const stack =
    'stack: a/b\nvariables:\n  x: { type: string, default: "1" }\nservices:\n  lb: { image: kontena/lb }\n  web:\n    links: [lb]\n    # {% if x %}\n    instances: {{ x }}\n    # {% endif %}\n'
  const texts = [await seed('internet'), await seed('internal'), stack]
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '{%',
    '%}',
    '{{',
    '-',
    ':',
    '\n',
    '  ',
    '*a',
    '&a ',
    '<<: ',
    '"',
    '$',
    '%',
    '|',
    '#',
    '!!',
    '0',
  )
  const edit = fc.tuple(fc.nat(600), fc.nat(3), piece)
  const given = fc.tuple(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 4 }))
  await fc.assert(
    fc.asyncProperty(given, async ([text, edits]) => {
      const edited = edits.reduce((now, [at, cut, put]) => {
        const place = at % (now.length + 1)
        return now.slice(0, place) + put + now.slice(place + cut)
      }, text)
      const { balancers, problems } = await readStackText(edited)
      if (balancers === null)
        expect(problems.filter((each) => /^refused kontena\.yml:\d+: ./.test(each))).not.toEqual([])
    }),
    { numRuns: 400 },
  )
})
