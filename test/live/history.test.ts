// plan, diff, apply, history and rollback on a real change; and the plan's words are the log's.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Daemons } from './kit/daemon.ts'
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

test('from a file to live and back', async () => {
  const daemon = await daemons.start()
  const port = await findFreePort()
  const file = join(await daemons.folder(), 'web.yml')
  const write = (weight: number, target = a!.target) =>
    writeFile(
      file,
      `name: web\nspec:\n  port: ${port}\n  backends:\n    - target: ${target}\n      weight: ${weight}\n`,
    )

  await write(10)
  const first = await daemon.must('plan', '-f', file)
  expect(first).toMatch(/reload because web: new listener/)
  await daemon.must('apply', '-f', file)
  expect((await ask(port)).headers['x-origin']).toBe('a')

  await write(20)
  const plan = await daemon.must('plan', '-f', file)
  expect(plan).toContain(`web: server ${a!.target} in web.main weight 10 -> 20`)
  const diff = await daemon.run(['diff', '-f', file])
  expect([diff.code, diff.out]).toEqual([1, expect.stringMatching(/-.*weight: 10[\s\S]*\+.*weight: 20/)])
  const applied = await daemon.must('apply', '-f', file)
  expect(applied).toMatch(/web: .*live in \d+ ms, no reload/)
  expect(daemon.messages).toContain(`web: server ${a!.target} in web.main weight 10 -> 20`)
  expect((await daemon.run(['diff', '-f', file])).code).toBe(0)

  await write(20, b!.target)
  await daemon.must('apply', '-f', file)
  expect((await ask(port)).headers['x-origin']).toBe('b')
  const history = JSON.parse(await daemon.must('history', 'web', '-o', 'json'))
  expect(history.map((entry: { version: number; action: string }) => [entry.version, entry.action])).toEqual([
    [3, 'update'],
    [2, 'update'],
    [1, 'create'],
  ])
  await daemon.must('rollback', 'web', '--to', '1')
  expect((await ask(port)).headers['x-origin']).toBe('a')
  const { body } = await daemon.ask('GET', '/v1/load-balancers/web')
  expect([body.version, body.spec.backends]).toEqual([4, [{ target: a!.target, weight: 10 }]])
})

test('a dry run changes nothing and prints the plan', async () => {
  const daemon = await daemons.start()
  const port = await findFreePort()
  const out = await daemon.must(
    'lb',
    'create',
    '--name',
    'web',
    '--port',
    String(port),
    '--target',
    a!.target,
    '--dry-run',
  )
  expect(out).toContain(`web: new listener 0.0.0.0:${port}`)
  expect((await daemon.ask('GET', '/v1/load-balancers/web')).status).toBe(404)
})

test('a dry run speaks of the one that is named, whatever the order they came in', async () => {
  const daemon = await daemons.start()
  const [first, second, other] = [await findFreePort(), await findFreePort(), await findFreePort()]
  const create = (name: string, port: number) =>
    daemon.must('lb', 'create', '--name', name, '--port', String(port), '--target', a!.target)
  await create('web', first)
  await create('api', second)
  const move = await daemon.run(['lb', 'set', 'api', `port=${other}`, '--dry-run'])
  expect([move.out, move.err]).toEqual([expect.stringContaining(`api: new listener 0.0.0.0:${other}`), ''])
  const taken = await daemon.run(['lb', 'set', 'api', `port=${first}`])
  expect([taken.code, taken.err]).toEqual([4, expect.stringContaining('is taken by load balancer web')])
})
