// Random load balancers out of a small world, so that they meet on ports, hosts, paths, pools and servers.
import fc from 'fast-check'
import type { MergeContext } from '../../src/merge/merge.ts'
import type { BrokenFragment, Fragment, Origin } from '../../src/model/fragment.ts'
import { parseResource } from '../../src/spec/parse-resource.ts'
import { toFragment } from '../../src/spec/to-fragment.ts'

/** A resource as a user writes it. */
export type Written = { readonly name: string; readonly spec: Readonly<Record<string, unknown>> }

const duration = fc.constantFrom('250ms', '1s', '5s', '1m30s', '24d')
const target = fc.constantFrom(
  '10.0.0.1:80',
  '10.0.0.2:80',
  '[fd00::1]:80',
  '[::1]:65535',
  'web-1:80',
  'web-2.internal:8080',
  'nowhere:1',
)

/** Keys that may each be there or not. */
function some<T extends Record<string, fc.Arbitrary<unknown>>>(keys: T) {
  return fc.record(keys, { requiredKeys: [] })
}

const agentCheck = fc.constantFrom({ port: 9999 }, { port: 1, interval: '24d', send: 'web:1' })
const backend = fc.record(
  {
    target,
    weight: fc.constantFrom(0, 1, 50, 256),
    backup: fc.boolean(),
    maxConnections: fc.constantFrom(1, 200),
    state: fc.constantFrom('ready', 'drain', 'maint'),
    agentCheck,
  },
  { requiredKeys: ['target'] },
)
const backends = fc.uniqueArray(backend, { maxLength: 4, selector: (one) => one.target })

const rhythm = {
  interval: duration,
  timeout: duration,
  rise: fc.integer({ min: 1, max: 3 }),
  fall: fc.integer({ min: 1, max: 3 }),
  port: fc.constantFrom(1, 9000),
}
const healthCheck = fc.oneof(
  some({ ...rhythm, type: fc.constant('tcp') }),
  fc.constant({ type: 'none' }),
  some({
    ...rhythm,
    path: fc.constantFrom('/', "/it's?a=b#".slice(0, -1), '/%20'),
    status: fc.constantFrom<unknown>(200, '200-399', ['200,204', 301]),
    method: fc.constantFrom('GET', 'POST'),
    headers: fc.record({ 'X-A': fc.constantFrom('a', `it's "50%" #\\ %[src] $HOME {x}`) }),
    body: fc.constantFrom('ok', `it's "50%" #\\ %[src] $HOME {x}`),
    host: fc.constantFrom('a.example', '::1'),
  }),
  fc.record({
    type: fc.constant('custom'),
    send: fc.constantFrom('', 'PING\\r\\n', '"#\\\\'),
    expect: fc.constantFrom('+PONG', '\\x00'),
  }),
  some({ ...rhythm, bodyRegex: fc.constantFrom('ok|fine', '^"\\S+ #"$') }),
  fc.record({ type: fc.constantFrom('redis', 'smtp', 'grpc') }),
  fc.record({ type: fc.constantFrom('postgres', 'mysql'), user: fc.constantFrom('fairlead', 'a@b') }),
  fc.record({ type: fc.constant('grpc'), service: fc.constantFrom('shop.v1.Orders'), host: fc.constantFrom('::1') }),
)
const limit = {
  requests: fc.constantFrom(1, 100),
  window: fc.constantFrom('1s', '1m'),
  action: fc.constantFrom('deny', 'tarpit'),
}
const poolTimeouts = { connect: duration, server: duration, queue: duration, tunnel: duration }
const rawLine = fc.constantFrom('option httplog', 'http-response del-header Server', 'fullconn 5', 'retries 2')

/** Texts that a configuration would misread if they were not escaped. */
const awkward = fc.constantFrom('a', `it's "50%" #\\ %[src] $HOME {x}`)
const headerRules = some({
  set: fc.record({ 'X-A': awkward }),
  add: fc.record({ 'X-B': awkward }),
  remove: fc.constant(['X-C']),
})
const requestKeys = {
  headers: some({ request: headerRules, response: headerRules }),
  compression: fc.boolean(),
  requestId: fc.boolean(),
  limits: fc.constantFrom({ body: '10MB' }, { headers: '8KB' }, { body: '1B', chunked: 'allow' }),
  retries: some({ attempts: fc.constantFrom(0, 3), on: fc.constantFrom([], ['500', 'response-timeout']) }),
  unavailable: some({
    body: fc.constantFrom(' ', `<a href="x">it's\n50% \\ #</a>`),
    contentType: fc.constantFrom('text/html; charset=utf-8'),
    retryAfter: duration,
    status: fc.constantFrom(503, 200),
  }),
}

