// nginx configurations become load balancers that the daemon takes, and every line that is not in them is named.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { importNginx } from '../../src/import/nginx/import-nginx.ts'
import { parseNginx } from '../../src/import/nginx/parse-nginx.ts'
import { convert } from '../arbitrary/resources.ts'

const SEED = readFileSync(new URL('files/seed.conf', import.meta.url), 'utf8')

function read(text: string) {
  const imported = importNginx(text, 'site')
  if ('message' in imported) throw new Error(imported.message)
  for (const resource of imported.resources)
    expect(convert(resource as Parameters<typeof convert>[0]), JSON.stringify(resource)).not.toBeNull()
  const lines = (kind: string) =>
    imported.remarks.filter((one) => one.kind === kind).map(({ line, text: said }) => `${line}: ${said}`)
  return {
    resources: imported.resources,
    specs: imported.resources.map(({ spec }) => spec),
    leftOut: lines('left-out'),
    notes: lines('note'),
  }
}

/** One server block on port 80, with an upstream `app` on line 1. */
const site = (inside: string) => read(`upstream app { server a:1; }\nserver {\n${inside}\n}`)
const app = { backends: [{ target: 'a:1' }] }

test("the seed's file: algorithm, weights, bench, backup and certificate are taken, the rest is named line by line", () => {
  const { resources, leftOut, notes } = read(SEED)
  expect(resources).toEqual([
    {
      name: 'api-pool',
      spec: {
        tls: { certificateFile: '/etc/ssl/site.pem' },
        routes: [
          { match: { path: '/api' }, pool: 'api-pool' },
          { match: { path: '/static' }, static: { root: '/var/www' } },
        ],
        pools: {
          'api-pool': {
            algorithm: 'leastconn',
            passiveHealth: { failures: 2, benchFor: '10s' },
            backends: [
              { target: '10.0.1.10:8080', weight: 3 },
              { target: '10.0.1.11:8080' },
              { target: '10.0.1.12:8080' },
              { target: '10.0.1.13:8080', backup: true },
            ],
          },
        },
      },
    },
  ])
  expect(leftOut).toEqual([])
  expect(notes.map((note) => note.split(/[:;] /).slice(0, 2).join(': '))).toEqual([
    '1: max_fails and fail_timeout differ between servers',
    '8: keepalive 32',
    '10: port 80 is opened beside 443 and sends clients to https',
    '13: ssl_certificate_key',
  ])
  expect(notes.at(-1)).toContain('ln -s /etc/ssl/site.key /etc/ssl/site.pem.key')
})

describe('upstreams', () => {
  test.each([
    ['ip_hash;', { algorithm: 'source' }],
    ['random two least_conn;', { algorithm: 'random' }],
    ['hash $request_uri consistent;', { algorithm: 'hash', hashKey: 'path' }],
    ['hash $http_x_user consistent;', { algorithm: 'hash', hashKey: 'header:x-user' }],
    ['hash $cookie_sid consistent;', { algorithm: 'hash', hashKey: 'cookie:sid' }],
    ['hash $binary_remote_addr consistent;', { algorithm: 'source' }],
    ['sticky cookie srv;', { sticky: { mode: 'cookie', cookieName: 'srv' } }],
  ])('%s', (line, keys) => {
    const { specs, leftOut } = read(
      `upstream app { ${line} server a:1; }\nserver { location / { proxy_pass http://app; } }`,
    )
    expect([specs, leftOut]).toEqual([[{ ...keys, ...app }], []])
  })

  test.each([
    ['server a;', { target: 'a:80' }],
    ['server [fd00::1]:8080 weight=0;', { target: '[fd00::1]:8080', weight: 0 }],
    ['server a:1 down max_conns=5;', { target: 'a:1', state: 'maint', maxConnections: 5 }],
  ])('%s', (line, backend) => {
    const { specs } = read(`upstream app { ${line} }\nserver { location / { proxy_pass http://app; } }`)
    expect(specs).toEqual([{ backends: [backend] }])
  })

  test('what a server cannot be is named, and the others serve', () => {
    const { specs, leftOut } = read(
      'upstream app { server unix:/a.sock;\nserver a:1 route=x;\nhash $uid; }\nserver { location / { proxy_pass http://app; } }',
    )
    expect(specs).toEqual([app])
    expect(leftOut.map((line) => line.slice(0, 20))).toEqual([
      '1: server unix:/a.so',
      '2: route=x: has no c',
      '3: hash $uid: only t',
    ])
  })
})

