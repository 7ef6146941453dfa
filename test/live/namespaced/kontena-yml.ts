// Runs inside a namespace whose /etc/hosts is the test's own: both examples of Kontena's documentation, followed together.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { waitFor } from '../../../src/io/deadline.ts'
import { Daemons } from '../kit/daemon.ts'
import { tell } from '../kit/namespace.ts'
import { Origin } from '../kit/origin.ts'
import { type AskOptions, ask, Prober } from '../kit/prober.ts'

const folder = process.env['FAIRLEAD_TEST_FOLDER'] ?? '.'

/** Writes one of the examples where only the port that clients use is another one: the servers are on this machine too. */
async function place(name: string, ports: (text: string) => string) {
  const example = new URL(`../../sources/kontena/files/${name}/kontena.yml`, import.meta.url)
  const path = join(folder, name, 'kontena.yml')
  const text = ports(await readFile(example, 'utf8'))
  await mkdir(join(folder, name))
  await writeFile(path, text)
  return { path, text }
}

const internet = await place('internet', (text) => text.replace('80:80', '8000:80'))
const internal = await place('internal', (text) => text.replace('latest', 'latest\n  ports: ["13306:3306"]'))
const [WEB, API, DB, WEB_2] = ['127.0.0.21', '127.0.0.22', '127.0.0.23', '127.0.0.24']
const setHosts = (lines: string) => writeFile('/etc/hosts', `127.0.0.1 localhost\n${lines}`)
await setHosts(`${WEB} web\n${API} api\n${DB} internal-galera\n`)
const origins = await Promise.all([
  new Origin('web').listen(80, WEB),
  new Origin('api').listen(8080, API),
  new Origin('galera').listen(3306, DB),
  new Origin('web-2').listen(80, WEB_2),
])

const daemons = new Daemons()
const flags = ['--source', `kontena-yml=${internet.path}`, '--source', `kontena-yml=${internal.path}`]
const daemon = await daemons.start({ stateDir: join(folder, 'state'), flags })
const from = async (port: number, options: AskOptions = {}) => (await ask(port, options)).headers['x-origin']
const SITE = { headers: { host: 'www.kontena.io' } }
tell('traffic', {
  'www.kontena.io': await from(8000, SITE),
  'kontena.io': await from(8000, { headers: { host: 'kontena.io' } }),
  '/api of another host': await from(8000, { path: '/api/x', headers: { host: 'x.example' } }),
  'another host': (await from(8000, { headers: { host: 'x.example' } })) ?? null,
  'the tcp port': await from(13306),
})

const reloads = () => daemon.messages.filter((line) => line.startsWith('reload because')).length
const reloadsAtFirst = reloads()
const prober = new Prober(8000, { path: '/api' }).start({ keepAlive: 2, fresh: 1, thinkMs: 20 })
const answering = async () => {
  const names = new Set<unknown>()
  for (let index = 0; index < 8; index++) names.add(await from(8000, SITE))
  return [...names].sort()
}
const until = (what: string, isSo: () => Promise<boolean>) => waitFor(isSo, { timeoutMs: 60_000, what })
const of = (names: string) => async () => (await answering()).join() === names
const withInstances = (count: number) => internet.text.replace('nginx:latest', `nginx:latest\n  instances: ${count}`)
await setHosts(`${WEB} internet-web-1\n${WEB_2} internet-web-2\n${API} api\n${DB} internal-galera\n`)
await writeFile(internet.path, withInstances(2))
await until('two instances', of('web,web-2'))
await writeFile(internet.path, withInstances(1))
await until('one instance', of('web'))

const problems = async () => JSON.stringify((await daemon.ask('GET', '/v1/load-balancers')).body)
await writeFile(internet.path, `${withInstances(2)}  - [\n`)
await until('the problem', async () => (await problems()).includes('kontena.yml:'))
tell('broken', {
  problem: /[^"/]+\/kontena\.yml:\d+: [^"]*/.exec(await problems())?.[0],
  logged: daemon.messages.some((line) => line.includes('kontena.yml:')),
  answers: await answering(),
})
await writeFile(internet.path, withInstances(2))
await until('it to be mended', of('web,web-2'))
tell('mended', { problems: (await problems()).includes('kontena.yml:') })
tell('failures', (await prober.stop()).failures)
tell('reloads', reloads() - reloadsAtFirst)
tell('requests', prober.seen.requests > 0)
await daemons.close()
for (const origin of origins) origin.close()