const network = fc.constantFrom('10.0.0.5/8', '::ffff:10.0.0.0/104', '::/0', '0.0.0.0/0', 'fd00::1', '2001:DB8::/32')
const networks = fc.oneof(
  fc.uniqueArray(network, { minLength: 1 }),
  fc.constant(Array.from({ length: 70 }, (_, index) => `10.1.${index}.0/24`)),
)
const hash =
  '$6$rounds=1000$fairleadtestsalt$Avqr9DIgGf1Miii7qGe7lkojW1mGx2pMlq6ZRzC3OeDPj/bnDecv9RM1YaGnvsYoYpk8CVS9uTP7X3j0D7Jbk0'
const awkwardWord = fc.constantFrom('a', `it's;50%#%[src]$HOME{x},)`, '-f', '--', '"\\')
const auth = fc.oneof(
  fc.record({
    basic: fc.record(
      {
        realm: fc.constantFrom('Staff', `it's 50% # %[src] $HOME {x}`),
        users: fc.constantFrom({ ann: hash }, { 'b@x.example': hash, c: hash }),
        forward: fc.boolean(),
      },
      { requiredKeys: ['users'] },
    ),
  }),
  fc.record({
    jwt: fc.record(
      {
        keyFile: fc.constantFrom('/etc/key.pem', `/it's "50%" #/key`),
        algorithm: fc.constantFrom('HS256', 'RS512'),
        issuer: awkwardWord,
        audience: fc.oneof(awkwardWord, fc.uniqueArray(awkwardWord, { minLength: 1 })),
        header: fc.constantFrom('Authorization', 'X-Token'),
        forward: fc.boolean(),
      },
      { requiredKeys: ['keyFile'] },
    ),
  }),
)

function poolKeys(mode: 'http' | 'tcp') {
  const key =
    mode === 'http' ? fc.constantFrom('source', 'path', 'header:X-Api-Key', 'header:X-User') : fc.constant('source')
  const sticky = fc.constantFrom(
    { mode: 'source' },
    ...(mode === 'http' ? [{ mode: 'cookie' }, { mode: 'cookie', cookieName: 'S' }] : []),
  )
  return {
    algorithm: fc.constantFrom('roundrobin', 'leastconn', 'source', 'random', 'first', 'leastcon'),
    backends,
    healthCheck,
    sticky,
    rateLimit: fc.record(
      {
        ...limit,
        key,
        burst: fc.constant(1),
        ...(mode === 'http' ? { action: fc.constantFrom('deny', 'tarpit') } : {}),
      },
      { requiredKeys: ['requests', 'window'] },
    ),
    customSettings: fc.array(mode === 'http' ? rawLine : fc.constant('retries 2'), { maxLength: 2 }),
    timeouts: some(poolTimeouts),
    passiveHealth: fc.constantFrom({}, { failures: 1, benchFor: '1s' }),
    slowStart: duration,
    maintenance: fc.boolean(),
    ...(mode === 'http'
      ? {
          keepAlive: some({ reuse: fc.constantFrom('never', 'always'), poolMaxConnections: fc.constantFrom(0, 5) }),
          protocol: fc.constant('h2'),
        }
      : {}),
    access: fc.oneof(
      fc.record({ allow: networks }),
      fc.record({ deny: networks }),
      fc.record({ allow: networks, deny: networks }),
    ),
    connections: fc.constantFrom({ perSource: 1 }, { perSource: 50 }),
    ...(mode === 'http' ? { auth } : {}),
    ...(mode === 'http' ? requestKeys : {}),
  }
}

