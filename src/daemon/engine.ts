// The daemon as the API sees it.
import { createHash } from 'node:crypto'
import type { Engine, Foreign, Outcome, Proposal, Verdict } from '../api/engine.ts'
import type { PlanAnswer, RecordInfo, Status } from '../api/wire.ts'
import type { Obtainer } from '../certs/obtain/obtainer.ts'
import type { RecordKeeper, RecordState } from '../dns/record-keeper.ts'
import type { Haproxy } from '../haproxy/haproxy.ts'
import type { StatRow } from '../haproxy/stat-table.ts'
import { Failure } from '../io/failure.ts'
import { outcomeOf } from '../io/outcome.ts'
import type { Fragment, Problem, Word } from '../model/fragment.ts'
import { Table } from '../model/table.ts'
import type { Action } from '../plan/action.ts'
import { formatPlan, formatReason } from '../plan/format-plan.ts'
import { findReload } from '../plan/plan.ts'
import type { VerdictSource } from '../sources/docker/verdict.ts'
import type { LoadBalancerInput } from '../spec/schema.ts'
import { toFragment } from '../spec/to-fragment.ts'
import type { AccessLog } from './access-log.ts'
import type { Board, Turned } from './board.ts'
import { type Certificates, createCertificateDesk } from './certificates.ts'
import { readConfiguration } from './configuration.ts'
import type { EventLog } from './event-log.ts'
import { explainContainer } from './explain.ts'
import { describeHaproxy } from './haproxy-status.ts'
import { toRowMap } from './health-watch.ts'
import type { Metrics } from './metrics.ts'
import { describeNode, type NodeGround } from './node.ts'
import type { OldWorkers } from './old-workers.ts'
import { Scrape } from './scrape.ts'
import type { Serial } from './serial.ts'
import { type Settled, settle } from './settle.ts'
import { toStatus, toWireProblem } from './status.ts'
import type { Survey } from './survey.ts'
import type { Top } from './top.ts'
import { withKeptAge } from './turn.ts'

/** What the engine works with. */
export type EngineContext = NodeGround & {
  readonly haproxy: Haproxy
  readonly board: Board
  readonly serial: Serial
  readonly events: EventLog
  readonly metrics: Metrics
  readonly oldWorkers: OldWorkers
  readonly survey: Survey
  readonly certificates: Certificates
  readonly obtainer: Obtainer
  readonly records: RecordKeeper
  readonly accessLog: AccessLog
  readonly top: Top
  /** The store's fragments as they stand this moment. */
  readonly readStored: () => Word
  /** The sources that tell what became of each container. */
  readonly verdictSources: readonly VerdictSource[]
  readonly isReady: () => { readonly ready: boolean; readonly because: string }
  readonly publicIp: () => string
  readonly stop: () => void
}

/** How long a review waits for the first turn after the daemon's start. */
const FIRST_TURN_MS = 10_000

/** Makes the engine. */
export function createEngine(context: EngineContext): Engine {
  const { haproxy, board, events, metrics } = context
  const statuses = (names: readonly string[]) => readStatuses(names, context)
  const scrape = new Scrape({ haproxy, board, metrics, most: context.survey.settings.metricsServers })
  return {
    review: (proposals) => review(proposals, context),
    settled: (name, version, options) => waitSettled(name, version, options, board),
    status: async (name) => (await statuses([name])).get(name) as Status,
    statuses,
    foreign: () => listForeign(board.now, () => true),
    foreignNamed: (name) => listForeign(board.now, (one) => one === name)[0],
    renew: (name) => renew(name, context),
    records: () => context.records.states().map(toRecordInfo),
    planRecords: async () => (await context.records.plan(AbortSignal.timeout(DNS_LOOK_MS))).map(toRecordInfo),
    takeOverRecord: (domain) => context.records.takeOver(domain),
    certificates: createCertificateDesk(context.certificates, context.obtainer, haproxy, board),
    nodes: async () => [await describeNode(context, haproxy, board.now)],
    haproxy: () => describeHaproxy(context),
    isReady: context.isReady,
    configuration: () => readConfiguration(haproxy),
    check: () => haproxy.checkCurrent(),
    metrics: () => scrape.read(() => toStatuses([...board.now.placements.keys()], new Map(), context)),
    events: (after, signal) => events.follow(after, signal),
    logs: (name, filter) => context.accessLog.read(name, filter),
    followLogs: (name, filter, signal) => context.accessLog.follow(name, filter, signal),
    top: (name) => context.top.read(name),
    explain: (container) => explainContainer(container, context.verdictSources, board.now.placements),
    down: async () => context.stop(),
  }
}

