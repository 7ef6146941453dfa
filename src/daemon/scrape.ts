// /metrics: HAProxy is read when somebody scrapes, and not oftener than it can bear.
import type { Status } from '../api/wire.ts'
import type { Haproxy } from '../haproxy/haproxy.ts'
import { readTraffic } from '../haproxy/traffic.ts'
import { outcomeOf } from '../io/outcome.ts'
import { sharesOf } from '../model/config.ts'
import type { Board } from './board.ts'
import type { Metrics } from './metrics.ts'
import { countServers, renderSeries } from './traffic-series.ts'

/** Who scrapes sooner is given the text there is; longer where it costs much. */
const PAUSE_MS = 1000
const LONGEST_SHARE = 0.02

/** What a scrape is made from. */
export type ScrapeGround = {
  readonly haproxy: Haproxy
  readonly board: Pick<Board, 'now'>
  readonly metrics: Metrics
  /** The most servers with series of their own. */
  readonly most: number
}

/** The text of /metrics for all who scrape. */
export class Scrape {
  readonly #ground: ScrapeGround
  #text: Promise<string> | null = null
  #nextAtMs = 0

  constructor(ground: ScrapeGround) {
    this.#ground = ground
  }

  read(statuses: () => ReadonlyMap<string, Status>): Promise<string> {
    if (this.#text === null || performance.now() >= this.#nextAtMs) {
      this.#nextAtMs = Infinity
      this.#text = this.#render(statuses)
    }
    return this.#text
  }

  async #render(statuses: () => ReadonlyMap<string, Status>): Promise<string> {
    const { haproxy, board, metrics, most } = this.#ground
    const startedAt = performance.now()
    const shares = sharesOf(board.now.config)
    const placeOf = (poolId: string) => haproxy.placeOf(poolId)
    const places = shares.length <= most ? shares.flatMap(({ pools }) => pools.map(({ id }) => placeOf(id))) : []
    const areServersIn = countServers(shares) <= most
    const read = places.length > 0 ? await outcomeOf(readTraffic(haproxy.socket, places, areServersIn)) : null
    const rows = read?.ok ? read.value : new Map()
    const own = await outcomeOf(metrics.render(statuses()))
    this.#nextAtMs = performance.now() + Math.max(PAUSE_MS, (performance.now() - startedAt) / LONGEST_SHARE)
    if (!own.ok) throw own.error
    return `${own.value}${renderSeries({ shares, rows, placeOf, most })}`
  }
}
