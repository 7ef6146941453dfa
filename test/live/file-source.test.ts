// A YAML file edited by hand: followed at once, and while it is broken its last good state serves.
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { startOrigins } from './kit/origin.ts'
import { ask } from './kit/prober.ts'

const daemons = new Daemons()
const [a, b] = await startOrigins('a', 'b')
afterAll(async () => {
  await daemons.close()
  a?.close()
  b?.close()
})

const answersFrom = (port: number, name: string) =>
  waitFor(async () => (await ask(port)).headers['x-origin'] === name, {
    timeoutMs: 60_000,
    what: `an answer from ${name}`,
  })

async function problemsOf(daemon: Daemon): Promise<string> {
  const { body } = await daemon.ask('GET', '/v1/load-balancers/web')
  return body.status.problems.map((problem: { message: string }) => problem.message).join()
}

async function startWithFile() {
  const file = join(await daemons.folder(), 'lb.yml')
  const port = await findFreePort()
  const text = (target: string, more = '') =>
    `name: web\nspec:\n  port: ${port}\n  backends:\n    - target: ${target}\n${more}`
  await writeFile(file, text(a!.target))
  return { file, port, text, daemon: await daemons.start({ flags: ['--source', `file=${file}`] }) }
}

test('an edit is live, whether the editor writes in place or replaces the file', async () => {
  const { file, port, text, daemon } = await startWithFile()
  await answersFrom(port, 'a')
  await writeFile(file, text(b!.target))
  await answersFrom(port, 'b')
  await writeFile(`${file}.new`, text(a!.target))
  await rename(`${file}.new`, file)
  await answersFrom(port, 'a')
  const { body } = await daemon.ask('GET', '/v1/load-balancers/web')
  expect(body.origin).toEqual({ source: 'file', id: `${file}#web` })
})

test('a syntax error names file, line and column, and the last good state serves, also over a restart', async () => {
  const { file, port, text, daemon } = await startWithFile()
  await answersFrom(port, 'a')
  await writeFile(file, text(b!.target, '  port: 5\n  algorithm: [\n'))
  const problems = () => problemsOf(daemon)
  await waitFor(async () => (await problems()).includes(`${file}:`), {
    timeoutMs: 60_000,
    what: 'the problem to be told',
  })
  expect(await problems()).toMatch(new RegExp(`${file}:\\d+:\\d+: `))
  expect((await ask(port)).headers['x-origin']).toBe('a')
  await daemon.kill()
  const again = daemons.start({ stateDir: daemon.stateDir, api: daemon.api, flags: ['--source', `file=${file}`] })
  expect((await ask(port)).headers['x-origin']).toBe('a')
  await writeFile(file, text(b!.target))
  await again
  await answersFrom(port, 'b')
})

test('a wrong key is told at its line; only that load balancer is set aside, and a good one beside it is followed', async () => {
  const { file, port, text, daemon } = await startWithFile()
  const otherPort = await findFreePort()
  const other = (target: string) =>
    `---\nname: other\nspec:\n  port: ${otherPort}\n  backends: [{target: "${target}"}]\n`
  await answersFrom(port, 'a')
  await writeFile(file, text(b!.target, '  algoritm: random\n') + other(a!.target))
  await answersFrom(otherPort, 'a')
  expect((await ask(port)).headers['x-origin']).toBe('a')
  const problems = () => problemsOf(daemon)
  await waitFor(async () => (await problems()) !== '', { timeoutMs: 60_000, what: 'the problem to be told' })
  expect(await problems()).toMatch(new RegExp(`${file}:\\d+:\\d+: spec.algoritm: .*did you mean algorithm`))
  await writeFile(file, text(b!.target) + other(b!.target))
  await answersFrom(port, 'b')
  await answersFrom(otherPort, 'b')
})

test('a load balancer of a file cannot be changed through the API, which says where it comes from', async () => {
  const { file, daemon } = await startWithFile()
  await waitFor(async () => (await daemon.ask('GET', '/v1/load-balancers/web')).status === 200, {
    timeoutMs: 60_000,
    what: 'the file to be read',
  })
  const answer = await daemon.ask('PATCH', '/v1/load-balancers/web', { spec: { algorithm: 'random' } })
  expect([answer.status, answer.body.error]).toEqual([409, expect.stringContaining(file)])
})

test('a file that is empty, as while it is written anew, keeps its last word; `items: []` says that there are none', async () => {
  const { file, port, text, daemon } = await startWithFile()
  await answersFrom(port, 'a')
  for (const content of ['', ' \n\n']) {
    await writeFile(file, content)
    await waitFor(async () => (await problemsOf(daemon)).includes('is empty'), {
      timeoutMs: 60_000,
      what: 'the problem to be told',
    })
    expect((await ask(port)).headers['x-origin']).toBe('a')
  }
  await writeFile(file, text(b!.target))
  await answersFrom(port, 'b')
  await writeFile(file, 'items: []\n')
  await waitFor(async () => (await ask(port)).error === 'ECONNREFUSED', {
    timeoutMs: 60_000,
    what: 'the load balancer to go',
  })
})

test('a file that is empty from the first is one without load balancers, and keeps nobody waiting', async () => {
  const file = join(await daemons.folder(), 'lb.yml')
  await writeFile(file, '')
  const daemon = await daemons.start({ flags: ['--source', `file=${file}`] })
  expect((await daemon.ask('GET', '/v1/load-balancers')).body.items).toEqual([])
})

test('a file that goes away keeps its last word', async () => {
  const { file, port } = await startWithFile()
  await answersFrom(port, 'a')
  await rename(file, `${file}.away`)
  for (let index = 0; index < 20; index++) expect((await ask(port)).status).toBe(200)
})
