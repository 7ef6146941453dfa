// One name: its certificate is asked for when it is due, and again after a failure, for as long as the name is wanted.
import { setTimeout as sleep } from 'node:timers/promises'
import { outcomeOf } from '../../io/outcome.ts'
import type { Slots } from '../../io/slots.ts'
import { AcmeFailure } from '../acme/acme-failure.ts'
import { formatStep, type Step } from '../acme/steps.ts'
import { type DescribedKey, describeKey } from '../describe-chain.ts'
import { type PemKey, parsePem } from '../parse-pem.ts'
import { findRenewalTime } from '../renewal-time.ts'
import type { Authority } from './authority.ts'
import type { ObtainNews, ObtainState } from './obtain-state.ts'
import { freshRecord, type ObtainedStore, type ObtainRecord } from './obtained-store.ts'
import { askRenewalInfo, type OrderManner, orderCertificate } from './order-certificate.ts'
import { findRetryDelay } from './retry-delay.ts'

const LOOK_MS = 30_000

/** Of a life so much passes before the next is asked for, where a certificate was old when it came. */
const LEAST_USED = 1 / 20

/** When a CA that suggests nothing is asked again. */
const ASK_AGAIN_MS = 6 * 3_600_000

/** What names are obtained with. */
export type ObtainGround = OrderManner & {
  readonly store: ObtainedStore
  /** In this order; of several each is tried before the name has failed. */
  readonly authorities: readonly Authority[]
  readonly tell: (news: ObtainNews) => void
  /** What is known of the name has changed. */
  readonly changed: (name: string) => void
  /** For as many orders at once as are good for the CA. */
  readonly slots: Slots
  readonly now: () => number
  readonly random: () => number
  /** The longest wait between two looks at the clock, which jumps, in milliseconds; 30 s where nothing is said. */
  readonly lookMs?: number
}

type Known = { pem: string | undefined; record: ObtainRecord; life: PemKey | null }

/** What a CA said no with. */
type CaFailure = { readonly directory: string; readonly error: Error }

/** One name's task. What it knows is on disk too, so that a start goes on where it was. */
export class Obtaining {
  readonly #name: string
  readonly #ground: ObtainGround
  readonly #end = new AbortController()
  #known: Known | null = null
  #reading: Promise<void> | null = null
  #isAsked = false
  #isRenewed = true
  #isUnderWay = false
  #steps: readonly string[] = []
  #counts = { obtained: 0, failed: 0 }
  #wake = new AbortController()

  constructor(name: string, ground: ObtainGround) {
    this.#name = name
    this.#ground = ground
  }

  /** What is known; undefined before the disk has been read. */
  get pem(): string | undefined {
    return this.#known?.pem
  }

  get state(): ObtainState {
    const { record, life } = this.#known ?? {}
    return {
      name: this.#name,
      isUnderWay: this.#isUnderWay,
      steps: this.#steps,
      fingerprint: life?.fingerprint ?? null,
      notAfter: life?.notAfter ?? null,
      obtainedAt: (life && record?.obtainedAt) ?? null,
      renewAt: !this.#isUnderWay && this.#known ? toTime(this.#dueAt(this.#known)) : null,
      lastError: record?.lastError ?? null,
      failures: record?.failures ?? 0,
      counts: this.#counts,
    }
  }

  /** What is there, without its key; undefined: nothing is. */
  get certificate(): DescribedKey | undefined {
    const { life } = this.#known ?? {}
    return life ? describeKey(life) : undefined
  }

