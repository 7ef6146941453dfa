// Runs inside a namespace: the platform's documented POST body as it stands, and the demo of a first start.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { waitFor } from '../../../src/io/deadline.ts'
import { askTls } from '../kit/certificates.ts'
import { Daemons, findHaproxies } from '../kit/daemon.ts'
import { tell } from '../kit/namespace.ts'
import { Origin } from '../kit/origin.ts'
import { Pebble } from '../kit/pebble.ts'
import { ask } from '../kit/prober.ts'

const BODY = `{
    "name": "web-lb",
    "spec": {
      "type": "http",
      "vpc": "prod",
      "tls": { "domain": "app.example.com", "autoRenew": true },
      "backends": [
        { "target": "web-1:8080", "weight": 50 },
        { "target": "web-2:8080", "weight": 50 }
      ],
      "healthCheck": { "path": "/health", "interval": "5s" }
    }
  }`

const folder = process.env['FAIRLEAD_TEST_FOLDER'] ?? '.'
const daemons = new Daemons()
const origins = await Promise.all([
  new Origin('web-1').listen(8080, '127.0.0.11'),
  new Origin('web-2').listen(8080, '127.0.0.12'),
])
// The CA looks for its answer on port 80, as every CA does.
const pebble = await Pebble.start({ httpPort: 80 })
const acme = ['--acme-directory', pebble.directoryUrl, '--acme-ca', pebble.trustFile]
const daemon = await daemons.start({ api: '127.0.0.1:8080', stateDir: join(folder, 'state'), flags: acme })

const key = (await readFile(join(daemon.stateDir, 'api-key'), 'utf8')).trim()
const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' }
const answer = await fetch('http://localhost:8080/v1/load-balancers', { method: 'POST', headers, body: BODY })
tell('answer', { status: answer.status, body: await answer.json() })
const root = await pebble.root()
const askApp = () => askTls(443, 'app.example.com', { ca: root, rejectUnauthorized: true })
await waitFor(async () => (await askApp()).status === 200, { timeoutMs: 60_000, what: 'https with its certificate' })
const names: unknown[] = []
for (let index = 0; index < 4; index++) names.push((await askApp()).headers['x-origin'])
tell('served by', names)
await waitFor(async () => (await ask(80)).status === 301, { timeoutMs: 60_000, what: 'http to lead to https' })
tell('http', (await ask(80, { headers: { host: 'app.example.com' } })).headers['location'])
const after = await fetch('http://localhost:8080/v1/load-balancers/web-lb', { headers })
tell('after', await after.json())
tell('doctor', (await daemon.run(['doctor', '--api', '127.0.0.1:8080'])).out)
await pebble.close()
await daemon.stop()

const demo = await daemons.start({ flags: ['--demo'], api: '127.0.0.1:8080', stateDir: join(folder, 'demo') })
const bodies: string[] = []
for (let index = 0; index < 4; index++) bodies.push((await ask(8000)).body)
tell('demo', bodies)
demo.process.kill('SIGINT')
await waitFor(() => demo.ended, { timeoutMs: 60_000, what: 'Ctrl-C to end the daemon' })
tell('left behind', await findHaproxies(demo.stateDir))
const again = await daemons.start({ flags: ['--demo'], api: '127.0.0.1:8080', stateDir: demo.stateDir })
tell('demo after a restart', (await ask(8000)).body)
await again.stop()
for (const origin of origins) origin.close()
