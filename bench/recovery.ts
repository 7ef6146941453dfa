// How long traffic is interrupted when HAProxy is killed, and how long a hand edit of a watched file takes to be live.
//
//   node_modules/.bin/node bench/recovery.ts [--rounds 10]
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { waitFor } from '../src/io/deadline.ts'
import { Daemons, findHaproxies } from '../test/live/kit/daemon.ts'
import { findFreePort } from '../test/live/kit/free-port.ts'
import { startOrigins } from '../test/live/kit/origin.ts'
import { ask } from '../test/live/kit/prober.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' } } })
const daemons = new Daemons()
const [a, b] = await startOrigins('a', 'b')
const port = await findFreePort()
const file = join(await daemons.folder(), 'lb.yml')
const write = (target: string) =>
  writeFile(file, `name: web\nspec:\n  port: ${port}\n  backends: [{ target: "${target}" }]\n`)
await write(a!.target)
const daemon = await daemons.start({ flags: ['--source', `file=${file}`] })

/** Milliseconds until the condition holds. */
async function time(condition: () => Promise<boolean>): Promise<number> {
  const start = performance.now()
  await waitFor(condition, { timeoutMs: 10_000, intervalMs: 2, what: 'the change to be seen' })
  return performance.now() - start
}

const measured: Record<string, number[]> = { 'HAProxy killed, serving again': [], 'file edited, live': [] }
for (let round = 0; round < Number(values.rounds); round++) {
  for (const pid of await findHaproxies(daemon.stateDir)) process.kill(pid, 'SIGKILL')
  measured['HAProxy killed, serving again']?.push(await time(async () => (await ask(port)).status === 200))
  const next = round % 2 === 0 ? b : a
  await write(next!.target)
  measured['file edited, live']?.push(await time(async () => (await ask(port)).headers['x-origin'] === next!.name))
}
console.log('what                              median ms   worst ms')
for (const [name, times] of Object.entries(measured)) {
  const sorted = times.sort((x, y) => x - y)
  console.log(
    `${name.padEnd(32)} ${(sorted[sorted.length >> 1] ?? 0).toFixed(0).padStart(10)} ${(sorted.at(-1) ?? 0).toFixed(0).padStart(10)}`,
  )
}
await daemons.close()
a?.close()
b?.close()
