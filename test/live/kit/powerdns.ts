// A real PowerDNS server for tests: its zones in SQLite, its own folder and ports, asked over DNS and over its HTTP API.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { Resolver } from 'node:dns/promises'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { waitFor } from '../../../src/io/deadline.ts'
import { outcomeOf } from '../../../src/io/outcome.ts'
import { findFreePort } from './free-port.ts'

const run = promisify(execFile)
const API_KEY = 'real-key-9b1f27d4'

export class PowerDns {
  /** Of its API. */
  readonly url: string
  readonly apiKey = API_KEY
  /** Asks the server itself, over DNS. */
  readonly resolver = new Resolver({ timeout: 1000, tries: 3 })
  /** For DNS, on 127.0.0.1. */
  readonly port: number
  readonly #folder: string
  readonly #child: ChildProcess

  private constructor(folder: string, child: ChildProcess, ports: Ports) {
    this.#folder = folder
    this.#child = child
    this.port = ports.dns
    this.url = `http://127.0.0.1:${ports.api}`
    this.resolver.setServers([`127.0.0.1:${ports.dns}`])
  }

  static async start(): Promise<PowerDns> {
    const folder = await mkdtemp(join(tmpdir(), 'fairlead-powerdns-'))
    const ports = { dns: await findFreePort(), api: await findFreePort() }
    await makeDatabase(join(folder, 'zones.sqlite'))
    await writeFile(join(folder, 'pdns.conf'), formatSettings(folder, ports))
    const child = spawn('pdns_server', [`--config-dir=${folder}`], { stdio: 'ignore' })
    const server = new PowerDns(folder, child, ports)
    const up = await outcomeOf(
      waitFor(async () => (await outcomeOf(server.ask('/zones'))).ok, { timeoutMs: 60_000, what: 'PowerDNS' }),
    )
    if (up.ok) return server
    await server.close()
    throw up.error
  }

  /** Makes the zone, or empties it. */
  async makeZone(zone: string): Promise<void> {
    await outcomeOf(this.#pdnsutil('delete-zone', zone))
    await this.#pdnsutil('create-zone', zone, `ns1.${zone}`)
  }

  /** One more record, as an administrator adds it. */
  async addRecord(zone: string, name: string, type: string, ttl: number, content: string): Promise<void> {
    const short = name === zone ? '@' : name.slice(0, -zone.length - 1)
    await this.#pdnsutil('add-record', zone, short, type, String(ttl), content)
  }

  /** Every record of a zone but SOA and NS: `app.example.com A 192.0.2.1`. */
  async records(zone: string): Promise<string[]> {
    const { stdout } = await this.#pdnsutil('list-zone', zone)
    const lines = stdout.split('\n').map((line) => line.split('\t'))
    return lines
      .filter(([, , , type]) => type !== undefined && type !== 'SOA' && type !== 'NS')
      .map(([name, , , type, content = '']) => `${trim(name)} ${type} ${trim(content).replace(/^"|"$/g, '')}`)
  }

  async ask(path: string, init: RequestInit = {}): Promise<unknown> {
    const headers = { 'x-api-key': this.apiKey }
    const answer = await fetch(`${this.url}/api/v1/servers/localhost${path}`, { ...init, headers })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  #pdnsutil(...command: string[]) {
    return run('pdnsutil', [`--config-dir=${this.#folder}`, ...command])
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL')
    await rm(this.#folder, { recursive: true, force: true })
  }
}

type Ports = { readonly dns: number; readonly api: number }

/** As the package pdns-backend-sqlite3 has its tables. */
async function makeDatabase(path: string): Promise<void> {
  const database = new DatabaseSync(path)
  database.exec(await readFile('/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql', 'utf8'))
  database.close()
}

/** Nothing is kept in its caches: what is written is told at once. */
function formatSettings(folder: string, { dns, api }: Ports): string {
  const settings = {
    launch: 'gsqlite3',
    'gsqlite3-database': join(folder, 'zones.sqlite'),
    'local-address': `127.0.0.1:${dns}`,
    'socket-dir': folder,
    'api-key': API_KEY,
    api: 'yes',
    webserver: 'yes',
    'webserver-address': '127.0.0.1',
    'webserver-port': api,
    'webserver-allow-from': '127.0.0.1',
    'cache-ttl': 0,
    'query-cache-ttl': 0,
    'negquery-cache-ttl': 0,
    'zone-cache-refresh-interval': 0,
    guardian: 'no',
    daemon: 'no',
    'security-poll-suffix': '',
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

function trim(name: string | undefined): string {
  return (name ?? '').replace(/\.$/, '')
}
