// The proof in the product loses nothing; and where something is lost, it says so.
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findHaproxy } from '../../src/haproxy/find-haproxy.ts'
import type { Report } from '../../src/prove/report.ts'
import { runCli } from './kit/daemon.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-live-'))
  // Workers run as a user of their own, and must reach their sockets below it.
  await chmod(folder, 0o711)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs the proof with its temporary files in a folder of the test's own, and reads its report. */
async function runProof(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const ran = await runCli(['prove', ...words, '-o', 'json'], { env: { ...process.env, TMPDIR: folder, ...env } })
  expect(ran.err).toBe('')
  return { code: ran.code, report: JSON.parse(ran.out) as Report }
}

/** An HAProxy whose old workers end at once, with whatever they still serve. */
async function makeBrokenHaproxy(): Promise<string> {
  const wrapper = join(folder, 'haproxy')
  await writeFile(join(folder, 'broken.cfg'), 'global\n  hard-stop-after 1ms\n')
  await writeFile(
    wrapper,
    `#!/bin/sh\ncase "$1" in -W) exec ${findHaproxy()} "$@" -f ${folder}/broken.cfg ;; *) exec ${findHaproxy()} "$@" ;; esac\n`,
  )
  await chmod(wrapper, 0o755)
  return wrapper
}

test('60 daily changes and 10 forced reloads: nothing is lost', async () => {
  const { report } = await runProof(['--changes', '60', '--reloads', '10', '--for', '4m'])
  expect(report.failures, `seed ${report.seed}`).toEqual([])
  expect(report, `seed ${report.seed}`).toMatchObject({ failed: 0, reset: 0, changes: { refused: [] } })
  expect(report.requests).toBeGreaterThan(3000)
  for (const count of Object.values(report.requestsByClient)) expect(count).toBeGreaterThan(20)
  expect(report.webSockets).toEqual({ opened: 24, stillOpen: 24 })
  expect(report.reloads.total - report.reloads.daily.total).toBeGreaterThanOrEqual(10)
  // What it started is gone.
  expect(await readdir(folder)).toEqual([])
}, 300_000)

test('with the hand-over between old and new worker broken, the proof fails and says why', async () => {
  const haproxy = await makeBrokenHaproxy()
  const { code, report } = await runProof(['--changes', '0', '--reloads', '5'], { FAIRLEAD_HAPROXY: haproxy })
  expect(code).toBe(1)
  expect(report.verdict).toMatch(/^not proven: .*WebSockets? of 24 did not stay open/)
  expect(report.reset).toBeGreaterThan(0)
  expect(report.failures.length).toBeGreaterThan(0)
})
