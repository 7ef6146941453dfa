// Who comes in before it listens: one server that is awaited, where its pool would have nobody.
import { expect, test } from 'vitest'
import { findLastHopes } from '../../src/haproxy/last-hope.ts'
import { type Newcomer, nameOf, RUNNING } from '../../src/haproxy/newcomers.ts'
import type { LiveServer } from '../../src/haproxy/servers-state.ts'
import { merge } from '../../src/merge/merge.ts'
import { poolsOf } from '../../src/model/config.ts'
import type { Action } from '../../src/plan/action.ts'
import { convert } from '../arbitrary/resources.ts'

const PLACE = 'be_web.main'
const ref = { owner: 'web', pool: 'web.main', place: PLACE }

type Backend = { target: string; weight?: number; state?: 'drain' | 'maint' }

/** Servers of one pool that have not passed a check. */
function awaited(backends: Backend[], healthCheck?: { path: string }): Newcomer[] {
  const fragment = convert({ name: 'web', spec: { port: 80, backends, ...(healthCheck ? { healthCheck } : {}) } })
  const ground = { vpcs: [], addresses: new Map(), kept: new Map(), setAside: new Map() }
  const [pool] = poolsOf(merge([fragment!], ground).value)
  if (!pool) throw new Error('no pool')
  return pool.servers.map((definition) => ({ definition, in: pool, place: PLACE, returns: false }))
}

const live = (server: string, more: Partial<LiveServer> = {}) =>
  ({ backend: PLACE, server, isMaint: false, operational: RUNNING, ...more }) as LiveServer
const stops = (server: string): Action => ({ kind: 'set-state', ...ref, server, from: 'ready', to: 'maint' })

const NEW = [{ target: '10.0.0.8:80' }, { target: '10.0.0.9:80' }]
const OLD = '10.0.0.1:80'
const down = live('10.0.0.8:80', { operational: 0 })

test('the last one goes: one of the awaited comes in, and only one', () => {
  expect(findLastHopes([stops(OLD)], [live(OLD), down], awaited(NEW), new Set()).map(nameOf)).toEqual([
    `${PLACE}/10.0.0.8:80`,
  ])
})

test.each<[string, LiveServer[], Newcomer[], string[]]>([
  ['another one stays up', [live(OLD), live('10.0.0.2:80')], awaited(NEW), []],
  ['one that comes is well', [live(OLD)], awaited(NEW), [`${PLACE}/10.0.0.9:80`]],
  ['nobody was up before', [live(OLD, { operational: 0 })], awaited(NEW), []],
  ['answers are looked into', [live(OLD)], awaited(NEW, { path: '/health' }), []],
  ['they are to have no traffic', [live(OLD)], awaited(NEW.map((one) => ({ ...one, weight: 0 }))), []],
  ['nobody is awaited', [live(OLD)], [], []],
])('nobody comes in where %s', (_, servers, newcomers, well) => {
  expect(findLastHopes([stops(OLD)], servers, newcomers, new Set(well))).toEqual([])
})