  /** Whether it is renewed by itself. */
  set isRenewed(isRenewed: boolean) {
    if (isRenewed === this.#isRenewed) return
    this.#isRenewed = isRenewed
    this.#wake.abort()
  }

  /** Asks for it now, whenever it is due. */
  ask(): void {
    this.#isAsked = true
    this.#wake.abort()
  }

  stop(): void {
    this.#end.abort()
  }

  /** Reads what is on disk, once: from then on what is known here is newer. */
  read(): Promise<void> {
    this.#reading ??= this.#readDisk()
    return this.#reading
  }

  async #readDisk(): Promise<void> {
    const { store, random } = this.#ground
    const [pem, record] = await Promise.all([outcomeOf(store.pem(this.#name)), outcomeOf(store.record(this.#name))])
    const text = pem.ok ? pem.value : undefined
    const life = await readLife(text)
    const kept = (record.ok ? record.value : undefined) ?? freshRecord(random())
    this.#known = { pem: life ? text : undefined, record: kept, life }
  }

  /** Works until the signal aborts, or `stop`. */
  async run(signal: AbortSignal): Promise<void> {
    const until = AbortSignal.any([signal, this.#end.signal])
    await this.read()
    while (!until.aborted && this.#known) {
      const waitMs = this.#dueAt(this.#known) - this.#ground.now()
      if (waitMs > 0) await this.#rest(waitMs, until)
      else await this.#ground.slots.run(() => this.#try(until))
    }
  }

  /** Milliseconds since 1970; Infinity: never by itself. */
  #dueAt({ record, life }: Known): number {
    const now = this.#ground.now()
    if (this.#isAsked) return now
    if (life && !this.#isRenewed) return Infinity
    const { window, chance, nextTryAt } = record
    const dueMs = life ? Date.parse(findRenewalTime({ ...life, window, chance }, now).at) : now
    return Math.max(dueMs, life ? soonest(record, life, now) : 0, nextTryAt === null ? 0 : Date.parse(nextTryAt))
  }

  async #rest(waitMs: number, signal: AbortSignal): Promise<void> {
    // What the CA says may move the time.
    if (await this.#askWindow(signal)) return
    this.#wake = new AbortController()
    const either = AbortSignal.any([signal, this.#wake.signal])
    await outcomeOf(sleep(Math.min(waitMs, this.#ground.lookMs ?? LOOK_MS), undefined, { signal: either }))
  }

  /** Asks the CA when it wants the certificate renewed, as often as it wants to be asked; false: not now. */
  async #askWindow(signal: AbortSignal): Promise<boolean> {
    const { authorities, now } = this.#ground
    const { pem, record } = this.#known ?? {}
    const authority = authorities.find(({ directoryUrl }) => directoryUrl === record?.issuedBy)
    if (!record || !authority || now() < Date.parse(record.askWindowAt ?? '1970-01-01')) return false
    const told = await askRenewalInfo(authority, pem, signal)
    const askWindowAt = told?.askAgainAt ?? new Date(now() + ASK_AGAIN_MS).toISOString()
    await this.#keep({ window: told?.window ?? record.window, askWindowAt })
    return true
  }

  async #try(signal: AbortSignal): Promise<void> {
    const isAsked = this.#isAsked
    this.#isAsked = false
    this.#isUnderWay = true
    this.#steps = []
    await this.#tryEach(isAsked, signal)
    this.#isUnderWay = false
  }

  async #tryEach(isAsked: boolean, signal: AbortSignal): Promise<void> {
    const failures: CaFailure[] = []
    for (const authority of this.#findReady(isAsked)) {
      const done = await outcomeOf(this.#tryAt(authority, signal))
      if (done.ok || signal.aborted) return
      failures.push({ directory: authority.directoryUrl, error: done.error })
    }
    await this.#noteFailure(failures)
  }

  /** The CAs that have not said to come later; where somebody asks, all of them. */
  #findReady(isAsked: boolean): readonly Authority[] {
    const { authorities, now } = this.#ground
    const waits = this.#known?.record.waits ?? {}
    const ready = authorities.filter(({ directoryUrl }) => now() >= Date.parse(waits[directoryUrl] ?? '1970-01-01'))
    return isAsked || ready.length === 0 ? authorities : ready
  }

  async #tryAt(authority: Authority, signal: AbortSignal): Promise<void> {
    // The CA counts failures at its usual server: it is not asked there again before its test server is content.
    if (this.#known?.record.isInvalid && authority.test) await this.#order(authority.test, signal)
    const { pem, notAfter, issuer } = await this.#order(authority, signal)
    const isFirst = this.#known?.life === null
    await this.#ground.store.putPem(this.#name, pem)
    const { now, random } = this.#ground
    const obtainedAt = new Date(now()).toISOString()
    const record = { ...freshRecord(random()), issuedBy: authority.directoryUrl, obtainedAt }
    this.#known = { pem, record, life: await readLife(pem) }
    this.#counts = { ...this.#counts, obtained: this.#counts.obtained + 1 }
    this.#ground.changed(this.#name)
    await this.#keep({})
    this.#ground.tell({ kind: 'obtained', name: this.#name, notAfter, issuer, isFirst })
  }

  #order(authority: Authority, signal: AbortSignal) {
    const { record = freshRecord(0), pem } = this.#known ?? {}
    const keep = (pending: ObtainRecord['pending']) => this.#put({ pending })
    const report = (step: Step) => {
      const text = formatStep(step)
      this.#steps = [...this.#steps, text]
      this.#ground.tell({ kind: 'step', name: this.#name, step: text })
    }
    return orderCertificate(authority, { ...this.#ground, name: this.#name, record, pem, keep, report }, signal)
  }

  async #noteFailure(failures: readonly CaFailure[]): Promise<void> {
    const { record, life } = this.#known ?? {}
    const count = (record?.failures ?? 0) + 1
    const nowMs = this.#ground.now()
    const delayMs = findRetryDelay(count, life ? Date.parse(life.notAfter) - nowMs : null)
    const waits = { ...record?.waits, ...findWaits(failures) }
    // Of several CAs the one that is soonest ready again.
    const readyMs = this.#ground.authorities.map(({ directoryUrl }) => Date.parse(waits[directoryUrl] ?? '1970-01-01'))
    const nextTryAt = new Date(Math.max(nowMs + delayMs, Math.min(...readyMs))).toISOString()
    const why = failures.map(({ error }) => error.message).join('; ')
    const isInvalid = failures.some(({ error }) => error instanceof AcmeFailure && error.code === 'acme-validation')
    this.#counts = { ...this.#counts, failed: this.#counts.failed + 1 }
    await this.#keep({ failures: count, lastError: why, nextTryAt, isInvalid, waits })
    this.#ground.tell({ kind: 'failed', name: this.#name, why, nextTryAt })
    this.#ground.changed(this.#name)
  }

  /** What cannot be written now is known all the same, until the next start. */
  async #keep(change: Partial<ObtainRecord>): Promise<void> {
    await outcomeOf(this.#put(change))
  }

  /** Failure `file-not-written`. */
  async #put(change: Partial<ObtainRecord>): Promise<void> {
    if (!this.#known) return
    this.#known.record = { ...this.#known.record, ...change }
    await this.#ground.store.putRecord(this.#name, this.#known.record)
  }
}

/** With a clock that is wrong a certificate looks old as soon as it comes: the CA must not be asked over and over. */
function soonest({ obtainedAt, chance }: ObtainRecord, life: PemKey, nowMs: number): number {
  const cameMs = Date.parse(obtainedAt ?? '1970-01-01')
  if (obtainedAt === null || cameMs > nowMs) return 0
  const wasOld = Date.parse(findRenewalTime({ ...life, window: null, chance }, cameMs).at) <= cameMs
  return wasOld ? cameMs + (Date.parse(life.notAfter) - Date.parse(life.notBefore)) * LEAST_USED : 0
}

/** When CAs that have said so may be asked again, by directory. */
function findWaits(failures: readonly CaFailure[]): ObtainRecord['waits'] {
  const told = failures.flatMap(({ directory, error }) =>
    error instanceof AcmeFailure && error.retryAt !== null ? [[directory, error.retryAt] as const] : [],
  )
  return Object.fromEntries(told)
}

async function readLife(pem: string | undefined): Promise<PemKey | null> {
  const parsed = pem === undefined ? null : await parsePem(pem)
  const [key] = parsed?.ok ? parsed.value : []
  return key ?? null
}

function toTime(ms: number): string | null {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : null
}