describe('where requests go', () => {
  test.each([
    ['location / { proxy_pass http://app; }', app],
    ['location / { proxy_pass http://127.0.0.1:3000/; }', { backends: [{ target: '127.0.0.1:3000' }] }],
    [
      'location /api/ { proxy_pass http://app; }',
      { routes: [{ match: { path: '/api' }, pool: 'app' }], pools: { app } },
    ],
    [
      'location /api/ { proxy_pass http://app/; }',
      { routes: [{ match: { path: '/api' }, ...app, rewrite: { stripPrefix: true } }] },
    ],
    [
      'location /api/ { proxy_pass http://app/v2/; }',
      { routes: [{ match: { path: '/api' }, ...app, rewrite: { replacePrefix: '/v2' } }] },
    ],
    [
      'location /u/ { rewrite ^/u/(.*)$ /users/$1 break; proxy_pass http://app; }',
      { routes: [{ match: { path: '/u' }, ...app, rewrite: { regex: '^/u/(.*)$', to: '/users/\\1' } }] },
    ],
    [
      'location /old/ { return 301 https://new.example.com$request_uri; }',
      { routes: [{ match: { path: '/old' }, redirect: { scheme: 'https', host: 'new.example.com', status: 301 } }] },
    ],
    [
      'location /old/ { return 302 https://new.example.com/start; }',
      { routes: [{ match: { path: '/old' }, redirect: { to: 'https://new.example.com/start', keepPath: false } }] },
    ],
    [
      'location / { proxy_pass http://app; proxy_set_header X-Team web; proxy_set_header X-Old ""; proxy_set_header Host $host; add_header X-Frame-Options DENY always; proxy_hide_header X-Powered-By; }',
      {
        ...app,
        headers: {
          request: { set: { 'X-Team': 'web' }, remove: ['X-Old'] },
          response: { set: { 'X-Frame-Options': 'DENY' }, remove: ['X-Powered-By'] },
        },
      },
    ],
    [
      'gzip on; proxy_read_timeout 90; location / { proxy_connect_timeout 2s; proxy_pass http://app; proxy_next_upstream error http_502; proxy_next_upstream_tries 3; }',
      {
        ...app,
        timeouts: { connect: '2s', server: '90s' },
        compression: true,
        retries: { attempts: 2, on: ['conn-failure', 'empty-response', '502'] },
      },
    ],
    ['root /srv;', { static: { root: '/srv' } }],
    [
      'root /srv; index a.html b.html; location / { try_files $uri $uri/ =404; }',
      { static: { root: '/srv', index: 'a.html' } },
    ],
    [
      'root /srv; location / { proxy_pass http://app; } location /img/ { alias /data/img/; gzip on; }',
      {
        routes: [
          { match: {}, pool: 'app' },
          { match: { path: '/img' }, static: { root: '/data/img' }, rewrite: { stripPrefix: true }, compression: true },
        ],
        pools: { app },
      },
    ],
    [
      'root /srv; location /api/ { proxy_pass http://app; } location /css/ { root /data; }',
      {
        routes: [
          { match: {}, static: { root: '/srv' } },
          { match: { path: '/api' }, pool: 'app' },
          { match: { path: '/css' }, static: { root: '/data' } },
        ],
        pools: { app },
      },
    ],
    ['listen 8080; location / { proxy_pass http://app; }', { port: 8080, ...app }],
    ['listen 127.0.0.1:8080; location / { proxy_pass http://app; }', { port: 8080, bind: '127.0.0.1', ...app }],
    ['listen [::]:80; listen 80; location / { proxy_pass http://app; }', app],
  ])('%s', (inside, spec) => {
    const { specs, leftOut } = site(inside)
    expect([specs, leftOut]).toEqual([[spec], []])
  })

  test.each([
    ['location = /x { proxy_pass http://app; }', '3: location = /x: one path alone'],
    ['location ~ \\.php$ { proxy_pass http://app; }', '3: location ~ \\.php$: paths are matched by prefix'],
    ['location /x/ { proxy_pass https://app; }', '3: proxy_pass https://app: servers are asked without TLS'],
    ['location /x/ { proxy_pass http://$backend; }', '3: proxy_pass http://$backend: an address made of variables'],
    ['location /x/ { return 200 ok; }', '3: return 200 ok: only redirects can be answered'],
    ['location /x/ { return 301 /y; }', '3: return 301 /y: a redirect needs a whole address'],
    ['auth_basic "staff";', '3: auth_basic staff: write it as auth.basic'],
    ['location /x/ { root html; }', '3: root html: "html" is not a folder to serve'],
    [
      'location /x/ { root /srv/$host; try_files $uri /index.php; }',
      '3: try_files $uri /index.php: what is missing gets 404',
    ],
    ['location /x/ { alias /srv; fastcgi_pass php:9000; }', '3: alias /srv: belongs to a location that serves files'],
    ['frobnicate on;', '3: frobnicate on: has no counterpart'],
    ['server_name ~^a;', '3: server_name ~^a: a host is a name'],
  ])('%s is named, and the rest is taken', (inside, words) => {
    const { specs, leftOut } = site(`${inside}\nlocation / { proxy_pass http://app; }`)
    expect(leftOut[0]).toContain(words)
    expect(specs).toHaveLength(inside.startsWith('server_name') ? 0 : 1)
  })
})

