// Actions as the words the worker's socket takes.
import { expect, test } from 'vitest'
import { findRows, formatCommands } from '../../src/haproxy/runtime-commands.ts'
import { merge } from '../../src/merge/merge.ts'
import { type Pool, poolsOf, type Server } from '../../src/model/config.ts'
import type { Action } from '../../src/plan/action.ts'
import { PARAMETER_MAPS } from '../../src/render/haproxy/rows.ts'
import { convert } from '../arbitrary/resources.ts'

const PLACE = { owner: 'web', pool: 'web.main', place: 'be_web.main' }
const REF = { ...PLACE, server: 'fd00::1:80' }
const { pool: POOL, server: SERVER } = poolOf({})
const CONTEXT = { cookieKey: 'secret', passes: () => true }

test.each([
  [{ kind: 'set-weight', ...REF, from: 1, to: 256, drain: false }, ['set server be_web.main/fd00::1:80 weight 256']],
  [{ kind: 'set-weight', ...REF, from: 1, to: 0, drain: true }, ['set server be_web.main/fd00::1:80 weight 0']],
  [{ kind: 'set-max-connections', ...REF, from: null, to: 7 }, ['set maxconn server be_web.main/fd00::1:80 7']],
  [{ kind: 'set-max-connections', ...REF, from: 7, to: null }, ['set maxconn server be_web.main/fd00::1:80 0']],
  [{ kind: 'set-state', ...REF, from: 'ready', to: 'maint' }, ['set server be_web.main/fd00::1:80 state maint']],
  [{ kind: 'set-state', ...REF, from: 'maint', to: 'ready' }, ['set server be_web.main/fd00::1:80 state ready']],
  [
    { kind: 'retire-server', ...REF, definition: SERVER, isLate: false },
    ['set server be_web.main/fd00::1:80 state maint'],
  ],
  [{ kind: 'delete-server', ...REF }, ['del server be_web.main/fd00::1:80']],
  [
    { kind: 'set-address', ...REF, from: 'a:1', to: '[fd00::2]:81', address: 'fd00::2', port: 81 },
    ['set server be_web.main/fd00::1:80 addr fd00::2 port 81'],
  ],
  [{ kind: 'reload', because: [{ code: 'start', owner: null, text: 'x' }] }, []],
  // Only the ledger notes these: HAProxy itself has nothing to do.
  [{ kind: 'leave-place', ...PLACE, definition: POOL, profile: null, isMove: false }, []],
  [{ kind: 'free-place', ...PLACE, profile: null }, []],
] as const)('%j', (action, commands) => {
  expect(formatCommands(action, CONTEXT)).toEqual(commands)
})

const ROUTE = { kind: 'set-route', owner: 'web', listener: '[fd00::1]:80' } as const
const MAP = 'maps/routes_fd00__1_80.map'

test.each([
  [
    { ...ROUTE, host: 'a.b', path: '/', from: null, to: 'web.main', place: 'be_web.main' },
    `add map ${MAP} a.b/ be_web.main`,
  ],
  [
    { ...ROUTE, host: '*.a.b', path: '/x', from: 'web.main', to: 'web.pool.p', place: 'bl_1' },
    `set map ${MAP} .a.b/x/ bl_1`,
  ],
  [{ ...ROUTE, host: null, path: '/x', from: 'web.main', to: null, place: null }, `del map ${MAP} /x/`],
  [
    { ...ROUTE, host: null, path: '/a;b', from: 'web.main', to: 'web.main', place: 'bl_1' },
    `set map ${MAP} /a\\;b/ bl_1`,
  ],
  [{ kind: 'put-row', owner: null, map: MAP, key: '/;/', from: null, to: 'be x' }, `add map ${MAP} /\\;/ be\\ x`],
  [{ kind: 'put-row', owner: null, map: MAP, key: '/', from: 'x', to: 'be_a' }, `set map ${MAP} / be_a`],
  [{ kind: 'put-row', owner: null, map: MAP, key: '/', from: 'x', to: null }, `del map ${MAP} /`],
  [{ kind: 'open-listener', owner: null, listener: '[fd00::1]:80' }, 'enable frontend fe_fd00::1:80'],
  [{ kind: 'resume-checks', owner: 'web', pool: 'web.main', place: 'bl_1', server: 'a:80' }, 'enable health bl_1/a:80'],
] as const)('%j', (action, command) => {
  expect(formatCommands(action, CONTEXT)).toEqual([command])
})

function poolOf(spec: Record<string, unknown>): { pool: Pool; server: Server } {
  const fragment = convert({ name: 'web', spec: { backends: [{ target: '10.0.0.1:80', weight: 7 }], ...spec } })
  const { value } = merge([fragment!], { vpcs: [], addresses: new Map(), kept: new Map(), setAside: new Map() })
  const [pool] = poolsOf(value)
  return { pool: pool!, server: pool!.servers[0]! }
}

