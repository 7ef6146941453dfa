// A load balancer's status from HAProxy's own words.
import { describe, expect, test } from 'vitest'
import { type StatusGround, toHealth, toStatus, toWireProblem } from '../../src/daemon/status.ts'
import { parseStatTable } from '../../src/haproxy/stat-table.ts'
import type { Placement } from '../../src/merge/merge.ts'
import { merge } from '../../src/merge/merge.ts'
import type { Config, Server } from '../../src/model/config.ts'
import type { Problem } from '../../src/model/fragment.ts'
import { ownPlaceOf } from '../../src/model/place.ts'
import { convert } from '../arbitrary/resources.ts'

const SERVER: Server = {
  name: '10.0.0.1:80',
  host: '10.0.0.1',
  port: 80,
  address: '10.0.0.1',
  weight: 1,
  backup: false,
  maxConnections: null,
  state: 'ready',
}

describe('health', () => {
  test.each([
    ['UP', 'L7OK', 'up'],
    ['UP 1/3', 'L7OK', 'up'],
    ['UP', '* L7OK', 'up'],
    ['UP 2/3', 'L4TOUT', 'up'],
    ['UP', 'INI', 'checking'],
    ['UP', '', 'checking'],
    ['UP', 'UNK', 'checking'],
    ['UP', '* INI', 'checking'],
    ['DOWN', 'L4CON', 'down'],
    ['DOWN 1/2', 'L7OK', 'down'],
    ['DOWN (agent)', 'L7OK', 'down'],
    ['NOLB', 'L7OKC', 'down'],
    ['NOLB 1/2', 'L7OKC', 'down'],
    ['MAINT', '', 'maint'],
    ['MAINT (resolution)', '', 'maint'],
    ['MAINT (via be_web.main/web-1:80)', '', 'maint'],
    ['DRAIN', 'L7OK', 'drain'],
    ['DRAIN (agent)', '', 'drain'],
    ['no check', '', 'no check'],
    ['UP 2/3', 'L7RSP', 'up'],
  ] as const)('%j with the check %j is %s', (status, check_status, health) => {
    expect(toHealth(SERVER, { status, check_status })).toBe(health)
  })

  test('takes into account what the user asked for, and what is not known', () => {
    expect(toHealth({ ...SERVER, state: 'drain' }, { status: 'UP', check_status: 'L7OK' })).toBe('drain')
    expect(toHealth({ ...SERVER, state: 'drain' }, { status: 'no check' })).toBe('drain')
    expect(toHealth({ ...SERVER, state: 'drain' }, { status: 'DOWN' })).toBe('down')
    expect(toHealth({ ...SERVER, address: null }, { status: 'MAINT' })).toBe('unresolved')
    expect(toHealth(SERVER, undefined)).toBe('unknown')
  })
})

const ROWS =
  parseStatTable(`# pxname,svname,qcur,scur,stot,econ,eresp,status,check_status,check_code,check_duration,last_chk
be_web.main,web-1:80,1,2,30,4,5,UP,L7OK,200,1,OK
be_web.main,fd00::1:80,0,0,0,0,0,DOWN,L4CON,,0,Connection refused
be_web.main,web-3:80,0,0,0,0,0,DOWN 1/2,L7STS,503,3,"Service ""down"", sorry"
be_web.main,web-4:80,0,0,0,0,0,MAINT,,,,
be_other.main,web-1:80,0,9,9,9,9,UP,L7OK,200,1,OK
`)

function placed(
  spec: Record<string, unknown>,
  addresses: Record<string, string> = {},
): { placement: Placement; config: Config } {
  const fragment = convert({ name: 'web', spec }, { source: 'store', id: 'web', since: 1, version: 7 })
  const other = convert({ name: 'other', spec: { port: 81, backends: [{ target: '10.0.0.9:80' }] } })
  const merged = merge([fragment!, other!], {
    vpcs: [],
    addresses: new Map(Object.entries(addresses)),
    kept: new Map(),
    setAside: new Map(),
  })
  return { placement: merged.placements.get('web')!, config: merged.value }
}

const GROUND: StatusGround = {
  ...placed(
    {
      backends: [
        { target: 'web-1:80', weight: 50 },
        { target: '[fd00::1]:80', backup: true },
        { target: 'web-3:80' },
        { target: 'web-4:80' },
      ],
    },
    { 'web-1': '10.0.0.1', 'web-3': '10.0.0.3' },
  ),
  rows: new Map(ROWS.map((row) => [`${row['pxname']}/${row['svname']}`, row])),
  obtaining: () => undefined,
  placeOf: ownPlaceOf,
  lastApply: null,
  failure: null,
  publicIp: '192.0.2.1',
}

const FATAL: Problem = { code: 'invalid', message: 'is broken', path: 'spec.x', fatal: true }

