// The rule that answers a CA, shown to HAProxy, and the names it goes by.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { toConfig } from '../../src/model/config.ts'
import { renderChallenge, renderChallengeMap } from '../../src/render/haproxy/challenge.ts'
import { SETTINGS } from './settings.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-challenge-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('HAProxy takes the rule, with and without host_only', async () => {
  for (const hostOnly of [true, false]) {
    const settings = {
      ...SETTINGS,
      challengeThumbprint: 'AbC-_9',
      capabilities: { ...SETTINGS.capabilities, hostOnly },
    }
    const rules = renderChallenge(settings).map((rule) => `  ${rule.replace('maps/', `${folder}/`)}\n`)
    await writeFile(join(folder, 'challenges.map'), 'app.example.com answered\n')
    const frontend = `frontend f\n  mode http\n  timeout client 1s\n  bind 127.0.0.1:1\n${rules.join('')}`
    await writeFile(join(folder, 'haproxy.cfg'), frontend)
    await promisify(execFile)('haproxy', ['-c', '-f', join(folder, 'haproxy.cfg')])
    expect(rules).toHaveLength(1)
  }
  expect(renderChallenge({ ...SETTINGS, challengeThumbprint: null })).toEqual([])
})

test('each name has one row, whoever wants it', () => {
  const shares = [
    { owner: 'web', routes: [], pools: [], domains: ['b.test', 'a.test'] },
    { owner: 'api', routes: [], pools: [], domains: ['b.test'] },
    { owner: 'other', routes: [], pools: [] },
  ]
  expect(renderChallengeMap(toConfig([], shares)).content).toBe('a.test answered\nb.test answered\n')
})
