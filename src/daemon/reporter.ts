// Tells what happened: to the log, to those who follow events, and to the counters.

import type { ObtainNews } from '../certs/obtain/obtain-state.ts'
import type { RecordNews } from '../dns/record-keeper.ts'
import { Failure } from '../io/failure.ts'
import type { Logger } from '../io/log.ts'
import { findReload } from '../plan/plan.ts'
import type { Turned } from './board.ts'
import type { EventLog } from './event-log.ts'
import type { HealthChange } from './health-watch.ts'
import type { Metrics } from './metrics.ts'
import type { TurnReport } from './turn.ts'

/** How many load balancers of one turn are named one by one in the log. */
const NAMED_ONE_BY_ONE = 20

/** One voice for log, events and metrics, so that they cannot disagree. */
export class Reporter {
  readonly #log: Logger
  readonly #events: EventLog
  readonly #metrics: Metrics
  #lastFailure = ''

  constructor(log: Logger, events: EventLog, metrics: Metrics) {
    this.#log = log
    this.#events = events
    this.#metrics = metrics
  }

  /** A plan that is about to be carried out. */
  plan(lines: readonly string[]): void {
    for (const line of lines) this.#log.info(line)
  }

  turned(before: Turned, report: TurnReport): void {
    const { turned, plan, touched, ms } = report
    const reasons = findReload(plan)
    this.#metrics.countTurn(plan, ms)
    if (report.isDrift) this.#metrics.countDrift()
    if (this.#lastFailure !== '') this.#log.info('applied again after the failure')
    this.#lastFailure = ''
    const how = reasons.length > 0 ? 'reloaded' : 'no reload'
    const live = touched.filter((name) => turned.placements.get(name)?.serving)
    if (live.length > NAMED_ONE_BY_ONE) this.#log.info(`${live.length} load balancers live in ${ms} ms, ${how}`)
    for (const name of touched) this.#tellOne(name, turned, ms, how, live.length > NAMED_ONE_BY_ONE)
    this.#tellProblems(before, turned)
  }

  /** A turn that could not be carried out; said once until it changes. */
  failed(cause: unknown): void {
    this.#metrics.countFailure(cause instanceof Failure ? cause.code : undefined)
    const message = cause instanceof Error ? cause.message : String(cause)
    if (message === this.#lastFailure) return
    this.#lastFailure = message
    if (cause instanceof Failure) this.#log.error(`nothing was changed: ${message}`)
    else this.#log.error({ err: cause }, 'a fault in Fairlead itself; HAProxy serves on')
    this.#events.add('problem', null, message)
  }

  /** A server's change of health, with its cause. */
  health({ owner, server, from, to, cause }: HealthChange): void {
    const text = `${owner}: server ${server} ${from} -> ${to}${cause === '' ? '' : ` (${cause})`}`
    if (to === 'down') this.#log.warn(text)
    else this.#log.info(text)
    this.#events.add('health', owner, text, { server, from, to, cause })
  }

  /** What became of a name whose certificate is obtained. */
  obtaining(news: ObtainNews): void {
    const { name } = news
    switch (news.kind) {
      case 'step':
        this.#log.debug(`certificate for ${name}: ${news.step}`)
        return
      case 'obtained': {
        const until = `good until ${news.notAfter.slice(0, 16).replace('T', ' ')} UTC`
        const text = `certificate for ${name} ${news.isFirst ? 'obtained' : 'renewed'}, ${until}, from ${news.issuer}`
        this.#log.info(text)
        this.#events.add('certificate', null, text, { domain: name, notAfter: news.notAfter })
        return
      }
      case 'failed': {
        const next = `tried again ${news.nextTryAt.slice(0, 19).replace('T', ' ')} UTC`
        const text = `certificate for ${name} not obtained: ${news.why}; ${next}`
        this.#log.warn(text)
        this.#events.add('certificate', null, text, { domain: name, nextTryAt: news.nextTryAt })
      }
    }
  }

  /** What became of a name in DNS. */
  record({ name, isGood, text }: RecordNews): void {
    if (isGood) this.#log.info(text)
    else this.#log.warn(`DNS of ${name}: ${text}`)
    this.#events.add('dns', null, text, { domain: name })
  }

  /** Something about HAProxy itself that a person should know. */
  haproxy(text: string): void {
    this.#log.warn(text)
    this.#events.add('haproxy', null, text)
  }

  #tellOne(name: string, turned: Turned, ms: number, how: string, isQuiet: boolean): void {
    const placement = turned.placements.get(name)
    const text = placement?.serving
      ? `${name}: live in ${ms} ms, ${how}`
      : placement
        ? `${name}: not serving`
        : `${name}: gone in ${ms} ms, ${how}`
    if (!isQuiet || !placement?.serving) this.#log.info(text)
    this.#events.add('applied', name, text, { ms, reload: how === 'reloaded' })
  }

  /** Problems that are new or gone; those that stand are not said again. */
  #tellProblems(before: Turned, now: Turned): void {
    for (const name of now.merged?.changed ?? now.placements.keys()) {
      const placement = now.placements.get(name)
      if (!placement) continue
      const old = new Set(before.placements.get(name)?.problems.map((problem) => problem.message))
      for (const problem of placement.problems.filter(({ message }) => !old.has(message))) {
        this.#log.warn(`${name}: ${problem.message}`)
        this.#events.add('problem', name, problem.message, { code: problem.code })
      }
      const messages = new Set(placement.problems.map((problem) => problem.message))
      for (const message of old) if (!messages.has(message)) this.#events.add('resolved', name, message)
    }
  }
}
