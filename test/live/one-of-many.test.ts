// One of 500 load balancers is broken: it is set aside alone with HAProxy's own reason, and the others follow every change as if it were not there.
import { chmod, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findHaproxy } from '../../src/haproxy/find-haproxy.ts'
import { waitFor } from '../../src/io/deadline.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { startOrigins } from './kit/origin.ts'
import { ask } from './kit/prober.ts'

const COUNT = 500
const REFUSED = 'http-request no-such-rule'

const daemons = new Daemons()
const [a, b] = await startOrigins('a', 'b')
/** What the file says of each that differs from the others. */
const wishes = new Map<number, { target?: string; line?: string }>()
let [folder, port, daemon] = ['', 0, undefined as unknown as Daemon]

beforeAll(async () => {
  folder = await daemons.folder()
  port = await findFreePort()
  await writeAll()
  const wrapper = join(folder, 'haproxy')
  await writeFile(wrapper, `#!/bin/sh\n[ "$1" = -c ] && echo check >> ${folder}/checks\nexec ${findHaproxy()} "$@"\n`)
  await chmod(wrapper, 0o755)
  daemon = await daemons.start({ flags: ['--source', `file=${folder}/all.yml`, '--haproxy', wrapper] })
})
afterAll(async () => {
  await daemons.close()
  for (const origin of [a, b]) origin?.close()
})

async function writeAll(count = COUNT): Promise<void> {
  const texts = Array.from({ length: count }, (_, index) => {
    const { target = a!.target, line } = wishes.get(index) ?? {}
    const custom = line === undefined ? '' : `, customSettings: ["${line}"]`
    return `name: lb-${index}\nspec:\n  port: ${port}\n  routes:\n    - {match: {host: lb-${index}.example}, backends: [{target: "${target}"}]${custom}}\n`
  })
  await writeFile(join(folder, 'new.yml'), texts.join('---\n'))
  await rename(join(folder, 'new.yml'), join(folder, 'all.yml'))
}

const answerOf = async (index: number) => {
  const { headers, status } = await ask(port, { headers: { host: `lb-${index}.example` } })
  return headers['x-origin'] ?? status
}
const answers = (index: number, wanted: unknown) =>
  waitFor(async () => (await answerOf(index)) === wanted, { timeoutMs: 60_000, what: `${wanted} from lb-${index}` })
const statusOf = async (index: number) => (await daemon.ask('GET', `/v1/load-balancers/lb-${index}`)).body.status
const countChecks = async () => (await readFile(join(folder, 'checks'), 'utf8')).split('\n').length - 1

async function isRefused(index: number): Promise<void> {
  const reason = async () =>
    ((await statusOf(index))?.problems ?? []).map(({ message }: { message: string }) => message).join()
  await waitFor(async () => (await reason()) !== '', { timeoutMs: 60_000, what: 'the refusal to be told' })
  expect(await reason()).toMatch(/^HAProxy refuses it: .*no-such-rule/)
}

/** Who answers as it shall not. */
async function findOthers(expected: (index: number) => unknown): Promise<number[]> {
  const others: number[] = []
  for (let index = 0; index < COUNT; index++) if ((await answerOf(index)) !== expected(index)) others.push(index)
  return others
}

test('a line HAProxy refuses: its last good version serves, and what came with it is live for all others', async () => {
  await answers(COUNT - 1, 'a')
  for (let index = 0; index < COUNT; index++) wishes.set(index, { target: b!.target })
  wishes.set(250, { target: b!.target, line: REFUSED })
  await writeAll()
  await isRefused(250)
  await answers(249, 'b')
  expect(await findOthers((index) => (index === 250 ? 'a' : 'b'))).toEqual([])
  expect((await statusOf(249)).problems).toEqual([])
})

test('changes of the others run no other check', async () => {
  const before = await countChecks()
  for (const [index, target, name] of [
    [7, a!.target, 'a'],
    [251, a!.target, 'a'],
    [7, b!.target, 'b'],
  ] as const) {
    wishes.set(index, { target })
    await writeAll()
    await answers(index, name)
  }
  expect(await countChecks()).toBe(before)
  expect(await answerOf(250)).toBe('a')
})

test('a change that needs a reload costs one check, without the broken one', async () => {
  const before = await countChecks()
  wishes.set(9, { target: a!.target, line: 'option abortonclose' })
  await writeAll()
  await answers(9, 'a')
  await waitFor(async () => (await statusOf(9)).lastApply.reload === true, { timeoutMs: 60_000, what: 'the reload' })
  expect(await countChecks()).toBe(before + 1)
  expect(await answerOf(250)).toBe('a')
})

test('a newcomer that is refused serves nothing; once mended, both serve what they say', async () => {
  wishes.set(COUNT, { target: b!.target, line: REFUSED })
  await writeAll(COUNT + 1)
  await isRefused(COUNT)
  expect(await answerOf(COUNT)).toBe(404)
  expect(await answerOf(8)).toBe('b')
  for (const index of [250, COUNT]) wishes.set(index, { target: b!.target })
  await writeAll(COUNT + 1)
  await Promise.all([answers(250, 'b'), answers(COUNT, 'b')])
  for (const index of [250, COUNT]) {
    const isMended = async () => (await statusOf(index)).problems.length === 0
    await waitFor(isMended, { timeoutMs: 60_000, what: `the problem of lb-${index} to be taken back` })
  }
})
