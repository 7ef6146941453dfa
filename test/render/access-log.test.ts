// The access log's lines are taken by the real HAProxy for both kinds of listener, without a warning.
import { expect, test } from 'vitest'
import { renderAccessLog, renderAccessRing } from '../../src/render/haproxy/access-log.ts'
import { checkFiles } from '../haproxy/check-files.ts'
import { readOwnSettings } from './settings.ts'

test.each(['http', 'tcp'] as const)('of %s', async (mode) => {
  const frontend = [
    'frontend f',
    `  mode ${mode}`,
    '  bind 127.0.0.1:1',
    '  timeout client 1s',
    ...renderAccessLog(mode, await readOwnSettings()).map((line) => `  ${line}`),
  ]
  const content = [...renderAccessRing(), ...frontend, ''].join('\n')
  expect((await checkFiles([{ path: 'config/1.cfg', content }])).complaints).toEqual([])
})
