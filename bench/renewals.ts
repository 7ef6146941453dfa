// Short-lived certificates under load: how many were renewed, and whether anybody was ever shown one that was not good.
//
//   node_modules/.bin/node bench/renewals.ts [--lifetime 90s] [--minutes 10] [--domains 5]
//
// A real ACME CA (Pebble) issues them, real handshakes are held against its root: each name is asked for over and over,
// with new connections and with kept ones.
import { Agent, request } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:tls'
import { parseArgs } from 'node:util'
import { Daemons } from '../test/live/kit/daemon.ts'
import { findFreePort } from '../test/live/kit/free-port.ts'
import { Origin } from '../test/live/kit/origin.ts'
import { Pebble } from '../test/live/kit/pebble.ts'

const { values } = parseArgs({
  options: {
    lifetime: { type: 'string', default: '90s' },
    minutes: { type: 'string', default: '10' },
    domains: { type: 'string', default: '5' },
  },
})

const names = Array.from({ length: Number(values.domains) }, (_, index) => `n${index}.example.com`)
const failures: string[] = []
const seen = new Map(names.map((name) => [name, new Set<string>()]))
let [handshakes, requests, leastLeftMs] = [0, 0, Infinity]

/** One new connection: what it is shown must be good now, and lead up to the CA's root. */
function shakeHands(port: number, name: string, root: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, servername: name, ca: root, timeout: 10_000 })
    const end = (failure: string | null) => {
      if (failure !== null) failures.push(`${name}: ${failure}`)
      socket.destroy()
      resolve()
    }
    socket.once('secureConnect', () => {
      handshakes++
      const { fingerprint, valid_to } = socket.getPeerCertificate()
      seen.get(name)?.add(fingerprint)
      leastLeftMs = Math.min(leastLeftMs, Date.parse(valid_to) - Date.now())
      end(socket.authorized ? null : String(socket.authorizationError))
    })
    socket.once('timeout', () => end('no answer in 10 s'))
    socket.once('error', (error) => end(error.message))
  })
}

/** One request on a kept connection. */
function ask(agent: Agent, port: number, name: string): Promise<void> {
  return new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', port, servername: name, headers: { host: name }, agent }, (answer) => {
      requests++
      if (answer.statusCode !== 200) failures.push(`${name}: status ${answer.statusCode}`)
      answer.resume().once('end', resolve)
    })
    sent.once('error', (error) => {
      failures.push(`${name}: ${error.message}`)
      resolve()
    })
    sent.end()
  })
}

const daemons = new Daemons()
const origin = await new Origin('a').listen()
const [http, https] = [await findFreePort(), await findFreePort()]
const pebble = await Pebble.start({ httpPort: http })
try {
  const acme = ['--acme-directory', pebble.directoryUrl, '--acme-ca', pebble.trustFile]
  const daemon = await daemons.start({ flags: [...acme, '--acme-lifetime', values.lifetime] })
  const at = ['--bind', '127.0.0.1', '--port', String(http), '--target', origin.target]
  await daemon.must('lb', 'create', '--name', 'web', ...at)
  const domains = names.flatMap((name) => ['--domain', name])
  await daemon.must('lb', 'tls', 'set', 'web', '--port', String(https), ...domains)
  const reloadsNow = async () => {
    const text = String((await daemon.ask('GET', '/metrics')).body)
    return [...text.matchAll(/^fairlead_reloads_total\{[^}]*\} (\d+)/gm)].reduce((sum, [, n]) => sum + Number(n), 0)
  }
  const [root, reloads, end] = [await pebble.root(), await reloadsNow(), Date.now() + Number(values.minutes) * 60_000]
  const clients = names.flatMap((name) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: root })
    const run = async (work: () => Promise<void>) => {
      while (Date.now() < end) {
        await work()
        await sleep(100)
      }
    }
    return [run(() => shakeHands(https, name, root)), run(() => ask(agent, https, name)).finally(() => agent.destroy())]
  })
  await Promise.all(clients)
  console.log(`${values.minutes} minutes, ${names.length} domains, certificates that live ${values.lifetime}`)
  console.log(`handshakes            ${handshakes}, requests on kept connections ${requests}`)
  console.log(
    `failed                ${failures.length}${failures.length > 0 ? `: ${failures.slice(0, 5).join('; ')}` : ''}`,
  )
  console.log(`certificates seen     ${[...seen.values()].map((all) => all.size).join(', ')} (by domain)`)
  console.log(`least life left       ${(leastLeftMs / 1000).toFixed(0)} s when one was shown`)
  console.log(`reloads               ${(await reloadsNow()) - reloads}`)
} finally {
  await daemons.close()
  await pebble.close()
  origin.close()
}
