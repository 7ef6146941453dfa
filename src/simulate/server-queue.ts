// One server: some workers and the queue before them. Time is handed in, so that it serves simulated time and real time alike.
import type { ServerKind } from './load.ts'

type Job = { readonly workMs: number; readonly startMs: number; readonly endMs: number }

/** The work of one server. Calls come in the order of time. */
export class ServerQueue {
  readonly #server: Pick<ServerKind, 'speed' | 'sickness'>
  /** When each worker has done all it was given. */
  readonly #freeMs: number[]
  /** In the order they begin. */
  readonly #jobs: Job[] = []
  /** Place of the first job that has not begun. */
  #next = 0
  #unbegunMs = 0
  #begun: readonly Job[] = []
  taken = 0

  constructor(server: Pick<ServerKind, 'speed' | 'sickness'>, workers: number) {
    this.#server = server
    this.#freeMs = Array.from({ length: workers }, () => 0)
  }

  /** Takes a request and answers when it will be done; Infinity for never. */
  take(workMs: number, nowMs: number): number {
    this.taken++
    const worker = this.#freeMs.indexOf(Math.min(...this.#freeMs))
    const startMs = Math.max(nowMs, this.#freeMs[worker] ?? 0)
    const endMs = this.#findEnd(workMs, startMs)
    this.#freeMs[worker] = endMs
    this.#jobs.push({ workMs, startMs, endMs })
    this.#unbegunMs += workMs
    return endMs
  }

  /** Work it was given and has not done yet, in milliseconds of a server of speed 1. */
  backlogMs(nowMs: number): number {
    this.#begin(nowMs)
    return this.#begun.reduce((sum, job) => sum + this.#findRest(job, nowMs), this.#unbegunMs)
  }

  /** Moves jobs on, so that asking costs as much as there are workers, however long the queue is. */
  #begin(nowMs: number): void {
    const begun = this.#begun.filter(({ endMs }) => endMs > nowMs)
    for (let job = this.#jobs[this.#next]; job && job.startMs <= nowMs; job = this.#jobs[++this.#next]) {
      this.#unbegunMs -= job.workMs
      if (job.endMs > nowMs) begun.push(job)
    }
    this.#begun = begun
  }

  #findEnd(workMs: number, startMs: number): number {
    const { speed, sickness } = this.#server
    const endMs = startMs + workMs / speed
    if (!sickness) return endMs
    if (sickness.slower === null) return endMs > sickness.fromMs ? Number.POSITIVE_INFINITY : endMs
    return startMs >= sickness.fromMs ? startMs + (workMs / speed) * sickness.slower : endMs
  }

  #findRest({ workMs, startMs, endMs }: Job, nowMs: number): number {
    if (Number.isFinite(endMs)) return (workMs * (endMs - nowMs)) / (endMs - startMs)
    // What has stopped got as far as it was then.
    const workedMs = Math.min(nowMs, this.#server.sickness?.fromMs ?? nowMs) - startMs
    return Math.max(0, workMs - Math.max(0, workedMs) * this.#server.speed)
  }
}