describe('status', () => {
  test('lists its own servers as HAProxy sees them', () => {
    const { backends, activeTargets } = toStatus('web', GROUND)
    expect(backends).toEqual([
      {
        target: 'web-1:80',
        pool: 'main',
        address: '10.0.0.1',
        health: 'up',
        weight: 50,
        backup: false,
        lastCheck: 'L7OK/200 in 1ms',
        sessions: 2,
        totalSessions: 30,
        queued: 1,
        errors: 9,
      },
      {
        target: '[fd00::1]:80',
        pool: 'main',
        address: 'fd00::1',
        health: 'down',
        weight: 1,
        backup: true,
        lastCheck: 'L4CON in 0ms: Connection refused',
        sessions: 0,
        totalSessions: 0,
        queued: 0,
        errors: 0,
      },
      {
        target: 'web-3:80',
        pool: 'main',
        address: '10.0.0.3',
        health: 'down',
        weight: 1,
        backup: false,
        lastCheck: 'L7STS/503 in 3ms: Service "down", sorry',
        sessions: 0,
        totalSessions: 0,
        queued: 0,
        errors: 0,
      },
      {
        target: 'web-4:80',
        pool: 'main',
        address: null,
        health: 'unresolved',
        weight: 1,
        backup: false,
        lastCheck: '',
        sessions: 0,
        totalSessions: 0,
        queued: 0,
        errors: 0,
      },
    ])
    expect(activeTargets).toBe(1)
  })

  test('looks for its servers where their pool stands', () => {
    const { backends } = toStatus('web', { ...GROUND, placeOf: (pool) => (pool === 'web.main' ? 'be_other.main' : '') })
    expect(backends.map(({ health, totalSessions }) => [health, totalSessions])).toEqual([
      ['up', 9],
      ['unknown', 0],
      ['unknown', 0],
      ['unresolved', 0],
    ])
  })

  test('counts a server that is up before its first check as one that takes traffic', () => {
    const rows = new Map(GROUND.rows).set('be_web.main/web-1:80', { status: 'UP', check_status: 'INI' })
    expect(toStatus('web', { ...GROUND, rows })).toMatchObject({
      activeTargets: 1,
      backends: [{ target: 'web-1:80', health: 'checking' }, {}, {}, {}],
      conditions: [{}, { type: 'Healthy', status: true, message: '1 of 4 backends take traffic' }],
    })
  })

  test('is Running when what was asked for serves', () => {
    expect(toStatus('web', GROUND)).toMatchObject({
      state: 'Running',
      publicIp: '192.0.2.1',
      appliedVersion: 7,
      problems: [{ code: 'unresolved', message: expect.stringContaining('web-4') }],
      conditions: [
        { type: 'Applied', status: true, message: 'HAProxy serves this version' },
        { type: 'Healthy', status: true, message: '1 of 4 backends take traffic' },
      ],
    })
  })

  test('is Running, though not healthy, without any backend', () => {
    expect(toStatus('web', { ...GROUND, ...placed({}) })).toMatchObject({
      state: 'Running',
      activeTargets: 0,
      conditions: [{ status: true }, { status: false, message: 'it has no backends yet' }],
    })
  })

  test('is Updating before the first word of it', () => {
    expect(toStatus('new', { ...GROUND, placement: undefined })).toMatchObject({
      state: 'Updating',
      backends: [],
      problems: [],
      appliedVersion: null,
    })
  })

  test('is Error while an earlier version stands in, and says so', () => {
    const placement: Placement = { ...GROUND.placement!, version: 8, problems: [FATAL] }
    expect(toStatus('web', { ...GROUND, placement })).toMatchObject({
      state: 'Error',
      appliedVersion: 7,
      problems: [{ code: 'invalid', message: 'is broken', path: 'spec.x' }],
      conditions: [{ type: 'Applied', status: false, message: 'an earlier version serves' }, { type: 'Healthy' }],
    })
  })

  test('is Error when nothing of it serves', () => {
    const placement: Placement = { name: 'web', serving: null, version: 1, problems: [{ ...FATAL, fatal: false }] }
    expect(toStatus('web', { ...GROUND, placement })).toMatchObject({
      state: 'Error',
      appliedVersion: null,
      conditions: [{ type: 'Applied', status: false, message: 'nothing of it serves' }, { type: 'Healthy' }],
    })
  })

  test('is Error when the turn failed, with the reason beside its own problems', () => {
    expect(toStatus('web', { ...GROUND, failure: 'the disk is full' })).toMatchObject({
      state: 'Error',
      problems: [{ code: 'unresolved' }, { code: 'not_applied', message: 'the disk is full' }],
      conditions: [{ type: 'Applied', status: false }, { type: 'Healthy' }],
    })
  })

  test('keeps to itself what only we need to know of a problem', () => {
    expect(toWireProblem(FATAL)).toEqual({ code: 'invalid', message: 'is broken', path: 'spec.x' })
    expect(Object.keys(toWireProblem({ code: 'a', message: 'b' }))).toEqual(['code', 'message'])
  })
})
