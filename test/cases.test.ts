// Every story in test/cases: what comes of its resources, and that the real HAProxy accepts each configuration without a word.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { EMPTY_CONFIG } from '../src/model/config.ts'
import { makePlan } from '../src/plan/plan.ts'
import { renderHaproxy } from '../src/render/haproxy/render-haproxy.ts'
import { bodyOf, formatCase, parseCase } from './case-file.ts'
import { carryOut, renderState, toExpected } from './case-outcome.ts'
import { checkFiles } from './haproxy/check-files.ts'
import { SAME, toRunning } from './plan/to-running.ts'
import { readOwnSettings } from './render/settings.ts'

const PATHS = globSync(join(import.meta.dirname, 'cases', '*.case')).sort()

describe.each(PATHS.map((path) => [basename(path, '.case'), path] as const))('%s', (_name, path) => {
  const text = readFileSync(path, 'utf8')
  const file = parseCase(text)
  const outcome = carryOut(file)

  test('comes out as written', () => {
    const expected = formatCase(toExpected(file, outcome))
    if (process.env['UPDATE']) writeFileSync(path, expected)
    else expect(expected).toBe(text)
  })

  test('needs nothing more once it is done', () => {
    const { value } = outcome.after
    expect(makePlan(toRunning(value, outcome.settings.reserve), { config: value, processDigest: SAME })).toEqual([])
  })

  test('is accepted by HAProxy without an alert or a warning', async () => {
    const settings = { ...(await readOwnSettings()), reserve: outcome.settings.reserve }
    for (const state of [outcome.before, outcome.after]) {
      if (state === null) continue
      const { isValid, complaints, output } = await checkFiles(renderState(state, settings))
      expect({ complaints, isValid }, output).toEqual({ complaints: [], isValid: true })
    }
  })
})

test('there are cases, each with a title and something given', () => {
  expect(PATHS.length).toBeGreaterThanOrEqual(36)
  for (const path of PATHS) {
    const file = parseCase(readFileSync(path, 'utf8'))
    expect([path, file.head]).toEqual([path, expect.stringMatching(/^# \S.*\n\n\S/)])
    expect(bodyOf(file, 'before') + bodyOf(file, 'given')).not.toBe('')
  }
})

test('a node without any load balancer has a configuration that HAProxy accepts', async () => {
  const { isValid, complaints } = await checkFiles(renderHaproxy(EMPTY_CONFIG, await readOwnSettings()))
  expect({ isValid, complaints }).toEqual({ isValid: true, complaints: [] })
})

test('a folder of sockets may have a space in its name', async () => {
  const files = renderHaproxy(EMPTY_CONFIG, { ...(await readOwnSettings()), runDir: '/run/my folder' })
  expect((await checkFiles(files)).complaints).toEqual([])
})

test('a warning would be noticed', async () => {
  const files = renderHaproxy(EMPTY_CONFIG, await readOwnSettings())
  const { complaints } = await checkFiles([
    ...files,
    { path: 'config/60-x.cfg', content: 'backend x\n  use_backend y\n' },
  ])
  expect(complaints).toContainEqual(expect.stringContaining('[WARNING]'))
})
