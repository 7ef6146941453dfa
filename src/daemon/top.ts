// Who is busy right now: rates between two readings of HAProxy's counters, shared by all who ask.
import { setTimeout as sleep } from 'node:timers/promises'
import type { TopAnswer } from '../api/wire.ts'
import type { Haproxy } from '../haproxy/haproxy.ts'
import { readTraffic } from '../haproxy/traffic.ts'
import { type Share, sharesOf } from '../model/config.ts'
import type { AccessLog } from './access-log.ts'
import type { Board } from './board.ts'
import { LatencyWindow } from './latency-window.ts'
import { type Reading, type TopGround, toLoadBalancerRow, toServerRows } from './top-rows.ts'

/** Between two readings, at least; longer where a reading costs much, so that it takes a small share of the time. */
const PAUSE_MS = 900
const LONGEST_SHARE = 0.02

/** The first who asks waits so long for a second reading; rates over more time than the other say little about now. */
const FIRST_PAUSE_MS = 1000
const STALE_MS = 10_000

/** The access log is read until nobody has asked for so long. */
const LINGER_MS = 5000

/** What is asked about: all load balancers, or one with its servers. */
type Scope = { before: Reading | null; answer: TopAnswer | null; nextAtMs: number; running: Promise<TopAnswer> | null }

/** The counters of one HAProxy. */
export class Top {
  readonly #haproxy: Haproxy
  readonly #board: Pick<Board, 'now'>
  readonly #accessLog: AccessLog
  readonly #latencies = new LatencyWindow()
  readonly #scopes = new Map<string | null, Scope>()
  #leave: (() => void) | null = null
  #linger: NodeJS.Timeout | undefined

  constructor(haproxy: Haproxy, board: Pick<Board, 'now'>, accessLog: AccessLog) {
    this.#haproxy = haproxy
    this.#board = board
    this.#accessLog = accessLog
  }

  /** All load balancers, or one (`name`) and its servers. Who asks sooner than a reading is due is given the last one. */
  read(name: string | null): Promise<TopAnswer> {
    this.#listen()
    const scope = this.#scopes.get(name) ?? { before: null, answer: null, nextAtMs: 0, running: null }
    this.#scopes.set(name, scope)
    scope.running ??= this.#refresh(name, scope).finally(() => (scope.running = null))
    return scope.running
  }

  #listen(): void {
    const { take } = LatencyWindow.prototype
    this.#leave ??= this.#accessLog.listen({ take: (line) => take.call(this.#latencies, line), miss: () => {} })
    clearTimeout(this.#linger)
    this.#linger = setTimeout(() => {
      this.#leave?.()
      this.#leave = null
      this.#latencies.clear()
      this.#scopes.clear()
    }, LINGER_MS).unref()
  }

  async #refresh(name: string | null, scope: Scope): Promise<TopAnswer> {
    if (scope.answer && performance.now() < scope.nextAtMs) return scope.answer
    if (!scope.before || performance.now() - scope.before.atMs > STALE_MS) {
      scope.before = await this.#take(name)
      await sleep(FIRST_PAUSE_MS)
    }
    const startedAt = performance.now()
    const now = await this.#take(name)
    const cost = performance.now() - startedAt
    const answer = this.#toAnswer(name, scope.before, now)
    Object.assign(scope, { before: now, answer, nextAtMs: startedAt + Math.max(PAUSE_MS, cost / LONGEST_SHARE) })
    return answer
  }

  async #take(name: string | null): Promise<Reading> {
    const places = this.#sharesOf(name).flatMap(({ pools }) => pools.map(({ id }) => this.#haproxy.placeOf(id)))
    const rows = places.length > 0 ? await readTraffic(this.#haproxy.socket, places, name !== null) : new Map()
    return { atMs: performance.now(), rows }
  }

  #toAnswer(name: string | null, before: Reading, now: Reading): TopAnswer {
    const ground: TopGround = {
      before,
      now,
      placeOf: (poolId) => this.#haproxy.placeOf(poolId),
      latencyOf: (keys, averageMs) => this.#latencies.read(keys, averageMs),
    }
    const items = this.#sharesOf(name).flatMap((share) => [
      toLoadBalancerRow(share, ground),
      ...(name === null ? [] : share.pools.flatMap((pool) => toServerRows(pool, ground))),
    ])
    return { time: new Date().toISOString(), seconds: (now.atMs - before.atMs) / 1000, items }
  }

  #sharesOf(name: string | null): Share[] {
    const { config } = this.#board.now
    const share = name === null ? undefined : config.shares.get(name)
    return name === null ? sharesOf(config) : share ? [share] : []
  }
}
