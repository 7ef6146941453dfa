// How long requests waited for their answer, from the lines of the access log of the last seconds.
import type { Latency } from '../api/wire.ts'
import type { AccessLine } from '../haproxy/access-line.ts'
import { weigh } from './log-lines.ts'

const WINDOW_MS = 10_000

/** Fewer say nothing about the slowest one in a hundred. */
const ENOUGH = 20

/** Kept of one pool or server at most: the newest. */
const KEPT = 5000

type Sample = { readonly endMs: number; readonly ms: number; readonly weight: number }

/** Samples by `place` and by `place/server`. */
export class LatencyWindow {
  readonly #samples = new Map<string, Sample[]>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  take(line: AccessLine): void {
    const { atMs, totalMs, answerMs, place, server } = line
    const endMs = atMs + totalMs
    if (answerMs === null || server === null || endMs < this.#now() - WINDOW_MS) return
    const sample = { endMs, ms: (line.queueMs ?? 0) + (line.connectMs ?? 0) + answerMs, weight: weigh(line) }
    for (const key of [place, `${place}/${server}`]) {
      const samples = this.#samples.get(key)
      if (!samples) this.#samples.set(key, [sample])
      else if (samples.push(sample) > 2 * KEPT) this.#samples.set(key, samples.slice(-KEPT))
    }
  }

  /** The percentiles of these places or servers together; where there are too few lines, HAProxy's own average. */
  read(keys: readonly string[], averageMs: number | null): Latency {
    const samples = keys.flatMap((key) => this.#recent(key))
    if (samples.length < ENOUGH)
      return { from: 'average', samples: 0, p50Ms: null, p90Ms: null, p99Ms: null, averageMs }
    samples.sort((a, b) => a.ms - b.ms)
    const [p50Ms, p90Ms, p99Ms] = [0.5, 0.9, 0.99].map((share) => percentile(samples, share))
    return {
      from: 'log',
      samples: samples.length,
      p50Ms: p50Ms ?? null,
      p90Ms: p90Ms ?? null,
      p99Ms: p99Ms ?? null,
      averageMs,
    }
  }

  clear(): void {
    this.#samples.clear()
  }

  #recent(key: string): readonly Sample[] {
    const oldest = this.#now() - WINDOW_MS
    const recent = (this.#samples.get(key) ?? []).filter(({ endMs }) => endMs >= oldest)
    if (recent.length === 0) this.#samples.delete(key)
    else this.#samples.set(key, recent)
    return recent
  }
}

/** The value that this share of the requests, by weight, does not exceed. */
function percentile(sorted: readonly Sample[], share: number): number {
  const wanted = sorted.reduce((sum, { weight }) => sum + weight, 0) * share
  let sum = 0
  for (const { ms, weight } of sorted) {
    sum += weight
    if (sum >= wanted) return ms
  }
  return sorted.at(-1)?.ms ?? 0
}