describe('ports, names and https', () => {
  const https = (more = '') =>
    `server { listen 443 ssl; server_name a.example www.a.example; ssl_certificate /c.pem; ${more} location / { proxy_pass http://app; } }`
  const upstream = 'upstream app { server a:1; }\n'
  const routes = ['a.example', 'www.a.example'].map((host) => ({ match: { host }, pool: 'app' }))

  test('a server that only sends to https is the redirect of the other', () => {
    const way = 'server { listen 80; server_name a.example www.a.example; return 301 https://$host$request_uri; }\n'
    const { resources, notes } = read(upstream + way + https('ssl_protocols TLSv1.3;'))
    expect(resources).toEqual([
      { name: 'a-example', spec: { tls: { certificateFile: '/c.pem', minVersion: '1.3' }, routes, pools: { app } } },
    ])
    expect(notes.join()).not.toContain('port 80')
  })

  test('one that listens on both does not redirect', () => {
    const { specs } = read(upstream + https('listen 80;'))
    expect(specs).toEqual([{ tls: { certificateFile: '/c.pem', redirect: false }, routes, pools: { app } }])
  })

  test('servers with other certificates are other load balancers on the same ports', () => {
    const other = https().replaceAll('a.example', 'b.example').replace('/c.pem', '/d.pem')
    expect(
      read(upstream + https() + other).resources.map(({ name, spec }) => [name, spec.tls?.certificateFile]),
    ).toEqual([
      ['a-example', '/c.pem'],
      ['b-example', '/d.pem'],
    ])
  })

  test('default_server takes every other host, and .example.com is the name and all below', () => {
    const { specs } = site('listen 80 default_server; server_name .a.example; location / { proxy_pass http://app; }')
    const hosts = [{ host: 'a.example' }, { host: '*.a.example' }, {}]
    expect(specs).toEqual([{ routes: hosts.map((match) => ({ match, pool: 'app' })), pools: { app } }])
  })

  test('a whole nginx.conf with http and stream', () => {
    const { resources } = read(
      'events {}\nhttp { upstream app { server a:1; } server { location / { proxy_pass http://app; } } }\nstream { upstream db { server b:5432; } server { listen 5432; proxy_pass db; proxy_timeout 1h; } }',
    )
    expect(resources).toEqual([
      { name: 'app', spec: app },
      {
        name: 'db',
        spec: { type: 'tcp', port: 5432, backends: [{ target: 'b:5432' }], timeouts: { server: '1h', client: '1h' } },
      },
    ])
  })
})

describe('the syntax', () => {
  test('quotes, comments, variables and lines', () => {
    const read = parseNginx('a "b; {" \'c "d"\' e\\ f; # g;\n\nh ${i}j { k; }')
    expect(read).toEqual([
      { name: 'a', words: ['b; {', 'c "d"', 'e\\ f'], line: 1, block: null },
      { name: 'h', words: ['${i}j'], line: 3, block: [{ name: 'k', words: [], line: 3, block: null }] },
    ])
  })

  test.each([
    ['a b', 1, '"a" does not end'],
    ['a {\nb c }', 2, '"b" does not end'],
    ['a {\nb;', 1, 'a { is never closed'],
    ['a;\n}', 2, 'a } closes nothing'],
    ['a;\n"b', 2, 'a quote is never closed'],
    ['{ }', 1, 'a block has no name'],
    ['a{'.repeat(40), 1, 'nested more than'],
  ])('%j is refused with its line', (text, line, message) => {
    expect(parseNginx(text)).toEqual({ line, message: expect.stringContaining(message) })
  })
})