/** For all zones together. */
const DNS_LOOK_MS = 60_000

function toRecordInfo({ name, wanted, provider, verdict, lastError, checkedAt }: RecordState): RecordInfo {
  return { domain: name, addresses: wanted, provider: provider ?? '', state: verdict, lastError, checkedAt }
}

/** The domains of a load balancer whose certificates are asked for now. */
function renew(name: string, { board, obtainer }: EngineContext): string[] {
  const wishes = board.now.placements.get(name)?.serving?.certificates ?? []
  return wishes.flatMap(({ source }) => (source.kind === 'domain' && obtainer.renew(source.name) ? [source.name] : []))
}

/** Above so many load balancers one answer about everything is cheaper. */
const ASKED_ONE_BY_ONE = 20

async function readStatuses(names: readonly string[], context: EngineContext): Promise<Map<string, Status>> {
  const { haproxy, board } = context
  const pools = names.flatMap((name) => board.now.config.shares.get(name)?.pools ?? [])
  const places = pools.map(({ id }) => haproxy.placeOf(id))
  const stat = await outcomeOf(haproxy.socket.stat(names.length > ASKED_ONE_BY_ONE ? undefined : places))
  return toStatuses(names, toRowMap(stat.ok ? stat.value : []), context)
}

function toStatuses(
  names: readonly string[],
  rows: ReadonlyMap<string, StatRow>,
  { haproxy, board, publicIp, obtainer }: EngineContext,
): Map<string, Status> {
  const { placements, config, lastApplies, failure } = board.now
  const placeOf = (poolId: string) => haproxy.placeOf(poolId)
  const toOne = (name: string) =>
    toStatus(name, {
      placement: placements.get(name),
      config,
      rows,
      placeOf,
      lastApply: lastApplies.get(name) ?? null,
      failure,
      publicIp: publicIp(),
      obtaining: (domain) => obtainer.state(domain),
    })
  return new Map(names.map((name) => [name, toOne(name)]))
}

async function waitSettled(
  name: string,
  version: number,
  { timeoutMs, deleted }: { timeoutMs: number; deleted?: boolean },
  board: Board,
): Promise<Outcome> {
  const isDone = ({ placements }: Turned) =>
    deleted ? !placements.has(name) : (placements.get(name)?.version ?? 0) >= version
  const hasFailed = ({ word, failure }: Turned) => failure !== null && isTold(word, name, version, deleted)
  const isThere = await board.waitUntil((turned) => isDone(turned) || hasFailed(turned), timeoutMs)
  const { placements, failure, lastApplies } = board.now
  const placement = placements.get(name)
  const serving = placement?.serving?.origin.version ?? 0
  // What is meant for other nodes is done here by leaving it alone.
  const isElsewhere = placement?.problems.some(({ code }) => code === 'unplaced') ?? false
  const isDoneHere = deleted ? placement === undefined : isElsewhere || serving >= version
  const live = isThere && failure === null && isDoneHere
  const failures = failure === null ? [] : [{ code: 'not_applied', message: failure, fatal: true }]
  const problems = [...(placement?.problems ?? []), ...failures].filter(({ fatal }) => live || fatal)
  const lastApply = lastApplies.get(name) ?? null
  return { live, version: deleted ? version : serving, lastApply, problems: problems.map(toWireProblem) }
}

/** Whether the word of a failed turn already held this change. */
function isTold(word: Word, name: string, version: number, deleted = false): boolean {
  const fragment = word.find((one) => one.name === name)
  return deleted ? fragment === undefined : (fragment?.origin.version ?? 0) >= version
}

