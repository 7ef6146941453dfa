// A real ACME CA for tests (Let's Encrypt's Pebble), the DNS it asks, and the port on which it looks for answers.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '../../../src/io/deadline.ts'
import { outcomeOf } from '../../../src/io/outcome.ts'
import { makeCertificate } from './certificates.ts'
import { findFreePort } from './free-port.ts'

export type PebbleOptions = {
  /** Of a hundred good nonces so many are refused. */
  readonly noncesRefused?: number
  /** MAC keys by key id: only their owners get accounts. */
  readonly bindings?: Readonly<Record<string, string>>
  /** Names it issues nothing for. Pebble 2.4.0 breaks off where a name that is ordered has fewer labels than one of these. */
  readonly refusedNames?: readonly string[]
  /** Where it looks for answers of http-01; absent: at the small server here. */
  readonly httpPort?: number
  /** Who answers for names, as `127.0.0.1:53`; absent: a server here, for which all names are at 127.0.0.1. */
  readonly dnsServer?: string
}

/** Names all lead to 127.0.0.1. Port 80 of the world is a small server here, which answers what `answers` holds. */
export class Pebble {
  readonly directoryUrl: string
  /** The PEM file of the CA that Pebble's own certificate comes from. */
  readonly trustFile: string
  /** By path: what http-01 looks for. */
  readonly answers = new Map<string, string>()
  /** The hosts and paths that were looked for. */
  readonly asked: string[] = []
  readonly #folder: string
  readonly #children: readonly ChildProcess[]
  readonly #port80: Server
  readonly #management: string
  readonly #dnsManagement: string

  private constructor(folder: string, children: readonly ChildProcess[], ports: Ports, port80: Server) {
    this.#folder = folder
    this.#children = children
    this.#port80 = port80
    this.directoryUrl = `https://localhost:${ports.acme}/dir`
    this.trustFile = join(folder, 'trust.pem')
    this.#management = `https://localhost:${ports.management}`
    this.#dnsManagement = `http://127.0.0.1:${ports.dnsManagement}`
    port80.on('request', (asked, response) => {
      this.asked.push(`${asked.headers.host?.replace(/:\d+$/, '')}${asked.url}`)
      const answer = this.answers.get(asked.url ?? '')
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'text/plain' }).end(answer)
    })
  }

  static async start(options: PebbleOptions = {}): Promise<Pebble> {
    const folder = await mkdtemp(join(tmpdir(), 'fairlead-pebble-'))
    const ports: Ports = {
      acme: await findFreePort(),
      management: await findFreePort(),
      http: options.httpPort ?? (await findFreePort()),
      tls: await findFreePort(),
      dns: await findFreePort(),
      dnsManagement: await findFreePort(),
    }
    await writeFiles(folder, ports, options)
    const port80 = createServer()
    if (options.httpPort === undefined)
      await new Promise<void>((resolve) => port80.listen(ports.http, '127.0.0.1', resolve))
    const pebble = new Pebble(folder, startBoth(folder, ports, options), ports, port80)
    const isUp = async () => (await outcomeOf(pebble.root())).ok && (await outcomeOf(fetch(pebble.#dnsManagement))).ok
    const up = await outcomeOf(waitFor(isUp, { timeoutMs: 60_000, what: 'Pebble' }))
    if (up.ok) return pebble
    await pebble.close()
    throw up.error
  }

  /** Of this start: the certificate that everything it issues leads up to. */
  root(): Promise<string> {
    return new Promise((resolve, reject) => {
      const sent = request(`${this.#management}/roots/0`, { rejectUnauthorized: false }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
        response.on('end', () => resolve(text))
      })
      sent.on('error', reject).end()
    })
  }

  /** Another value beside those that a TXT record has. */
  addText(record: string, value: string): Promise<void> {
    return this.#tellDns('set-txt', { host: `${record}.`, value })
  }

  removeTexts(record: string): Promise<void> {
    return this.#tellDns('clear-txt', { host: `${record}.` })
  }

  /** The name's servers fail from now on. */
  failDns(name: string): Promise<void> {
    return this.#tellDns('set-servfail', { host: `${name}.` })
  }

  /** They answer again. */
  mendDns(name: string): Promise<void> {
    return this.#tellDns('clear-servfail', { host: `${name}.` })
  }

  async #tellDns(what: string, body: object): Promise<void> {
    const answer = await fetch(`${this.#dnsManagement}/${what}`, { method: 'POST', body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`pebble-challtestsrv: ${what} got ${answer.status}`)
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL')
    this.#port80.closeAllConnections()
    this.#port80.close()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

type Ports = {
  readonly acme: number
  readonly management: number
  readonly http: number
  readonly tls: number
  readonly dns: number
  readonly dnsManagement: number
}

async function writeFiles(folder: string, ports: Ports, { bindings, refusedNames }: PebbleOptions): Promise<void> {
  const authority = await makeCertificate([], { isAuthority: true })
  const own = await makeCertificate(['localhost'], { by: authority })
  const pebble = {
    listenAddress: `127.0.0.1:${ports.acme}`,
    managementListenAddress: `127.0.0.1:${ports.management}`,
    certificate: join(folder, 'own.pem'),
    privateKey: join(folder, 'own.key'),
    httpPort: ports.http,
    tlsPort: ports.tls,
    externalAccountBindingRequired: bindings !== undefined,
    externalAccountMACKeys: bindings ?? {},
    domainBlocklist: refusedNames ?? [],
  }
  await Promise.all([
    writeFile(join(folder, 'trust.pem'), authority.certificate),
    writeFile(join(folder, 'own.pem'), own.certificate),
    writeFile(join(folder, 'own.key'), own.key),
    writeFile(join(folder, 'pebble.json'), JSON.stringify({ pebble })),
  ])
}

function startBoth(folder: string, ports: Ports, { noncesRefused = 0, dnsServer }: PebbleOptions): ChildProcess[] {
  const dns = `127.0.0.1:${ports.dns}`
  const off = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv6', '']
  const management = ['-management', `127.0.0.1:${ports.dnsManagement}`]
  const env = {
    ...process.env,
    PEBBLE_VA_NOSLEEP: '1',
    PEBBLE_AUTHZREUSE: '0',
    PEBBLE_WFE_NONCEREJECT: String(noncesRefused),
  }
  return [
    spawn('pebble-challtestsrv', ['-dns01', dns, ...off, ...management], { stdio: 'ignore' }),
    spawn('pebble', ['-config', join(folder, 'pebble.json'), '-dnsserver', dnsServer ?? dns, '-strict'], {
      stdio: 'ignore',
      env,
    }),
  ]
}
