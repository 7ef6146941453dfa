// Servers that come into service before their program listens: asked again sooner than HAProxy's own checks would.
import { setTimeout as sleep } from 'node:timers/promises'
import { outcomeOf } from '../io/outcome.ts'
import { toEffective } from '../model/effective.ts'
import { canProbe, makeFirstProbe } from './first-probe.ts'
import { type Newcomer, nameOf, RUNNING } from './newcomers.ts'
import type { RuntimeSocket } from './runtime-socket.ts'

/** The first wait; each is longer than the one before by a tenth, so that no wait is much of what the start took. */
const FIRST_WAIT_MS = 20
const GROWTH = 1.1

/**
 * Checks of HAProxy come every two seconds, and a server is up after two of them: a program that needs half a second to
 * listen would have no traffic for four.
 */
export class Arrivals {
  readonly #socket: Pick<RuntimeSocket, 'serversState' | 'command'>
  readonly #expected = new Map<string, Newcomer>()

  constructor(socket: Pick<RuntimeSocket, 'serversState' | 'command'>) {
    this.#socket = socket
  }

  /** Follows servers that have not passed a check, until they do or HAProxy asks as often. */
  follow(newcomers: readonly Newcomer[]): void {
    for (const newcomer of newcomers.filter((one) => canProbe(one.in.healthCheck))) {
      this.#expected.set(nameOf(newcomer), newcomer)
      // What HAProxy does not take from here, its own checks find out.
      void outcomeOf(this.#ask(newcomer))
    }
  }

  /** Those that are followed in these places. */
  awaitedIn(places: readonly string[]): Newcomer[] {
    return [...this.#expected.values()].filter(({ place }) => places.includes(place))
  }

  async #ask(newcomer: Newcomer): Promise<void> {
    const { definition, in: pool } = newcomer
    const { healthCheck } = pool
    for (let waitMs = FIRST_WAIT_MS; waitMs < healthCheck.intervalMs; waitMs = Math.ceil(waitMs * GROWTH)) {
      await sleep(waitMs, undefined, { ref: false })
      if (this.#expected.get(nameOf(newcomer)) !== newcomer) return
      if ((await makeFirstProbe(definition, healthCheck)) !== 'passed') continue
      if (await this.#isWaiting(newcomer)) await this.#socket.command(`set server ${nameOf(newcomer)} health up`)
      break
    }
    if (this.#expected.get(nameOf(newcomer)) === newcomer) this.#expected.delete(nameOf(newcomer))
  }

  /** Whether it is still the server that was followed, in service and without health. */
  async #isWaiting({ definition, place }: Newcomer): Promise<boolean> {
    const { address, port } = toEffective(definition)
    const live = await this.#socket.serversState([place])
    return live.some(
      (one) =>
        one.server === definition.name &&
        one.address === address &&
        one.port === port &&
        !one.isMaint &&
        one.operational !== RUNNING,
    )
  }
}