const match = fc.record(
  {
    host: fc.constantFrom('app.example.com', '*.example.com', '*.eu.example.com', '::1', 'B.example'),
    path: fc.constantFrom('/', '/api', '/api/v1/', '/%2F', "/a'b;c"),
  },
  { requiredKeys: [] },
)
const http = { ...poolKeys('http'), fallback: fc.constantFrom('blue', 'green') }
const conditions = some({
  headers: fc.constantFrom({ 'X-Beta': '1' }, { 'X-Beta': '*', 'X-A': '-m "}" #' }),
  methods: fc.constantFrom(['GET'], ['POST', 'PUT']),
  query: fc.constantFrom({ beta: '1' }),
})
const narrow = fc.tuple(match, fc.oneof(fc.constant({}), conditions)).map(([wide, when]) => ({ ...wide, ...when }))
const part = fc.record(
  { pool: fc.constantFrom('blue', 'green'), weight: fc.constantFrom(1, 5, 95, 1_000_000) },
  { requiredKeys: ['pool'] },
)
const route = fc.oneof(
  fc.record({ match: narrow, pool: fc.constantFrom('blue', 'green') }),
  fc.record({ match: narrow, ...http }, { requiredKeys: ['match', 'backends'] }),
  fc.record(
    {
      match: narrow,
      split: fc.array(part, { minLength: 1, maxLength: 3 }),
      splitPin: fc.constantFrom('none', 'cookie', 'source', 'header:X-User'),
    },
    { requiredKeys: ['match', 'split'] },
  ),
  fc.record({
    match: narrow,
    redirect: fc.constantFrom({ scheme: 'https' }, { to: 'https://a.example/50%25?x=%[src]' }),
  }),
  fc.record({
    match: narrow,
    static: fc.constantFrom({ root: '/srv/www' }, { root: '/srv/50% %[src] \'#"', index: 'a.htm', dotfiles: true }),
  }),
)
const place = {
  proxyProtocol: some({ accept: fc.boolean(), send: fc.constantFrom('none', 'v1', 'v2') }),
  vpc: fc.constantFrom('prod', 'lab'),
  port: fc.constantFrom(80, 81, 5432),
  bind: fc.constantFrom('0.0.0.0', '127.0.0.1', 'fd00::1'),
}
const listenerTimeouts = {
  client: fc.constantFrom('30s', '60s'),
  httpRequest: fc.constantFrom('5s', '10s'),
  keepAlive: fc.constantFrom('1s', '10s'),
}

const httpSpec = fc.record(
  {
    ...http,
    ...place,
    timeouts: some({ ...poolTimeouts, ...listenerTimeouts }),
    routes: fc.uniqueArray(route, {
      maxLength: 3,
      selector: ({ match: { path, ...rest } }) => `${path?.replace(/\/$/, '')} ${JSON.stringify(rest)}`,
    }),
    pools: fc.record({ blue: some(http), green: some(http) }),
    tls: fc.constant({ domain: 'app.example.com' }),
  },
  { requiredKeys: ['pools'] },
)
const tcpSpec = fc.record(
  {
    ...poolKeys('tcp'),
    ...place,
    type: fc.constant('tcp'),
    timeouts: some({ ...poolTimeouts, client: listenerTimeouts.client }),
  },
  { requiredKeys: ['type', 'port'] },
)

/** A spec; nearly all of them parse and convert. */
export const specs: fc.Arbitrary<Written['spec']> = fc.oneof(
  { weight: 3, arbitrary: httpSpec },
  { weight: 1, arbitrary: tcpSpec },
)

const names = fc.constantFrom('a', 'b', 'c', 'web', 'web-2')

/** Load balancers of several sources, some of one name, some of one age, some broken. No two of one source and id. */
export const words: fc.Arbitrary<(Fragment | BrokenFragment)[]> = fc
  .uniqueArray(
    fc.record({
      source: fc.constantFrom('store', 'file'),
      name: names,
      since: fc.integer({ min: 1, max: 3 }),
      version: fc.integer({ min: 1, max: 3 }),
      spec: specs,
      isBroken: fc.boolean(),
    }),
    { maxLength: 6, selector: ({ source, name }) => `${source} ${name}` },
  )
  .map((told) =>
    told.map(({ source, name, since, version, spec, isBroken }) => {
      const origin = { source, id: name, since, version }
      const broken = { origin, name, broken: [{ code: 'invalid', message: 'is broken', fatal: true }] }
      return isBroken && since === 3 ? broken : (convert({ name, spec }, origin) ?? broken)
    }),
  )

