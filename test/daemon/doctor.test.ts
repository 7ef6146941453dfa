// What the doctor says of a machine, and what a person is to do.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { examine, formatDoctor } from '../../src/daemon/doctor.ts'
import {
  judgeDiskSpace,
  judgeFileLimit,
  judgeHaproxy,
  judgeNode,
  judgeOldWorkers,
  judgeReserve,
  judgeResolver,
  judgeStateDir,
  parseFileLimit,
} from '../../src/daemon/doctor-findings.ts'
import { parseSettings, type Settings } from '../../src/daemon/settings.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'

function settingsWith(flags: Record<string, string>): Settings {
  const machine = { root: false, home: temporaryFolder(), hostname: 'lb-1', workingDirectory: '/' }
  const parsed = parseSettings({ flags: { api: '127.0.0.1:0', ...flags }, env: {}, file: null, machine })
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return parsed.settings
}

async function findingOf(check: string, flags: Record<string, string>) {
  return (await examine(settingsWith(flags))).find((finding) => finding.check === check)
}

/** A small HTTP server; answers its address. */
async function serve(body: string): Promise<string> {
  const server = createServer((_, response) => response.end(body))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => void server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

test.each([
  ['2.2.9', false],
  ['2.4.0', true],
  ['2.6.12-1+deb12u4', true],
  ['3.4.1', true],
  ['3.5-dev1', 'warning'],
  ['4.0', 'warning'],
])('HAProxy %s: %s', (version, ok) => {
  expect(judgeHaproxy('/usr/sbin/haproxy', version)).toMatchObject({ ok, found: `${version} at /usr/sbin/haproxy` })
})

test('limits, space, rights and name servers', () => {
  expect(judgeNode('v20.20.2')).toMatchObject({ ok: false, advice: expect.stringContaining('install Node 24') })
  expect(judgeFileLimit(256)).toMatchObject({ ok: 'warning', found: '256 open files, enough for 28 connections' })
  expect(judgeFileLimit(20_000)).toMatchObject({ ok: true, found: '20000 open files, enough for 9000 connections' })
  expect(judgeFileLimit(undefined)).toMatchObject({ ok: true })
  expect([1e12, 5e7, 1e6].map((bytes) => judgeDiskSpace('/', bytes).ok)).toEqual([true, 'warning', false])
  const modes = [0o40700, 0o40755, 0o40777].map((mode) => judgeStateDir('/s', { mode, owner: 0, user: 0 }).ok)
  expect(modes).toEqual([true, true, 'warning'])
  expect(judgeStateDir('/s', { mode: 0o40700, owner: 0, user: 1000 })).toMatchObject({ ok: false })
  expect(judgeResolver('# x\nnameserver 10.0.0.1\nnameserver ::1\n')).toMatchObject({
    ok: true,
    found: '10.0.0.1, ::1',
  })
  expect([judgeResolver(undefined).ok, judgeResolver('search x\n').ok]).toEqual(['warning', 'warning'])
})

test('a reserve is fine where it fits twice, and none is worth a word', () => {
  expect(judgeReserve(1000, 1_000_000_000)).toMatchObject({ ok: true, found: expect.stringContaining('about 12 MB') })
  expect(judgeReserve(20_000, 200_000_000)).toMatchObject({
    ok: 'warning',
    advice: expect.stringContaining('--reserve N'),
  })
  expect(judgeReserve(0, 1_000_000_000)).toMatchObject({ ok: 'warning', found: 'none' })
})

test('old workers are fine up to half of what may live', () => {
  expect([null, 0, 5, 6].map((count) => judgeOldWorkers(count, 10).ok)).toEqual([true, true, true, 'warning'])
  expect(judgeOldWorkers(6, 10)).toMatchObject({ found: '6 of at most 10', advice: expect.stringContaining('status') })
})

test('the hard limit counts', () => {
  const line = (hard: string) =>
    `Max processes  5  5  processes\nMax open files            1024                 ${hard}               files\n`
  expect([parseFileLimit(line('4096')), parseFileLimit(line('unlimited')), parseFileLimit('')]).toEqual([
    4096,
    Infinity,
    undefined,
  ])
})

test('a table: verdict, check, what was found, and advice below it', () => {
  const findings = [
    { check: 'Node', ok: true, found: 'v24.21.0' },
    { check: 'file limit', ok: 'warning' as const, found: '256 open files', advice: 'raise it' },
    { check: 'HAProxy', ok: false, found: 'not found', advice: 'install it' },
  ]
  expect(formatDoctor(findings)).toEqual([
    'ok       Node        v24.21.0',
    'warning  file limit  256 open files',
    '                     → raise it',
    'FAILED   HAProxy     not found',
    '                     → install it',
  ])
})

test('this machine: one finding for each check, and nothing is made by looking', async () => {
  const findings = await examine(settingsWith({}))
  expect(findings.map(({ check }) => check)).toEqual([
    'HAProxy',
    'Node',
    'state directory',
    'disk space',
    'API address',
    'port 80',
    'port 443',
    'file limit',
    'name servers',
    'old workers',
    'metrics',
    'reserve',
  ])
  expect(findings[2]?.found).toMatch(/, will be made$/)
})

test('an HAProxy that is not there, and one that is none', async () => {
  expect(await findingOf('HAProxy', { haproxy: '/nowhere/haproxy' })).toMatchObject({
    ok: false,
    found: 'no executable file at /nowhere/haproxy',
    advice: expect.stringContaining('apt-get install haproxy'),
  })
  expect(await findingOf('HAProxy', { haproxy: '/bin/true' })).toMatchObject({ ok: false })
})

test('a state directory that cannot be one, and one that others may change', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'file')
  writeFileSync(file, '')
  mkdirSync(join(folder, 'open'))
  chmodSync(join(folder, 'open'), 0o777)
  expect(await findingOf('state directory', { stateDir: file })).toMatchObject({
    ok: false,
    found: `${file} is a file`,
  })
  expect(await findingOf('state directory', { stateDir: join(folder, 'open') })).toMatchObject({
    ok: 'warning',
    advice: `chmod 700 ${join(folder, 'open')}`,
  })
})

test('an API at its socket alone needs no port', async () => {
  expect(await findingOf('API address', { api: 'none' })).toMatchObject({
    ok: true,
    found: expect.stringContaining('none'),
  })
})

test('a taken API address: a Fairlead is welcome there, anything else is named', async () => {
  const fairlead = await serve('{"status":"ok","program":"fairlead"}')
  expect(await findingOf('API address', { api: fairlead })).toMatchObject({
    ok: true,
    found: expect.stringContaining('running Fairlead'),
  })
  const other = await serve('hello')
  expect(await findingOf('API address', { api: other })).toMatchObject({
    ok: false,
    found: expect.stringContaining(`pid ${process.pid}`),
    advice: 'give the API another address with --api HOST:PORT',
  })
})
