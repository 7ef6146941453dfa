// The keys of one load balancer, followed for as long as anybody listens, whatever happens to the connection.
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../io/failure.ts'
import { outcomeOf } from '../../io/outcome.ts'
import type { EtcdClient } from './etcd-client.ts'
import { applyChange, type EtcdTree } from './etcd-tree.ts'

/** The first wait before another attempt, and the longest, in milliseconds. */
const BACKOFF_MS = { first: 100, longest: 2000 }

/** A connection that has held for so long was a good one. */
const GOOD_MS = 5000

/** How often everything is read anew: it heals what a watch did not tell, and finds an etcd that has stalled. */
const RESYNC_MS = 15_000

/** Who waits for the first word is told again that there is none. */
const REMIND_MS = 60_000

/** Failures of one and the same loss: which of them comes first is chance. */
const SILENT: readonly string[] = ['etcd-unreachable', 'etcd-ended', 'etcd-stalled']

export type EtcdWatchOptions = {
  readonly client: EtcdClient
  /** Something may have changed. */
  readonly ring: () => void
  /** Told once why etcd tells nothing, again when it is for another reason, and null when it can again; before its first answer, again each minute. */
  readonly tell: (trouble: string | null) => void
  /** What does not work as it should although etcd answers. */
  readonly remark: (sentence: string) => void
  /** Whether a tree that is not there is to be made. */
  readonly mayCreate: () => boolean
  readonly resyncMs?: number
}

/** What is known of the tree right now. */
export type EtcdView = {
  readonly tree: EtcdTree
  /** Another number: there was a time in which nobody told of changes. */
  readonly connection: number
}

/** The connection to an etcd, made again whenever it breaks. */
export class EtcdWatch {
  readonly #options: EtcdWatchOptions
  readonly #signal: AbortSignal
  #tree: Map<string, string> | null = null
  #connection = 0
  #hasAnswered = false
  #isRefused = false
  #told: { readonly at: number; readonly kind: string } | null = null

  constructor(options: EtcdWatchOptions, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
  }

  /** Null while nobody tells what is now. The tree changes in place. */
  get view(): EtcdView | null {
    return this.#tree === null ? null : { tree: this.#tree, connection: this.#connection }
  }

  /** Connects, over and over, until the signal aborts; throws nothing but bugs. */
  async keep(): Promise<void> {
    let waitMs = 0
    while (!this.#signal.aborted) {
      const [startedAt, ended] = [Date.now(), await outcomeOf(this.#runSession())]
      const wasGood = this.#tree !== null && Date.now() - startedAt > GOOD_MS
      this.#tree = null
      this.#options.client.close()
      if (this.#signal.aborted) return
      if (ended.ok || !(ended.error instanceof Failure))
        throw ended.ok ? new Error('a session ended early') : ended.error
      // A watch that is closed now and then is worth no word where the next attempt succeeds.
      if (!wasGood) this.#tellTrouble(ended.error)
      waitMs = wasGood ? 0 : Math.min(Math.max(waitMs * 2, BACKOFF_MS.first), BACKOFF_MS.longest)
      await outcomeOf(sleep(waitMs, undefined, { signal: this.#signal }))
    }
  }

  async #runSession(): Promise<void> {
    const { client, resyncMs = RESYNC_MS } = this.#options
    await client.open(this.#signal)
    this.#connection++
    while (!this.#signal.aborted) {
      const { tree, index } = await client.read(this.#signal)
      if (tree.size === 0 && this.#options.mayCreate()) await this.#create()
      this.#tree = tree
      this.#hear()
      const round = new AbortController()
      const timer = setTimeout(() => round.abort(), resyncMs)
      const follow = client.follow(
        index,
        (changes) => this.#take(changes),
        AbortSignal.any([this.#signal, round.signal]),
      )
      const ended = await outcomeOf(follow)
      clearTimeout(timer)
      if (!ended.ok && !round.signal.aborted) throw ended.error
    }
  }

  #take(changes: Parameters<Parameters<EtcdClient['follow']>[1]>[0]): void {
    if (this.#tree === null) return
    for (const change of changes) applyChange(this.#tree, change)
    this.#options.ring()
  }

  /** Nothing hangs on it: who may not write reads all the same. */
  async #create(): Promise<void> {
    const made = this.#isRefused ? null : await outcomeOf(this.#options.client.create(this.#signal))
    if (made === null || made.ok || this.#signal.aborted) return
    this.#isRefused = true
    this.#options.remark(`the load balancer's folders could not be made: ${made.error.message}`)
  }

  #hear(): void {
    this.#hasAnswered = true
    if (this.#told !== null) this.#options.tell(null)
    this.#told = null
    this.#options.ring()
  }

  #tellTrouble({ code, message }: Failure): void {
    const kind = SILENT.includes(code) ? 'silent' : code
    const at = Date.now()
    const isDue = kind !== this.#told?.kind || (!this.#hasAnswered && at - this.#told.at >= REMIND_MS)
    if (!isDue) return
    this.#told = { at, kind }
    this.#options.tell(this.#hasAnswered ? `${message}; what it said last goes on to hold` : message)
  }
}
