// Keeps the addresses of names as they are wanted, one name at a time: what is wrong with one keeps no other waiting.
import { setTimeout as sleep } from 'node:timers/promises'
import { outcomeOf } from '../io/outcome.ts'
import { Slots } from '../io/slots.ts'
import { compareRecords, describeFound, type Verdict } from './compare-records.ts'
import { DnsFailure } from './dns-failure.ts'
import { findProvider } from './find-provider.ts'
import { judgePut } from './judge-ownership.ts'
import type { AddressSet, DnsProvider } from './provider.ts'
import type { RecordBook } from './record-book.ts'

/** `sync`: made, changed, taken away; `upsert`: never taken away; `create-only`: never changed either; `none`: only planned. */
export type DnsPolicy = 'sync' | 'upsert' | 'create-only' | 'none'

/** Between two looks at a record that is as it should be, in milliseconds: somebody may have changed it. */
const LOOK_AGAIN_MS = 300_000
/** After a failure, doubled each time up to `LOOK_AGAIN_MS`. */
const FIRST_RETRY_MS = 5000
/** A name that nobody wants any more keeps its records so long: whoever replaces a load balancer does it in two steps. */
const GRACE_MS = 15_000
const ONE_NAME_MS = 60_000
const PACE_MS = 500
/** Names of a provider worked at together: it limits how often it is asked. */
const AT_ONCE = 8
const LOOK_MS = 50

/** How it stands with a name. */
export type RecordState = {
  readonly name: string
  /** The provider that has its zone; null: none is set up. */
  readonly provider: string | null
  readonly wanted: readonly string[]
  readonly verdict: Verdict | 'unknown'
  readonly lastError: string | null
  /** ISO 8601, UTC; null: not yet. */
  readonly checkedAt: string | null
}

/** Told once each time it changes. */
export type RecordNews = { readonly name: string; readonly isGood: boolean; readonly text: string }

export type RecordGround = {
  readonly providers: readonly DnsProvider[]
  /** Who we are, in every zone. */
  readonly owner: string
  readonly policy: DnsPolicy
  readonly ttlSeconds: number
  readonly addresses: () => readonly string[]
  readonly book: RecordBook
  readonly tell: (news: RecordNews) => void
  readonly now: () => number
}

type Task = {
  state: RecordState
  failures: number
  dueMs: number
  done: string
  mayTakeOver: boolean
  isBusy: boolean
  /** Aborts once nobody wants the name. */
  readonly end: AbortController
}

/** How a name stands after a look, and what was done; null: nothing had to be. */
type Made = { readonly verdict: Verdict; readonly text: string | null }

/** Names that no provider has a zone for are none of its business. */
export class RecordKeeper {
  readonly #ground: RecordGround
  readonly #tasks = new Map<string, Task>()
  readonly #leaving = new Map<string, { dueMs: number; failures: number }>()
  readonly #slots: ReadonlyMap<DnsProvider, Slots>
  readonly #tending = new Set<Promise<void>>()
  #isTold = false

  constructor(ground: RecordGround) {
    this.#ground = ground
    this.#slots = new Map(ground.providers.map((provider) => [provider, new Slots(AT_ONCE)]))
  }

