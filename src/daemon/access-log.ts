// The access log for all who read it: HAProxy is read only while somebody asks, and once for all of them.
import { setTimeout as sleep } from 'node:timers/promises'
import type { LogFilter } from '../api/engine.ts'
import type { LogLine, LostLines } from '../api/wire.ts'
import { type AccessLine, parseAccessLine } from '../haproxy/access-line.ts'
import { followAccessRing, readAccessRing } from '../haproxy/access-ring.ts'
import type { Haproxy } from '../haproxy/haproxy.ts'
import { outcomeOf } from '../io/outcome.ts'
import type { Board } from './board.ts'
import { Follower } from './log-follower.ts'
import { type Ground, isAskedFor, toGround, toLogLine } from './log-lines.ts'

/** What is kept for who joins others that read already: about what HAProxy keeps. */
const KEPT = 8000

/** More lines a second than this are only counted: this process has other work. */
const MOST_A_SECOND = 20_000

/** What HAProxy has when the first asks comes in one go: it is all there after so long. */
const PAST_MS = 300

/** How long HAProxy is read on after the last who asked: a page that asks every second is one reader. */
const LINGER_MS = 5000

/** Is told each line, and how many there were that could not be read. */
export type Listener = { take(line: AccessLine): void; miss(count: number): void }

/** The access log of one HAProxy. */
export class AccessLog {
  readonly #haproxy: Haproxy
  readonly #board: Pick<Board, 'now'>
  readonly #signal: AbortSignal
  readonly #listeners = new Set<Listener>()
  #recent: AccessLine[] = []
  #reading: { readonly end: AbortController; readonly past: Promise<unknown> } | null = null
  #linger: NodeJS.Timeout | undefined
  #second = 0
  #inSecond = 0

  /** Once the signal aborts HAProxy is read no more: it would wait for us before it stops. */
  constructor(haproxy: Haproxy, board: Pick<Board, 'now'>, signal: AbortSignal) {
    this.#haproxy = haproxy
    this.#board = board
    this.#signal = signal
  }

  /** The last lines HAProxy still has of a load balancer. */
  async read(name: string, filter: LogFilter): Promise<LogLine[]> {
    const ground = this.#groundOf(name)
    const lines = (await readAccessRing(this.#haproxy.socket)).flatMap((text) => parseAccessLine(text) ?? [])
    return lastOf(lines, ground, filter)
  }

  /** The last lines, then each new one until the signal aborts; `lost` where the reader was too slow. */
  async *follow(
    name: string,
    filter: LogFilter,
    signal: AbortSignal,
  ): AsyncGenerator<readonly (LogLine | LostLines)[]> {
    const groundOf = this.#rememberGround(name)
    const follower = new Follower<LogLine>(signal)
    const listener: Listener = {
      take: (line) => {
        const mine = toLogLine(line, groundOf())
        if (mine && isAskedFor(mine, filter)) follower.put(mine)
      },
      miss: (count) => follower.lose(count),
    }
    const leave = this.listen({ take: () => {}, miss: () => {} })
    try {
      await this.#reading?.past
      for (const line of lastOf(this.#recent, groundOf(), filter)) follower.put(line)
      this.#listeners.add(listener)
      yield* follower.lines()
    } finally {
      this.#listeners.delete(listener)
      leave()
    }
  }

  /** Is told the lines that are there already, then each new one; answers how to leave. */
  listen(listener: Listener): () => void {
    clearTimeout(this.#linger)
    for (const line of this.#recent) listener.take(line)
    this.#listeners.add(listener)
    this.#reading ??= this.#open()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#linger = setTimeout(() => this.close(), LINGER_MS).unref()
    }
  }

  /** Reads HAProxy no more. */
  close(): void {
    if (this.#listeners.size > 0) return
    this.#reading?.end.abort()
    this.#reading = null
    this.#recent = []
  }

  #open() {
    const end = new AbortController()
    const signal = AbortSignal.any([end.signal, this.#signal])
    void followAccessRing(this.#haproxy, (texts) => this.#take(texts), signal)
    return { end, past: outcomeOf(sleep(PAST_MS)) }
  }

  #take(texts: readonly string[]): void {
    const second = Math.floor(performance.now() / 1000)
    if (second !== this.#second) [this.#second, this.#inSecond] = [second, 0]
    // What HAProxy has from before comes in one go, and is not more than it keeps.
    const room = Math.max(0, MOST_A_SECOND - this.#inSecond)
    this.#inSecond += texts.length
    for (const text of texts.slice(0, room)) {
      const line = parseAccessLine(text)
      if (!line) continue
      this.#recent.push(line)
      for (const listener of this.#listeners) listener.take(line)
    }
    if (texts.length > room) for (const listener of this.#listeners) listener.miss(texts.length - room)
    if (this.#recent.length > 2 * KEPT) this.#recent = this.#recent.slice(-KEPT)
  }

  #groundOf(name: string): Ground {
    return toGround(name, this.#board.now.config.shares.get(name), (poolId) => this.#haproxy.placeOf(poolId))
  }

  /** The ground, made anew only where the load balancer or the places of pools have changed. */
  #rememberGround(name: string): () => Ground {
    const signs = () => [this.#board.now.config.shares.get(name), this.#haproxy.ledger.places] as const
    let [known, made] = [signs(), this.#groundOf(name)]
    return () => {
      const now = signs()
      if (now[0] !== known[0] || now[1] !== known[1]) [known, made] = [now, this.#groundOf(name)]
      return made
    }
  }
}

function lastOf(lines: readonly AccessLine[], ground: Ground, filter: LogFilter): LogLine[] {
  if (filter.last === 0) return []
  const mine = lines.flatMap((line) => toLogLine(line, ground) ?? []).filter((line) => isAskedFor(line, filter))
  return mine.slice(-filter.last)
}
