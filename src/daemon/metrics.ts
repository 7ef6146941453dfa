// Prometheus metrics of the control plane; those of traffic are in traffic-series.ts.
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Status } from '../api/wire.ts'
import type { ObtainState } from '../certs/obtain/obtain-state.ts'
import type { Action } from '../plan/action.ts'
import { findReload } from '../plan/plan.ts'

/** Failures of a turn that are HAProxy's refusal to reload or start. */
const RELOAD_FAILURES = ['reload-refused', 'haproxy-not-started', 'not-proven']

const DAY_MS = 86_400_000

/** Asks HAProxy how many old workers live, and how many connections they have together. */
export type CountOldWorkers = () => Promise<{ readonly workers: number; readonly connections: number }>

/** The counters of one daemon. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #registers = [this.#registry]
  readonly #reloads = new Counter({
    name: 'fairlead_reloads_total',
    help: 'Reloads of HAProxy by reason',
    labelNames: ['reason'],
    registers: this.#registers,
  })
  readonly #changes = new Counter({
    name: 'fairlead_changes_total',
    help: 'Changes made in the running HAProxy, by kind',
    labelNames: ['kind'],
    registers: this.#registers,
  })
  readonly #failures = new Counter({
    name: 'fairlead_apply_failures_total',
    help: 'Turns that could not be applied',
    registers: this.#registers,
  })
  readonly #reloadFailures = new Counter({
    name: 'fairlead_reload_failures_total',
    help: 'Reloads and starts that HAProxy refused',
    registers: this.#registers,
  })
  readonly #drifts = new Counter({
    name: 'fairlead_drifts_total',
    help: 'Times HAProxy was found changed by somebody else, and put right',
    registers: this.#registers,
  })
  readonly #seconds = new Histogram({
    name: 'fairlead_apply_seconds',
    help: 'From the news of a change to its being live and read back',
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: this.#registers,
  })
  readonly #loadBalancers = new Gauge({
    name: 'fairlead_load_balancers',
    help: 'Load balancers by state',
    labelNames: ['state'],
    registers: this.#registers,
  })
  readonly #problems = new Gauge({
    name: 'fairlead_problems',
    help: 'Problems a user must fix, by load balancer',
    labelNames: ['load_balancer'],
    registers: this.#registers,
  })
  readonly #oldWorkers = new Gauge({
    name: 'fairlead_old_workers',
    help: 'HAProxy workers of earlier configurations that still live',
    registers: this.#registers,
  })
  readonly #oldConnections = new Gauge({
    name: 'fairlead_old_worker_connections',
    help: 'Connections on HAProxy workers of earlier configurations',
    registers: this.#registers,
  })
  readonly #certificateDays = new Gauge({
    name: 'fairlead_certificate_days_left',
    help: 'Days until the certificate obtained for a domain ends; below 0 it has ended',
    labelNames: ['domain'],
    registers: this.#registers,
  })
  readonly #certificates = new Counter({
    name: 'fairlead_certificates_obtained_total',
    help: 'Certificates obtained and renewed, by domain',
    labelNames: ['domain'],
    registers: this.#registers,
  })
  readonly #certificateFailures = new Counter({
    name: 'fairlead_certificate_failures_total',
    help: 'Tries to obtain or renew a certificate that failed, by domain',
    labelNames: ['domain'],
    registers: this.#registers,
  })
  readonly #info = new Gauge({
    name: 'fairlead_build_info',
    help: 'Versions in use',
    labelNames: ['version', 'haproxy'],
    registers: this.#registers,
  })

  readonly #countOldWorkers: CountOldWorkers
  readonly #obtainStates: () => readonly ObtainState[]

  constructor(
    version: string,
    haproxy: string,
    countOldWorkers: CountOldWorkers,
    obtainStates: () => readonly ObtainState[],
  ) {
    this.#info.set({ version, haproxy }, 1)
    this.#countOldWorkers = countOldWorkers
    this.#obtainStates = obtainStates
  }

  /** Counts what one turn did; a reload counts once for each kind of reason it had. */
  countTurn(plan: readonly Action[], ms: number): void {
    if (plan.length > 0) this.#seconds.observe(ms / 1000)
    for (const reason of new Set(findReload(plan).map(({ code }) => code))) this.#reloads.inc({ reason })
    for (const action of plan) if (action.kind !== 'reload') this.#changes.inc({ kind: action.kind })
  }

  countDrift(): void {
    this.#drifts.inc()
  }

  /** A turn that failed; `code` of the failure, where it was one. */
  countFailure(code: string | undefined): void {
    this.#failures.inc()
    if (code !== undefined && RELOAD_FAILURES.includes(code)) this.#reloadFailures.inc()
  }

  /** Reloads since the daemon's start: how many had which reason, and how many HAProxy refused. */
  async reloads(): Promise<{ readonly reasons: Readonly<Record<string, number>>; readonly failures: number }> {
    const [reloads, failures] = await Promise.all([this.#reloads.get(), this.#reloadFailures.get()])
    const reasons = reloads.values.map(({ labels, value }) => [String(labels.reason), value] as const)
    return { reasons: Object.fromEntries(reasons), failures: failures.values[0]?.value ?? 0 }
  }

  /** The text Prometheus reads, with every load balancer's state as it is now. */
  async render(statuses: ReadonlyMap<string, Status>): Promise<string> {
    for (const gauge of [this.#loadBalancers, this.#problems]) gauge.reset()
    for (const state of ['Running', 'Updating', 'Error'] as const) {
      this.#loadBalancers.set({ state }, [...statuses.values()].filter((status) => status.state === state).length)
    }
    for (const [name, { problems }] of statuses) this.#problems.set({ load_balancer: name }, problems.length)
    this.#setCertificates()
    const old = await this.#countOldWorkers()
    this.#oldWorkers.set(old.workers)
    this.#oldConnections.set(old.connections)
    return this.#registry.metrics()
  }
  #setCertificates(): void {
    for (const series of [this.#certificateDays, this.#certificates, this.#certificateFailures]) series.reset()
    for (const { name: domain, notAfter, counts } of this.#obtainStates()) {
      if (notAfter !== null) this.#certificateDays.set({ domain }, (Date.parse(notAfter) - Date.now()) / DAY_MS)
      this.#certificates.inc({ domain }, counts.obtained)
      this.#certificateFailures.inc({ domain }, counts.failed)
    }
  }
}
