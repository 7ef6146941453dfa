// What a race showed, as it is counted: the backlog over time and how long each request took.

/** One algorithm's result. Times are in milliseconds, or in ticks where the race has those. */
export type Result = {
  /** The most work one server had before it, in quick requests. */
  readonly worstBacklog: number
  /** null: never answered. */
  readonly p50: number | null
  readonly p99: number | null
  readonly answered: number
  readonly unanswered: number
  readonly requestsPerServer: readonly number[]
  /** The largest backlog in each stretch of the race, from the first request to the last, in quick requests. */
  readonly backlogOverTime: readonly number[]
}

/** Into so many stretches the race is divided. */
export const STRETCHES = 60

/** The count of one algorithm. */
export class RaceTally {
  readonly #endMs: number
  readonly #quickMs: number
  readonly #backlogsMs = Array.from({ length: STRETCHES }, () => 0)
  readonly #times: number[] = []
  #worstMs = 0

  /** `endMs`: when the last request comes; `quickMs`: the work of a quick one. */
  constructor(endMs: number, quickMs: number) {
    this.#endMs = endMs
    this.#quickMs = quickMs
  }

  /** The backlog of the busiest server, seen when a request has come. */
  see(backlogMs: number, nowMs: number): void {
    const share = this.#endMs > 0 ? nowMs / this.#endMs : 0
    const stretch = Math.min(STRETCHES - 1, Math.max(0, Math.floor(share * STRETCHES)))
    this.#backlogsMs[stretch] = Math.max(this.#backlogsMs[stretch] ?? 0, backlogMs)
    this.#worstMs = Math.max(this.#worstMs, backlogMs)
  }

  /** How long a request took from when it was due; Infinity where it was never answered. */
  count(tookMs: number): void {
    this.#times.push(tookMs)
  }

  sumUp(requestsPerServer: readonly number[]): Result {
    const sorted = this.#times.toSorted((a, b) => a - b)
    const at = (share: number) => toTenths(sorted[Math.ceil(share * sorted.length) - 1] ?? 0)
    const answered = sorted.filter((took) => Number.isFinite(took)).length
    return {
      worstBacklog: toTenths(this.#worstMs / this.#quickMs) ?? 0,
      p50: at(0.5),
      p99: at(0.99),
      answered,
      unanswered: sorted.length - answered,
      requestsPerServer,
      backlogOverTime: this.#backlogsMs.map((backlogMs) => toTenths(backlogMs / this.#quickMs) ?? 0),
    }
  }
}

function toTenths(value: number): number | null {
  return Number.isFinite(value) ? Math.round(value * 10) / 10 : null
}
