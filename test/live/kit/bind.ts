// Real DNS servers on loopback for tests (BIND): a primary that takes updates, a secondary, and a look at whole zones.
import { execFile } from 'node:child_process'
import { createSecretKey, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TsigAlgorithm, TsigKey } from '../../../src/dns/rfc2136/tsig-key.ts'
import type { ServerAddress } from '../../../src/dns/wire/exchange.ts'
import { waitFor } from '../../../src/io/deadline.ts'
import { outcomeOf } from '../../../src/io/outcome.ts'
import { findFreePort } from './free-port.ts'
import { Named } from './named.ts'

const run = promisify(execFile)
const PRIMARY = '127.0.0.1'
/** `named` listens on addresses that an interface has, and this is none: a relay does instead. */
const SECONDARY = '127.0.0.2'

export type BindZone = {
  /** In the way of zone files, after SOA and NS (ns1 and ns2, of the zone itself). */
  readonly records?: readonly string[]
  /** Who may change what, without `grant` and the key: `subdomain lb.example.test. A AAAA TXT`; nothing: everything. */
  readonly grants?: readonly string[]
}

type Zones = Readonly<Record<string, BindZone>>

/** A primary at 127.0.0.1 and a secondary at 127.0.0.2, on one port. Changes get to the secondary a second later. */
export class Bind {
  readonly server: ServerAddress
  readonly secondary: ServerAddress
  readonly key: TsigKey
  /** As `tsig-keygen` writes it. */
  readonly keyFile: string
  readonly #folder: string
  readonly #running: (Named | Relay)[] = []

  private constructor(folder: string, port: number, key: TsigKey) {
    this.#folder = folder
    this.server = { host: PRIMARY, port }
    this.secondary = { host: SECONDARY, port }
    this.key = key
    this.keyFile = join(folder, 'fairlead.key')
  }

  static async start(zones: Zones, algorithm: TsigAlgorithm = 'hmac-sha256'): Promise<Bind> {
    const folder = await mkdtemp(join(tmpdir(), 'fairlead-bind-'))
    const key = { name: 'fairlead', algorithm, secret: createSecretKey(randomBytes(32)) }
    const bind = new Bind(folder, await findFreePort(), key)
    const up = await outcomeOf(bind.#startAll(zones))
    if (up.ok) return bind
    await bind.close()
    throw up.error
  }

  async #startAll(zones: Zones): Promise<void> {
    const { algorithm, secret, name } = this.key
    const text = secret.export().toString('base64')
    await writeFile(this.keyFile, `key "${name}" {\n\talgorithm ${algorithm};\n\tsecret "${text}";\n};\n`)
    const secondaryPort = await findFreePort()
    this.#running.push(await this.#makePrimary(zones, secondaryPort), await this.#makeSecondary(zones, secondaryPort))
    this.#running.push(new Relay(this.secondary, secondaryPort))
    for (const each of this.#running) await each.start()
    const haveAll = async () => {
      const found = await Promise.all(Object.keys(zones).map((zone) => this.ask(this.secondary, zone, 'SOA')))
      return found.every((lines) => lines.length > 0)
    }
    await waitFor(haveAll, { timeoutMs: 60_000, what: 'the secondary name server' })
  }

  async #makePrimary(zones: Zones, secondaryPort: number): Promise<Named> {
    const folder = join(this.#folder, 'primary')
    await mkdir(folder)
    const statements = Object.entries(zones).map(([zone, { grants = ['zonesub ANY'] }]) => {
      const policy = grants.map((grant) => `grant ${this.key.name} ${grant};`).join(' ')
      return `zone "${zone}" { type primary; file "${zone}"; update-policy { ${policy} }; };`
    })
    for (const [zone, { records = [] }] of Object.entries(zones))
      await writeFile(join(folder, zone), renderZone(records))
    const options = `notify explicit; notify-delay 1; also-notify { 127.0.0.1 port ${secondaryPort}; };`
    const { port } = this.server
    return Named.make({ folder, port, options, statements: [`include "${this.keyFile}";`, ...statements] })
  }

  async #makeSecondary(zones: Zones, port: number): Promise<Named> {
    const primaries = `primaries { ${PRIMARY} port ${this.server.port}; };`
    const statements = Object.keys(zones).map(
      (zone) => `zone "${zone}" { type secondary; file "${zone}"; ${primaries} };`,
    )
    const folder = join(this.#folder, 'secondary')
    return Named.make({
      folder,
      port,
      options: 'notify no;',
      statements: [`include "${this.keyFile}";`, ...statements],
    })
  }

  /** The secondary is away from now on. */
  async cutSecondary(): Promise<void> {
    await this.#running.at(-1)?.kill()
  }

  /** And there again. */
  async restoreSecondary(): Promise<void> {
    await this.#running.at(-1)?.start()
  }

  /** What a server answers, by `dig`: the values alone, sorted. */
  async ask(server: ServerAddress, name: string, type: string): Promise<string[]> {
    return dig(server, ['+short', name, type])
  }

  /** Every record of a zone but its SOA, by a zone transfer: `app.example.test. 30 IN A 192.0.2.1`, sorted. */
  async transfer(zone: string): Promise<string[]> {
    const lines = await dig(this.server, ['+noall', '+answer', zone, 'AXFR'])
    if (lines.length === 0) throw new Error(`no zone transfer of ${zone}`)
    return lines.map((line) => line.replace(/\s+/g, ' ')).filter((line) => !/ SOA /.test(line))
  }

  /** A change by somebody else's hand, as `nsupdate` takes it. */
  async change(line: string): Promise<void> {
    const { host, port } = this.server
    const done = run('nsupdate', ['-v', '-k', this.keyFile])
    done.child.stdin?.end(`server ${host} ${port}\n${line}\nsend\n`)
    await done
  }

  async close(): Promise<void> {
    for (const each of this.#running) await each.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** TCP from one address and port to another port of 127.0.0.1. */
class Relay {
  readonly #from: ServerAddress
  readonly #toPort: number
  readonly #open = new Set<Socket>()
  #server: Server | null = null

  constructor(from: ServerAddress, toPort: number) {
    this.#from = from
    this.#toPort = toPort
  }

  start(): Promise<void> {
    const server = createServer((socket) => {
      const onward = createConnection(this.#toPort, '127.0.0.1')
      for (const each of [socket, onward]) {
        this.#open.add(each)
        each
          .on('error', () => {})
          .on('close', () => {
            this.#open.delete(each)
            socket.destroy()
            onward.destroy()
          })
      }
      socket.pipe(onward).pipe(socket)
    })
    this.#server = server
    return new Promise((resolve) => server.listen(this.#from.port, this.#from.host, resolve))
  }

  kill(): Promise<void> {
    for (const each of this.#open) each.destroy()
    return new Promise((resolve) => (this.#server ? this.#server.close(() => resolve()) : resolve()))
  }
}

async function dig({ host, port }: ServerAddress, question: readonly string[]): Promise<string[]> {
  const asked = await outcomeOf(run('dig', [`@${host}`, '-p', `${port}`, '+tcp', '+tries=1', '+time=5', ...question]))
  const lines = asked.ok ? asked.value.stdout.split('\n') : []
  return lines.filter((line) => line !== '' && !line.startsWith(';')).sort()
}

function renderZone(records: readonly string[]): string {
  return [
    '$TTL 300',
    '@ IN SOA ns1 ops 1 3600 600 86400 60',
    '@ IN NS ns1',
    '@ IN NS ns2',
    `ns1 IN A ${PRIMARY}`,
    `ns2 IN A ${SECONDARY}`,
    ...records,
    '',
  ].join('\n')
}
