// Runs a load through one algorithm in simulated time: requests come, servers work, nothing waits for a clock.
import type { Request, ServerKind } from './load.ts'
import type { Picker, SeenServer } from './pickers.ts'
import { Schedule } from './schedule.ts'
import { ServerQueue } from './server-queue.ts'
import { RaceTally, type Result } from './tally.ts'

/** A server of the simulation: what a balancer sees of it, and the work before it. */
export type SimulatedServer = SeenServer & { readonly queue: ServerQueue }

export type Course = {
  readonly requests: readonly Request[]
  readonly servers: readonly ServerKind[]
  readonly workers: number
  /** Work of a quick request, in milliseconds. */
  readonly quickMs: number
  /** Nobody waits longer for an answer after the last request has come; Infinity: for ever. */
  readonly patienceMs: number
}

type MutableServer = { -readonly [Key in keyof SimulatedServer]: SimulatedServer[Key] }

/** One run; the picker is used up by it. */
export function runLoad(course: Course, pick: Picker<SimulatedServer>): Result {
  const run = new Run(course, pick)
  for (const request of course.requests) run.come(request)
  return run.end()
}

class Run {
  readonly #course: Course
  readonly #pick: Picker<SimulatedServer>
  readonly #servers: readonly MutableServer[]
  readonly #answers = new Schedule<MutableServer>()
  /** Requests that had to wait in the balancer, and the place of the first that still does. */
  readonly #waiting: Request[] = []
  #next = 0
  #waitingMs = 0
  readonly #tally: RaceTally
  readonly #lastMs: number
  #changes = 0

  constructor(course: Course, pick: Picker<SimulatedServer>) {
    const { servers, workers, requests, quickMs } = course
    this.#course = course
    this.#pick = pick
    this.#servers = servers.map((kind) => {
      return { weight: kind.weight, connections: 0, changed: this.#changes++, queue: new ServerQueue(kind, workers) }
    })
    this.#lastMs = requests.at(-1)?.atMs ?? 0
    this.#tally = new RaceTally(this.#lastMs, quickMs)
  }

  /** A request comes; what was done before it came is done first. */
  come(request: Request): void {
    this.#answerUntil(request.atMs)
    if (!this.#give(request, request.atMs)) {
      this.#waiting.push(request)
      this.#waitingMs += request.workMs
    }
    const backlogsMs = this.#servers.map(({ queue }) => queue.backlogMs(request.atMs))
    this.#tally.see(Math.max(this.#waitingMs, ...backlogsMs), request.atMs)
  }

  /** Lets everything be answered that ever will. */
  end(): Result {
    this.#answerUntil(Number.MAX_VALUE)
    for (let left = this.#waiting.length - this.#next; left > 0; left--) this.#tally.count(Number.POSITIVE_INFINITY)
    return this.#tally.sumUp(this.#servers.map(({ queue }) => queue.taken))
  }

  #give(request: Request, nowMs: number): boolean {
    const server = this.#servers[this.#pick(request, this.#servers) ?? -1]
    if (!server) return false
    const endMs = server.queue.take(request.workMs, nowMs)
    const isTooLate = endMs > this.#lastMs + this.#course.patienceMs
    this.#tally.count(isTooLate ? Number.POSITIVE_INFINITY : endMs - request.atMs)
    this.#answers.add(endMs, server)
    this.#change(server, 1)
    return true
  }

  #answerUntil(nowMs: number): void {
    for (;;) {
      const due = this.#answers.takeDue(nowMs)
      if (!due) return
      this.#change(due.value, -1)
      this.#giveWaiting(due.atMs)
    }
  }

  #giveWaiting(nowMs: number): void {
    for (let first = this.#waiting[this.#next]; first; first = this.#waiting[++this.#next]) {
      if (!this.#give(first, nowMs)) return
      this.#waitingMs -= first.workMs
    }
  }

  #change(server: MutableServer, by: number): void {
    server.connections += by
    server.changed = this.#changes++
  }
}
