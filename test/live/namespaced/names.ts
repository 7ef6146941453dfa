// Runs inside a namespace whose /etc/hosts is the test's own: names that appear, move and go away.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { waitFor } from '../../../src/io/deadline.ts'
import { Daemons } from '../kit/daemon.ts'
import { tell } from '../kit/namespace.ts'
import { Origin } from '../kit/origin.ts'
import { ask } from '../kit/prober.ts'

const daemons = new Daemons()
const origins = await Promise.all([
  new Origin('first').listen(8080, '127.0.0.21'),
  new Origin('second').listen(8080, '127.0.0.22'),
])
const daemon = await daemons.start({ stateDir: join(process.env['FAIRLEAD_TEST_FOLDER'] ?? '.', 'state') })
const setHosts = (line: string) => writeFile('/etc/hosts', `127.0.0.1 localhost\n${line}\n`)
const status = async () => (await daemon.ask('GET', '/v1/load-balancers/web')).body.status
const isFrom = (name: string) =>
  waitFor(async () => (await ask(80)).headers['x-origin'] === name, { timeoutMs: 60_000, what: `answers from ${name}` })

const made = await daemon.ask('POST', '/v1/load-balancers', {
  name: 'web',
  spec: { backends: [{ target: 'app:8080' }] },
})
const before = await status()
tell('unresolved', {
  status: made.status,
  health: before.backends[0].health,
  problem: before.problems[0]?.message,
  answer: (await ask(80)).status,
})

const reloads = async () => (await daemon.ask('GET', '/v1/nodes')).body.items[0].haproxy.reloads
const reloadsBefore = await reloads()
await setHosts('127.0.0.21 app')
await isFrom('first')
await setHosts('127.0.0.22 app')
await isFrom('second')
await setHosts('')
const answers = new Set<unknown>()
for (let index = 0; index < 10; index++) answers.add((await ask(80)).headers['x-origin'])
tell('after the name has gone', [...answers])
tell('problems', (await status()).problems)
tell('reloads', (await reloads()) - reloadsBefore)
await daemons.close()
for (const origin of origins) origin.close()
