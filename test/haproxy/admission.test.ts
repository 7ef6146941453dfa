// The last server goes while others are awaited: HAProxy is told to send requests to one of those, if it has it still.
import { expect, test } from 'vitest'
import { admit } from '../../src/haproxy/admission.ts'
import { type Newcomer, RUNNING } from '../../src/haproxy/newcomers.ts'
import type { LiveServer } from '../../src/haproxy/servers-state.ts'
import { merge } from '../../src/merge/merge.ts'
import { poolsOf } from '../../src/model/config.ts'
import type { Action } from '../../src/plan/action.ts'
import { convert } from '../arbitrary/resources.ts'

const PLACE = 'be_web.main'
const STOP: Action = {
  ...{ kind: 'set-state', owner: 'web', pool: 'web.main', place: PLACE, server: '10.0.0.1:80' },
  ...{ from: 'ready', to: 'maint' },
}
const up = { backend: PLACE, server: '10.0.0.1:80', isMaint: false, operational: RUNNING } as LiveServer

function awaited(): Newcomer {
  const fragment = convert({ name: 'web', spec: { port: 80, backends: [{ target: '10.0.0.8:80' }] } })
  const ground = { vpcs: [], addresses: new Map(), kept: new Map(), setAside: new Map() }
  const [pool] = poolsOf(merge([fragment!], ground).value)
  const [definition] = pool?.servers ?? []
  if (!pool || !definition) throw new Error('no pool')
  return { definition, in: pool, place: PLACE, returns: false }
}

test.each<[string, LiveServer[], string[]]>([
  ['waits', [{ ...up, server: '10.0.0.8:80', operational: 0 }], [`set server ${PLACE}/10.0.0.8:80 health up`]],
  ['is in maintenance by now', [{ ...up, server: '10.0.0.8:80', operational: 0, isMaint: true }], []],
  ['has gone', [], []],
])('one that %s', async (_, others, expected) => {
  const told: string[] = []
  const socket = {
    serversState: async () => [up, ...others],
    commands: async (all: readonly string[]) => void told.push(...all),
  }
  await admit([STOP], [], socket, { awaitedIn: () => [awaited()] })
  expect(told).toEqual(expected)
})