/** Also those that are broken: they are shown as what serves in their place, with their problems in the status. */
function listForeign({ word, placements }: Turned, isAsked: (name: string) => boolean): Foreign[] {
  const foreign = word.filter((fragment) => fragment.origin.source !== 'store' && isAsked(fragment.name))
  return [...new Map(foreign.map((fragment) => [fragment.name, fragment])).values()].map((fragment) => {
    const hash = createHash('sha256').update(`${fragment.origin.source} ${fragment.origin.id}`).digest('hex')
    const resource =
      'broken' in fragment
        ? (placements.get(fragment.name)?.serving?.resource ?? { name: fragment.name, spec: {} })
        : fragment.resource
    return { resource: resource as LoadBalancerInput, origin: fragment.origin, id: `lb-${hash.slice(0, 10)}` }
  })
}

async function review(proposals: readonly Proposal[], context: EngineContext): Promise<Verdict> {
  if (!(await context.board.waitUntil(() => context.board.turns > 0, FIRST_TURN_MS)))
    throw new Failure('not-ready', `this node is not ready yet: ${context.isReady().because}`)
  return context.serial.run(async () => {
    const stored = context.readStored()
    const foreign = context.board.now.word.filter((fragment) => fragment.origin.source !== 'store')
    const proposed = proposals.map((proposal) => toProposed(proposal, stored))
    const invalid = proposed.find((one) => 'problem' in one)
    if (invalid && 'problem' in invalid) return toVerdict([], [invalid.problem])
    const word = [
      ...proposals.reduce((now, { name }, index) => {
        const one = proposed[index]
        return withProposed(now, name, one && 'fragment' in one ? one.fragment : null)
      }, stored),
      ...foreign,
    ]
    const settled = await tryOut(
      word,
      proposals.map(({ name }) => name),
      context,
    )
    return toVerdict(
      settled.plan,
      proposals.flatMap(({ name }) => settled.merged.placements.get(name)?.problems ?? []),
    )
  })
}

/** The store's word as it will be, in the order it has: what differs stands in one place. */
function withProposed(stored: Word, name: string, fragment: Fragment | null): Word {
  const place = stored.findIndex((one) => one.name === name)
  const [index, taken] = place < 0 ? [stored.length, 0] : [place, 1]
  return stored.toSpliced(index, taken, ...(fragment ? [fragment] : []))
}

/** Settles without consequences; candidates are thrown away. */
async function tryOut(
  word: Word,
  names: readonly string[],
  { haproxy, survey, board }: EngineContext,
): Promise<Settled> {
  const ground = await survey.take(word, true)
  const running = await haproxy.peek()
  const kept = (await haproxy.lastTold())?.fragments ?? Table<string, Fragment>()
  const before = running?.isTold && board.now.failure === null ? (board.now.merged ?? undefined) : undefined
  // Who serves is known, so that nobody is pushed out; but no earlier version stands in for what is tried.
  const settled = await settle(
    withKeptAge(word, kept),
    { running, kept, before, withoutStandIn: new Set(names) },
    ground,
  )
  if (settled.candidate) await haproxy.discard(settled.candidate.generation)
  return settled
}

function toProposed({ name, resource }: Proposal, stored: Word): { fragment: Fragment | null } | { problem: Problem } {
  if (resource === null) return { fragment: null }
  const before = stored.find((fragment) => fragment.name === name)?.origin
  const origin = { source: 'store', id: name, since: before?.since ?? Date.now(), version: (before?.version ?? 0) + 1 }
  const checked = toFragment(resource, origin)
  if (checked.ok) return { fragment: checked.value }
  const [first] = checked.problems
  return {
    problem: {
      code: 'invalid',
      fatal: true,
      message: first?.message ?? 'it is not valid',
      ...(first ? { path: first.path } : {}),
    },
  }
}

function toVerdict(plan: readonly Action[], problems: readonly Problem[]): Verdict {
  const because = findReload(plan).map(formatReason)
  const answer: PlanAnswer = {
    plan: formatPlan(plan),
    reload: because.length > 0,
    because,
    problems: problems.map(toWireProblem),
  }
  const fatal = problems.find((problem) => problem.fatal && (problem.code === 'conflict' || problem.code === 'invalid'))
  return { answer, refusal: fatal ? { ...fatal, code: fatal.code as 'conflict' | 'invalid' } : null }
}
