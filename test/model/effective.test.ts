// How a server's wishes come out in HAProxy.
import { expect, test } from 'vitest'
import type { Server } from '../../src/model/config.ts'
import { toEffective } from '../../src/model/effective.ts'

const SERVER: Server = {
  name: 'web-1:80',
  host: 'web-1',
  port: 80,
  address: '10.0.0.1',
  weight: 7,
  backup: false,
  maxConnections: null,
  state: 'ready',
}

test.each([
  [{}, { weight: 7, state: 'ready', address: '10.0.0.1', port: 80 }],
  [{ state: 'drain' }, { weight: 0, state: 'ready', address: '10.0.0.1', port: 80 }],
  [{ state: 'maint' }, { weight: 7, state: 'maint', address: '10.0.0.1', port: 80 }],
  [{ address: null }, { weight: 7, state: 'maint', address: '127.0.0.1', port: 1 }],
  [
    { address: null, state: 'drain' },
    { weight: 0, state: 'maint', address: '127.0.0.1', port: 1 },
  ],
] as const)('%j gives %j', (wish, effective) => {
  expect(toEffective({ ...SERVER, ...wish })).toEqual(effective)
})