const usual = {
  algorithm: fc.constantFrom('roundrobin', 'leastconn'),
  backends,
  healthCheck: fc.oneof(
    some({ type: fc.constantFrom('tcp', 'none'), interval: fc.constantFrom('2s', '3s') }),
    some({
      path: fc.constantFrom('/', '/a;b'),
      host: fc.constantFrom('a.example', '::1'),
      rise: fc.constantFrom(2, 3),
    }),
  ),
  sticky: fc.constantFrom({ mode: 'source' }, { mode: 'cookie' }),
  rateLimit: fc.record({ requests: fc.constantFrom(1, 100), window: fc.constantFrom('1s', '10s') }),
  timeouts: some({ server: duration, tunnel: duration }),
}
const usualPool = some(usual)
const rare = { customSettings: fc.nat({ max: 11 }).map((chance) => (chance === 0 ? ['option httplog'] : [])) }
const usualHttp = fc.record(
  {
    ...usual,
    ...rare,
    routes: fc.uniqueArray(
      fc.oneof(
        fc.record({ match, pool: fc.constantFrom('blue', 'green') }),
        fc.record({ match, ...usual }, { requiredKeys: ['match', 'backends'] }),
      ),
      { maxLength: 3, selector: ({ match: { host, path } }) => `${host} ${path?.replace(/\/$/, '')}` },
    ),
    pools: fc.record({ blue: usualPool, green: some({ ...usual, ...rare }) }),
  },
  { requiredKeys: ['pools', 'backends'] },
)

const neighbours = fc.record(
  { a: usualHttp, b: usualHttp, web: usualHttp, db: fc.record({ algorithm: usual.algorithm, backends }) },
  { requiredKeys: ['db'] },
)
const oneSetting = fc.oneof(...Object.entries(usual).map(([key, value]) => fc.record({ [key]: value })))
type Neighbours = Record<string, Record<string, unknown>>

/** Load balancers on ports that are always there, change by change: some as a whole, some by one setting of one pool. */
export const neighbourhoods: fc.Arbitrary<Fragment[][]> = fc
  .tuple(neighbours, fc.array(fc.tuple(neighbours, oneSetting, fc.nat({ max: 9 })), { minLength: 1, maxLength: 7 }))
  .map(([first, steps]) => {
    const all: Neighbours[] = [first]
    for (const [other, change, kind] of steps) all.push(kind === 0 ? other : changePool(all.at(-1) ?? {}, change, kind))
    return all.map(toNeighbours)
  })

/** One load balancer's own pool, or one it has a name for, with other settings. */
function changePool(before: Neighbours, change: object, kind: number): Neighbours {
  const names = Object.keys(before).filter((name) => name !== 'db')
  const name = names[kind % Math.max(1, names.length)]
  const spec = name === undefined ? undefined : before[name]
  if (name === undefined || spec === undefined) return before
  if (kind % 2 === 0) return { ...before, [name]: { ...spec, ...change } }
  const pools = spec['pools'] as Record<string, object>
  return { ...before, [name]: { ...spec, pools: { ...pools, blue: { ...pools['blue'], ...change } } } }
}

function toNeighbours({ db, ...others }: Neighbours): Fragment[] {
  const fixed = {
    db: { ...db, type: 'tcp', port: 5432 },
    keeper: { routes: [{ match: { host: 'keep.example' }, backends: [] }] },
  }
  return Object.entries({ ...fixed, ...others }).flatMap(([name, spec]) => {
    return convert({ name, spec: JSON.parse(JSON.stringify(spec)) as Written['spec'] }) ?? []
  })
}

/** What a node knows beside them. */
export const contexts: fc.Arbitrary<Omit<MergeContext, 'kept'>> = fc.record({
  vpcs: fc.constantFrom([], [], ['prod'], ['prod', 'lab']),
  addresses: fc.constantFrom(
    new Map(),
    new Map([['web-1', '10.0.0.11']]),
    new Map([
      ['web-1', 'fd00::11'],
      ['web-2.internal', '10.0.0.12'],
    ]),
  ),
  setAside: fc.constantFrom(
    new Map(),
    new Map([['web', { code: 'invalid', message: 'HAProxy refuses it', fatal: true }]]),
  ),
})

/** The fragment of a resource; null where it is refused. */
export function convert(
  resource: Written,
  origin: Origin = { source: 'store', id: resource.name, since: 1, version: 1 },
): Fragment | null {
  const parsed = parseResource(resource)
  const checked = parsed.ok ? toFragment(parsed.value, origin) : parsed
  return checked.ok ? checked.value : null
}
