// Actions as the words the worker's socket takes.
import { expect, test } from 'vitest'
import { formatCommands } from '../../src/haproxy/runtime-commands.ts'
import { merge } from '../../src/merge/merge.ts'
import type { Pool, Server } from '../../src/model/config.ts'
import { convert } from '../arbitrary/resources.ts'

const REF = { owner: 'web', pool: 'web.main', server: 'fd00::1:80' }
const CONTEXT = { cookieKey: 'secret', passes: () => true }

test.each([
  [{ kind: 'set-weight', ...REF, from: 1, to: 256, drain: false }, ['set server be_web.main/fd00::1:80 weight 256']],
  [{ kind: 'set-weight', ...REF, from: 1, to: 0, drain: true }, ['set server be_web.main/fd00::1:80 weight 0']],
  [{ kind: 'set-max-connections', ...REF, from: null, to: 7 }, ['set maxconn server be_web.main/fd00::1:80 7']],
  [{ kind: 'set-max-connections', ...REF, from: 7, to: null }, ['set maxconn server be_web.main/fd00::1:80 0']],
  [{ kind: 'set-state', ...REF, from: 'ready', to: 'maint' }, ['set server be_web.main/fd00::1:80 state maint']],
  [{ kind: 'set-state', ...REF, from: 'maint', to: 'ready' }, ['set server be_web.main/fd00::1:80 state ready']],
  [{ kind: 'retire-server', ...REF }, ['set server be_web.main/fd00::1:80 state maint']],
  [{ kind: 'delete-server', ...REF }, ['del server be_web.main/fd00::1:80']],
  [
    { kind: 'set-address', ...REF, from: 'a:1', to: '[fd00::2]:81', address: 'fd00::2', port: 81 },
    ['set server be_web.main/fd00::1:80 addr fd00::2 port 81'],
  ],
  [{ kind: 'reload', because: [{ code: 'start', owner: null, text: 'x' }] }, []],
] as const)('%j', (action, commands) => {
  expect(formatCommands(action, CONTEXT)).toEqual(commands)
})

const ROUTE = { kind: 'set-route', owner: 'web', listener: '[fd00::1]:80' } as const
const MAP = 'maps/routes_fd00__1_80.map'

test.each([
  [{ ...ROUTE, host: 'a.b', path: '/', from: null, to: 'web.main' }, `add map ${MAP} a.b/ be_web.main`],
  [{ ...ROUTE, host: '*.a.b', path: '/x', from: 'web.main', to: 'web.pool.p' }, `set map ${MAP} .a.b/x/ be_web.pool.p`],
  [{ ...ROUTE, host: null, path: '/x', from: 'web.main', to: null }, `del map ${MAP} /x/`],
])('%j', (action, command) => {
  expect(formatCommands(action, CONTEXT)).toEqual([command])
})

function poolOf(spec: Record<string, unknown>): { pool: Pool; server: Server } {
  const fragment = convert({ name: 'web', spec: { backends: [{ target: '10.0.0.1:80', weight: 7 }], ...spec } })
  const { value } = merge([fragment!], { vpcs: [], addresses: new Map(), kept: new Map(), setAside: new Map() })
  const [pool] = value.pools
  return { pool: pool!, server: pool!.servers[0]! }
}

test('a server is added with the words of its line in the file, and comes into service when its check passes', () => {
  const { pool, server } = poolOf({ sticky: { mode: 'cookie' } })
  const action = {
    kind: 'add-server',
    owner: 'web',
    pool: pool.id,
    server: server.name,
    definition: server,
    in: pool,
  } as const
  const name = 'be_web.main/10.0.0.1:80'
  const added = [
    `add server ${name} 10.0.0.1:80 weight 7 check inter 2000ms rise 2 fall 3 pool-max-conn -1 pool-purge-delay 5s`,
    `enable health ${name}`,
    'set dynamic-cookie-key backend be_web.main secret',
  ]
  expect(formatCommands(action, CONTEXT)).toEqual([...added, `set server ${name} state ready`])
  const waits = formatCommands(action, { ...CONTEXT, passes: () => false })
  expect(waits.slice(0, 3)).toEqual(added)
  expect(waits).toContain(`set server ${name} health stopping`)
  expect(formatCommands({ ...action, definition: { ...server, state: 'maint' } }, CONTEXT)).toHaveLength(3)
})

test('a server without a check has none to enable', () => {
  const { pool, server } = poolOf({ healthCheck: { type: 'none' } })
  const action = {
    kind: 'add-server',
    owner: 'web',
    pool: pool.id,
    server: server.name,
    definition: server,
    in: pool,
  } as const
  expect(formatCommands(action, CONTEXT)).toEqual([
    'add server be_web.main/10.0.0.1:80 10.0.0.1:80 weight 7 pool-max-conn -1 pool-purge-delay 5s',
    'set server be_web.main/10.0.0.1:80 state ready',
  ])
})