  /** Replaces the names that are wanted. */
  want(names: Iterable<string>): void {
    this.#isTold = true
    const wanted = new Set([...names].filter((name) => findProvider(this.#ground.providers, name)))
    for (const [name, { end }] of this.#tasks) {
      if (wanted.has(name)) continue
      end.abort()
      this.#tasks.delete(name)
      this.#leaving.set(name, { dueMs: this.#ground.now() + GRACE_MS, failures: 0 })
    }
    for (const name of wanted) {
      this.#leaving.delete(name)
      if (!this.#tasks.has(name)) this.#tasks.set(name, this.#makeTask(name))
    }
  }

  states(): RecordState[] {
    return [...this.#tasks.values()].map(({ state }) => ({ ...state, wanted: this.#ground.addresses() }))
  }

  /** Makes a name ours whosever it was, once; false where nobody wants it. */
  takeOver(name: string): boolean {
    const task = this.#tasks.get(name)
    if (!task) return false
    task.mayTakeOver = true
    task.dueMs = 0
    return true
  }

  /** Resolves when a name leads here, at once where that is nobody's business here; false at the deadline. */
  async untilCurrent(name: string, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    const until = this.#ground.now() + timeoutMs
    for (;;) {
      const task = this.#tasks.get(name)
      if (!task || this.#ground.policy === 'none' || task.state.verdict === 'current') return true
      if (task.state.verdict === 'foreign' || this.#ground.now() > until) return false
      await outcomeOf(sleep(LOOK_MS, undefined, { signal }))
      signal.throwIfAborted()
    }
  }

  /** What would be done now, read afresh; nothing is changed. */
  plan(signal: AbortSignal): Promise<RecordState[]> {
    return Promise.all([...this.#tasks.values()].map(({ state: { name } }) => this.#look(name, signal)))
  }

  /** Works until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    let tidying: Promise<void> | null = null
    while (!signal.aborted) {
      // Nobody waits for a provider that does not answer but the names it has.
      for (const task of this.#tasks.values()) if (this.#isDue(task)) this.#begin(task, signal)
      if (this.#isTold) tidying ??= this.#tidy(signal).finally(() => (tidying = null))
      await outcomeOf(sleep(PACE_MS, undefined, { signal }))
    }
    await Promise.all([tidying, ...this.#tending])
  }

  #begin(task: Task, signal: AbortSignal): void {
    const tending = this.#tend(task, signal).finally(() => this.#tending.delete(tending))
    this.#tending.add(tending)
  }

  #isDue({ isBusy, dueMs, done, state }: Task): boolean {
    if (isBusy || this.#ground.policy === 'none') return false
    return this.#ground.now() >= dueMs || done !== this.#describeWish(state.name)
  }

  #describeWish(name: string): string {
    return JSON.stringify(this.#toWanted(name))
  }

  #makeTask(name: string): Task {
    const provider = findProvider(this.#ground.providers, name)?.title ?? null
    const state = { name, provider, wanted: [], verdict: 'unknown', lastError: null, checkedAt: null } as const
    return { state, failures: 0, dueMs: 0, done: '', mayTakeOver: false, isBusy: false, end: new AbortController() }
  }

  #toWanted(name: string): AddressSet {
    return { name, addresses: this.#ground.addresses(), ttlSeconds: this.#ground.ttlSeconds }
  }

  async #tend(task: Task, signal: AbortSignal): Promise<void> {
    const { now, tell } = this.#ground
    const { name } = task.state
    const wish = this.#describeWish(name)
    task.isBusy = true
    const until = AbortSignal.any([signal, task.end.signal])
    const done = await outcomeOf(this.#inTurn(name, () => this.#make(task, wish, until)))
    task.isBusy = false
    if (until.aborted) return
    Object.assign(task, { done: wish, failures: done.ok ? 0 : task.failures + 1 })
    // Who has asked for a take-over meanwhile does not wait for it.
    const waitMs = done.ok ? LOOK_AGAIN_MS : this.#waitAfter(task.failures, done.error)
    task.dueMs = task.mayTakeOver ? 0 : now() + waitMs
    const before = task.state
    const checkedAt = new Date(now()).toISOString()
    const verdict = done.ok ? done.value.verdict : isForeign(done.error) ? 'foreign' : 'unknown'
    task.state = { ...before, verdict, lastError: done.ok ? null : done.error.message, checkedAt }
    if (!done.ok && before.lastError !== done.error.message) tell({ name, isGood: false, text: done.error.message })
    if (done.ok && done.value.text !== null) tell({ name, isGood: true, text: done.value.text })
  }

  #inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const provider = findProvider(this.#ground.providers, name)
    return (provider && this.#slots.get(provider)?.run(work)) ?? work()
  }

  async #make(task: Task, wish: string, until: AbortSignal): Promise<Made> {
    until.throwIfAborted()
    const signal = AbortSignal.any([until, AbortSignal.timeout(ONE_NAME_MS)])
    const { owner, policy, book } = this.#ground
    const { mayTakeOver, state, done } = task
    task.mayTakeOver = false
    const { name } = state
    const provider = this.#providerOf(name)
    const wanted = this.#toWanted(name)
    if (wanted.addresses.length === 0) throw describeNoAddress(name)
    const found = await provider.read(name, signal)
    // A provider may have a least TTL, which what we wrote ourselves has then.
    const isOurs = state.verdict === 'current' && done === wish
    const verdict = compareRecords(found, isOurs ? { ...wanted, ttlSeconds: found.ttlSeconds ?? 0 } : wanted, owner)
    const refusal = judgePut(name, found, owner, mayTakeOver)
    if (refusal !== null) throw refusal
    if (policy === 'create-only' && verdict !== 'create' && !mayTakeOver) return { verdict, text: null }
    // In the book before it is in the zone: what breaks off in between is tidied up, and nothing else is touched by that.
    await book.add(name)
    if (verdict === 'current') return { verdict, text: null }
    await provider.put(wanted, owner, { takeOver: mayTakeOver }, signal)
    const before = verdict === 'create' ? '' : `, before ${describeFound(found)}`
    return { verdict: 'current', text: `${name} leads to ${wanted.addresses.join(', ')} (${provider.title}${before})` }
  }

  async #look(name: string, signal: AbortSignal): Promise<RecordState> {
    const base = this.#makeTask(name).state
    const wanted = this.#ground.addresses()
    const checkedAt = new Date(this.#ground.now()).toISOString()
    const found = await outcomeOf(this.#providerOf(name).read(name, signal))
    if (!found.ok) return { ...base, wanted, checkedAt, lastError: found.error.message }
    const verdict = compareRecords(found.value, this.#toWanted(name), this.#ground.owner)
    const there = verdict === 'foreign' || verdict === 'change' ? describeFound(found.value) : null
    return { ...base, wanted, verdict, checkedAt, lastError: there === null ? null : `there is ${there}` }
  }

  /** Takes away what nobody wants any more. */
  async #tidy(signal: AbortSignal): Promise<void> {
    const { book, providers, policy, owner, now, tell } = this.#ground
    if (policy !== 'sync') return
    for (const name of await book.names()) {
      if (this.#tasks.has(name)) continue
      const leaving = this.#leaving.get(name) ?? { dueMs: now() + GRACE_MS, failures: 0 }
      this.#leaving.set(name, leaving)
      const provider = findProvider(providers, name)
      if (!provider || now() < leaving.dueMs) continue
      const limit = AbortSignal.any([signal, AbortSignal.timeout(ONE_NAME_MS)])
      const removed = await outcomeOf(provider.remove(name, owner, limit))
      if (signal.aborted) return
      if (!removed.ok && !isForeign(removed.error)) {
        leaving.failures++
        leaving.dueMs = now() + this.#waitAfter(leaving.failures, removed.error)
        if (leaving.failures === 1) tell({ name, isGood: false, text: removed.error.message })
        continue
      }
      this.#leaving.delete(name)
      await outcomeOf(book.remove(name))
      tell({ name, isGood: true, text: removed.ok ? `${name} is taken out of DNS` : `${name} is not ours any more` })
    }
  }

  #waitAfter(failures: number, error: Error): number {
    const waitMs = Math.min(LOOK_AGAIN_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 10))
    const retryAt = error instanceof DnsFailure ? error.retryAt : null
    return retryAt === null ? waitMs : Math.max(waitMs, Date.parse(retryAt) - this.#ground.now())
  }

  #providerOf(name: string): DnsProvider {
    const provider = findProvider(this.#ground.providers, name)
    if (provider) return provider
    throw new DnsFailure('dns-zone', `no DNS provider is set up for ${name}; give one with --dns`)
  }
}

function describeNoAddress(name: string): DnsFailure {
  const message = `no address of this node is known to publish for ${name}; give --public-address`
  return new DnsFailure('dns-refused', message)
}

function isForeign(error: Error): boolean {
  return error instanceof DnsFailure && error.code === 'dns-not-ours'
}
