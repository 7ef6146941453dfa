// Runs inside a mount namespace: the state dir is a small disk of its own, filled up and freed under load.
import { execFile } from 'node:child_process'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { waitFor } from '../../../src/io/deadline.ts'
import { Daemons } from '../kit/daemon.ts'
import { findFreePort } from '../kit/free-port.ts'
import { tell } from '../kit/namespace.ts'
import { startOrigins } from '../kit/origin.ts'
import { viewFiles, viewRunning } from '../kit/outside.ts'
import { ask, Prober } from '../kit/prober.ts'

const stateDir = join(process.env['FAIRLEAD_TEST_FOLDER'] ?? '.', 'state')
await mkdir(stateDir)
await promisify(execFile)('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', stateDir])
const daemons = new Daemons()
const [a, b] = await startOrigins('a', 'b')
const [port, other, file] = [await findFreePort(), await findFreePort(), join(stateDir, '..', 'all.yml')]
const text = (name: string, at: number, target: string) =>
  `name: ${name}\nspec: {port: ${at}, backends: [{target: "${target}"}]}\n`
await writeFile(file, text('web', port, a!.target))
const daemon = await daemons.start({ stateDir, flags: ['--source', `file=${file}`] })
await waitFor(async () => (await ask(port)).status === 200, { timeoutMs: 60_000, what: 'an answer' })
const prober = new Prober(port).start({ keepAlive: 10, fresh: 1, thinkMs: 20 })
const look = async () => ({ running: await viewRunning(stateDir, port), files: await viewFiles(stateDir, port) })
const generations = () => readdir(join(stateDir, 'haproxy/generations'))
tell('before', await look())
const before = await generations()

const filler = join(stateDir, 'filler')
await promisify(execFile)('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4096']).catch(() => {})
await writeFile(file, `${text('web', port, a!.target)}---\n${text('other', other, b!.target)}`)
const problems = async () =>
  (await daemon.ask('GET', '/v1/load-balancers/web')).body.status.problems.map(
    ({ message }: { message: string }) => message,
  )
await waitFor(async () => (await problems()).length > 0, { timeoutMs: 60_000, what: 'the reason to be told' })
const spec = { port: other, backends: [{ target: b!.target }] }
const answer = await daemon.ask('POST', '/v1/load-balancers', { name: 'third', spec })
tell('answers', [...(await problems()), JSON.stringify(answer.body)])
tell('after', await look())
tell(
  'left behind',
  (await generations()).filter((name) => !before.includes(name)),
)

await rm(filler)
await waitFor(async () => (await ask(other)).headers['x-origin'] === 'b', { timeoutMs: 60_000, what: 'it to heal' })
await waitFor(async () => (await problems()).length === 0, { timeoutMs: 60_000, what: 'no problem to be left' })
tell('healed', (await ask(other)).headers['x-origin'])
tell('failures', (await prober.stop()).failures)
tell(
  'stacks',
  daemon.output.split('\n').filter((line) => /fault in Fairlead itself|\\n\s+at /.test(line)),
)
await daemons.close()
for (const origin of [a, b]) origin?.close()