test('a server is added with the words of its line in the file, and comes into service when its check passes', () => {
  const { pool, server } = poolOf({ sticky: { mode: 'cookie' } })
  const action = {
    kind: 'add-server',
    ...PLACE,
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

test('an agent is asked from the beginning, but of a server in maintenance, and never again once it is retired', () => {
  const { pool, server } = poolOf({ agentCheck: { port: 9999, interval: '1s', send: 'web:1' } })
  const action = { kind: 'add-server', ...PLACE, server: server.name, definition: server, in: pool } as const
  const name = 'be_web.main/10.0.0.1:80'
  const [add, ...others] = formatCommands(action, CONTEXT)
  expect(add).toContain(' agent-check agent-port 9999 agent-inter 1000ms agent-send web:1 ')
  expect(others).toEqual([
    `enable health ${name}`,
    `enable agent ${name}`,
    `set server ${name} agent up`,
    `set server ${name} state ready`,
  ])
  const closed = formatCommands({ ...action, definition: { ...server, state: 'maint' } }, CONTEXT)
  expect(closed.join('\n')).not.toContain('agent')
  const retire = { kind: 'retire-server', ...PLACE, server: server.name, definition: server, isLate: false } as const
  expect(formatCommands(retire, CONTEXT)).toEqual([`disable agent ${name}`, `set server ${name} state maint`])
})

test('a server without a check has none to enable', () => {
  const { pool, server } = poolOf({ healthCheck: { type: 'none' } })
  const action = {
    kind: 'add-server',
    ...PLACE,
    server: server.name,
    definition: server,
    in: pool,
  } as const
  expect(formatCommands(action, CONTEXT)).toEqual([
    'add server be_web.main/10.0.0.1:80 10.0.0.1:80 weight 7 pool-max-conn -1 pool-purge-delay 5s',
    'set server be_web.main/10.0.0.1:80 state ready',
  ])
})

const MAPS = Object.values(PARAMETER_MAPS)

function inReserve(spec: Record<string, unknown>): Pool {
  return poolOf(spec).pool
}

test('a place that is claimed forgets what the pool before it was told, and learns what this one is', () => {
  const definition = inReserve({
    healthCheck: { path: '/a;b', host: 'x.example' },
    timeouts: { server: '5s' },
    rateLimit: { requests: 7, window: '1s' },
  })
  const claim: Action = {
    kind: 'claim-place',
    ...PLACE,
    place: 'bl_1',
    profile: 'p',
    definition,
    from: null,
    changes: [],
  }
  expect(formatCommands(claim, CONTEXT)).toEqual([
    ...MAPS.map((map) => `del map ${map} bl_1`),
    `add map ${PARAMETER_MAPS.checkPath} bl_1 /a\\;b`,
    `add map ${PARAMETER_MAPS.checkHost} bl_1 x.example`,
    `add map ${PARAMETER_MAPS.serverMs} bl_1 5000`,
    `add map ${PARAMETER_MAPS.tunnelMs} bl_1 3600000`,
    `add map ${PARAMETER_MAPS.limit} bl_1 7`,
    `add map ${PARAMETER_MAPS.scope} bl_1 web`,
    `add map ${PARAMETER_MAPS.window} bl_1 1000`,
    `add map ${PARAMETER_MAPS.retryAfter} bl_1 1`,
  ])
  expect(findRows(claim)).toHaveLength(8)
  const sticky = inReserve({ sticky: { mode: 'source' } })
  expect(formatCommands({ ...claim, definition: sticky }, CONTEXT)[0]).toBe('clear table bl_1')
})

test.each([
  [{ timeouts: { server: '5s' } }, { timeouts: { server: '6s' } }, [`set map ${PARAMETER_MAPS.serverMs} bl_1 6000`]],
  [
    { healthCheck: { path: '/a' } },
    { healthCheck: { path: '/b', host: 'x' } },
    [`set map ${PARAMETER_MAPS.checkPath} bl_1 /b`, `add map ${PARAMETER_MAPS.checkHost} bl_1 x`],
  ],
  [
    { sticky: { mode: 'cookie' } },
    { rateLimit: { requests: 1, window: '10s', action: 'tarpit', key: 'header:X-Key' } },
    [
      `del map ${PARAMETER_MAPS.cookie} bl_1`,
      `add map ${PARAMETER_MAPS.limit} bl_1 1`,
      `add map ${PARAMETER_MAPS.scope} bl_1 web`,
      `add map ${PARAMETER_MAPS.window} bl_1 10000`,
      `add map ${PARAMETER_MAPS.retryAfter} bl_1 10`,
      `add map ${PARAMETER_MAPS.limitAction} bl_1 tarpit`,
      `add map ${PARAMETER_MAPS.limitHeader} bl_1 x-key`,
    ],
  ],
  [
    { healthCheck: { path: '/a', host: 'x' } },
    { healthCheck: { path: '/a' } },
    [`del map ${PARAMETER_MAPS.checkHost} bl_1`],
  ],
])('parameters of a pool, from %j to %j, are the rows that differ', (before, after, commands) => {
  const change = { kind: 'set-parameters', ...PLACE, place: 'bl_1', changes: [] } as const
  const action: Action = { ...change, before: inReserve(before), after: inReserve(after) }
  expect(formatCommands(action, CONTEXT)).toEqual(commands)
  // What is read back afterwards tells of every row that has changed, also of one that is gone.
  const read = findRows(action).map(({ map, key, value }) => `${map} ${key} ${value}`)
  for (const command of commands) {
    const [verb, , map, key, value] = command.split(' ')
    expect(read).toContain(`${map} ${key} ${verb === 'del' ? null : value}`)
  }
})
