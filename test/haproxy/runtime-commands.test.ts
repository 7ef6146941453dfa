// Actions as the words the worker's socket takes.
import { expect, test } from 'vitest'
import { formatCommand } from '../../src/haproxy/runtime-commands.ts'

const REF = { owner: 'web', pool: 'web.main', server: 'fd00::1:80' }

test.each([
  [{ kind: 'set-weight', ...REF, from: 1, to: 256, drain: false }, ['set server be_web.main/fd00::1:80 weight 256']],
  [{ kind: 'set-weight', ...REF, from: 1, to: 0, drain: true }, ['set server be_web.main/fd00::1:80 weight 0']],
  [{ kind: 'set-state', ...REF, from: 'ready', to: 'maint' }, ['set server be_web.main/fd00::1:80 state maint']],
  [{ kind: 'set-state', ...REF, from: 'maint', to: 'ready' }, ['set server be_web.main/fd00::1:80 state ready']],
  [
    { kind: 'set-address', ...REF, from: 'a:1', to: '[fd00::2]:81', address: 'fd00::2', port: 81 },
    ['set server be_web.main/fd00::1:80 addr fd00::2 port 81'],
  ],
  [{ kind: 'reload', because: [{ code: 'start', owner: null, text: 'x' }] }, []],
] as const)('%j', (action, commands) => {
  expect(formatCommand(action)).toEqual(commands)
})
