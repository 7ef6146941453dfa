// Runs inside a namespace: the platform's documented commands word for word, on their own ports and names.
import { spawn } from 'node:child_process'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { waitFor } from '../../../src/io/deadline.ts'
import { askTls } from '../kit/certificates.ts'
import { Daemons } from '../kit/daemon.ts'
import { tell } from '../kit/namespace.ts'
import { Origin } from '../kit/origin.ts'
import { Pebble } from '../kit/pebble.ts'
import { ask, Prober } from '../kit/prober.ts'

const daemons = new Daemons()
const [web1, web2] = await Promise.all([
  new Origin('web-1').listen(8080, '127.0.0.11'),
  new Origin('web-2').listen(8080, '127.0.0.12'),
])
const redis = spawn(
  'redis-server',
  [
    '--port',
    '6379',
    '--bind',
    '127.0.0.13',
    '--save',
    '',
    '--daemonize',
    'no',
    '--dir',
    process.env['FAIRLEAD_TEST_FOLDER'] ?? '.',
  ],
  { stdio: 'ignore' },
)
// The CA looks for its answer on port 80, as every CA does.
const pebble = await Pebble.start({ httpPort: 80 })
const daemon = await daemons.start({
  flags: ['--vpc', 'prod', '--acme-directory', pebble.directoryUrl, '--acme-ca', pebble.trustFile],
  api: '127.0.0.1:8080',
  stateDir: join(process.env['FAIRLEAD_TEST_FOLDER'] ?? '.', 'state'),
})

/** One line of the documentation, as a shell would split it. */
async function agentmetal(line: string): Promise<void> {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  const ran = await daemon.run(words, { program: 'agentmetal' })
  tell(line.split(' --')[0] ?? line, { code: ran.code, out: ran.out, err: ran.err })
}

await agentmetal('lb create --name web-lb --type http --vpc prod')
tell('without backends', (await ask(80)).status)
await agentmetal('lb create --name db-lb --type tcp --port 5432 --vpc prod')
await agentmetal('lb backend add web-lb --target web-1:8080 --target web-2:8080 --health-check "http:/health:5s"')
await waitFor(async () => (await ask(80)).status === 200, { timeoutMs: 60_000, what: 'port 80 to answer' })
const names: unknown[] = []
for (let index = 0; index < 6; index++) names.push((await ask(80)).headers['x-origin'])
tell('alternates', names)

await agentmetal('lb sticky set web-lb --mode cookie --cookie-name SERVERID')
const first = await ask(80)
const cookie = String(first.headers['set-cookie']).split(';')[0] ?? ''
tell('cookie', cookie.split('=')[0])
const stuck = new Set<unknown>([first.headers['x-origin']])
for (let index = 0; index < 6; index++) stuck.add((await ask(80, { headers: { cookie } })).headers['x-origin'])
tell('servers of a client with its cookie', stuck.size)

await agentmetal('lb backend add db-lb --target 127.0.0.13:6379')
tell('redis', await waitFor(() => sendLine(5432, 'PING'), { timeoutMs: 60_000, what: 'Redis to answer' }))

const prober = new Prober(80).start({ keepAlive: 5, fresh: 1, thinkMs: 50 })
web1.healthy = false
const health = async () =>
  (await daemon.ask('GET', '/v1/load-balancers/web-lb')).body.status.backends.map(
    (backend: { health: string }) => backend.health,
  )
await waitFor(async () => (await health())[0] === 'down', { timeoutMs: 60_000, what: 'web-1 to be taken out' })
web1.hits = 0
const before = prober.seen.requests
await waitFor(() => prober.seen.requests > before + 100, { timeoutMs: 60_000, what: 'traffic without web-1' })
tell('requests to web-1 while it is out', web1.hits)
web1.healthy = true
await waitFor(async () => (await health())[0] === 'up', { timeoutMs: 60_000, what: 'web-1 to be back' })
tell('failures meanwhile', (await prober.stop()).failures)

await agentmetal('lb rate-limit set web-lb --requests 100 --window 60s --action deny')
const statuses: number[] = []
for (let index = 0; index < 101; index++) statuses.push((await ask(80)).status)
const refused = await ask(80)
tell('first 100', [...new Set(statuses.slice(0, 100))])
tell('the 101st', [statuses[100], refused.headers['retry-after']])
await agentmetal('lb tls set web-lb --domain app.example.com')
const root = await pebble.root()
tell(
  'https',
  (await askTls(443, 'app.example.com', { ca: root, rejectUnauthorized: true, localAddress: '127.0.0.9' })).status,
)
await pebble.close()
await daemons.close()
redis.kill()
web1.close()
web2.close()

function sendLine(port: number, line: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write(`${line}\r\n`))
    socket.once('data', (data) => {
      resolve(data.toString().trim())
      socket.destroy()
    })
    socket.once('error', () => resolve(''))
    socket.once('close', () => resolve(''))
  })
}
