// The load of a run: clients of every kind, each on connections of its own.
import { waitFor } from '../io/deadline.ts'
import { outcomeOf } from '../io/outcome.ts'
import type { Chance } from './chance.ts'
import { type Asker, brokenBy, Client } from './clients/client.ts'
import { keepAliveAsker, newConnectionAsker, tlsAsker } from './clients/http1-client.ts'
import { http2Asker } from './clients/http2-client.ts'
import { openWebSocket, type WebSocketClient } from './clients/websocket-client.ts'
import type { ClientKind, Heard, Place, Tally } from './tally.ts'
import { HOSTS, LOOPBACK, PATHS, type World } from './world.ts'

/** `lanes`: how many requests at once share the asker. */
type Crowd = {
  readonly kind: ClientKind
  readonly count: number
  readonly lanes: number
  readonly thinkMs: number
  readonly open: (port: number) => Asker
}

/** About 550 requests a second: enough to meet every change, and little enough for one core. */
const CROWDS: readonly Crowd[] = [
  { kind: 'keep-alive', count: 12, lanes: 1, thinkMs: 50, open: keepAliveAsker },
  { kind: 'quiet keep-alive', count: 30, lanes: 1, thinkMs: 1500, open: keepAliveAsker },
  { kind: 'new connection', count: 4, lanes: 1, thinkMs: 50, open: newConnectionAsker },
  { kind: 'tls', count: 2, lanes: 1, thinkMs: 50, open: tlsAsker },
  { kind: 'http2', count: 4, lanes: 4, thinkMs: 75, open: http2Asker },
]

/** Pause between two messages on one WebSocket, in milliseconds. */
const WEB_SOCKET_THINK_MS = 1000

/** Every client asks at least this often, so waiting longer for one means that it hangs. */
const LONGEST_ROUND_MS = 30_000

/** Clients that ask one port, and the one beside it for TLS, until they are stopped. */
export class Load {
  readonly tally: Tally
  readonly #ports: Pick<World, 'port' | 'tlsPort'>
  readonly #chance: Chance
  readonly #stop = new AbortController()
  readonly #clients: Client[] = []
  readonly #runs: Promise<void>[] = []
  readonly #webSockets: WebSocketClient[] = []

  constructor(ports: Pick<World, 'port' | 'tlsPort'>, tally: Tally, chance: Chance) {
    this.#ports = ports
    this.tally = tally
    this.#chance = chance
  }

  /** Starts the clients that send requests. */
  start(): void {
    for (const { kind, count, lanes, thinkMs, open } of CROWDS) {
      for (let index = 0; index < count; index++) {
        const asker = open(kind === 'tls' ? this.#ports.tlsPort : this.#ports.port)
        for (let lane = 0; lane < lanes; lane++) this.#add(asker, kind, thinkMs, () => this.#nextPlace())
      }
    }
  }

  /** Opens WebSockets; one that cannot be opened is counted as a request that failed. */
  async openWebSockets(count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      const place = this.#nextPlace()
      const onLost = (heard: Heard) => this.tally.count('websocket', place, heard)
      const opened = await outcomeOf(openWebSocket(this.#ports.port, place, onLost))
      if (opened.ok) {
        this.#webSockets.push(opened.value)
        this.#add(opened.value, 'websocket', WEB_SOCKET_THINK_MS, () => place)
      } else this.tally.count('websocket', place, brokenBy(opened.error))
    }
  }

  get webSockets(): { readonly opened: number; readonly stillOpen: number } {
    return { opened: this.#webSockets.length, stillOpen: this.#webSockets.filter(({ isOpen }) => isOpen).length }
  }

  /** Waits until every client has sent a request from now on and heard the answer. */
  async everyoneAsked(signal: AbortSignal): Promise<void> {
    const sinceMs = performance.now()
    const isDone = () => this.#clients.every(({ lastSentMs, hasEnded }) => hasEnded || lastSentMs >= sinceMs)
    await waitFor(isDone, { timeoutMs: LONGEST_ROUND_MS, what: 'every client to be answered', signal })
  }

  /** Ends every client once its request under way is answered. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#runs)
  }

  #add(asker: Asker, kind: ClientKind, thinkMs: number, nextPlace: () => Place): void {
    const { tally } = this
    const delayMs = this.#chance.below(thinkMs)
    const options = { kind, thinkMs, delayMs, tally, signal: this.#stop.signal, nextPlace }
    const client = new Client(asker, options)
    this.#clients.push(client)
    this.#runs.push(client.run())
  }

  /** Half the requests go where nothing changes; the others where routes and load balancers come and go. */
  #nextPlace(): Place {
    const paths = ['/', `${this.#chance.pick(PATHS)}/x`]
    const hosts = [LOOPBACK, LOOPBACK, this.#chance.pick(HOSTS) ?? LOOPBACK]
    return { host: this.#chance.pick(hosts) ?? LOOPBACK, path: this.#chance.pick(paths) ?? '/' }
  }
}
