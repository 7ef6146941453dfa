// The parts that work by themselves while a node is open: the loop, the names, the watch over HAProxy and its servers.
import type { AccountKey } from '../certs/acme/account-key.ts'
import type { Haproxy } from '../haproxy/haproxy.ts'
import { Bell } from '../io/bell.ts'
import type { Logger } from '../io/log.ts'
import { outcomeOf } from '../io/outcome.ts'
import type { ProcessSettings } from '../render/haproxy/process-settings.ts'
import { NameWatch } from '../sources/names/name-watch.ts'
import type { Source } from '../sources/source.ts'
import { TokenKeyWatch } from '../sources/token-keys/token-key-watch.ts'
import { AccessLog } from './access-log.ts'
import { Board } from './board.ts'
import { openCertificates, recallCertificates } from './certificates.ts'
import { makeClocks, type Wake } from './clocks.ts'
import { EventLog } from './event-log.ts'
import { countOldWorkers } from './haproxy-status.ts'
import { watchHealth } from './health-watch.ts'
import { runLoop } from './loop.ts'
import { Metrics } from './metrics.ts'
import { OldWorkers } from './old-workers.ts'
import { type Dns, openRecordKeeper } from './open-dns.ts'
import { openObtainer } from './open-obtainer.ts'
import { Reporter } from './reporter.ts'
import { reviveWhileSilent } from './revival.ts'
import { Serial } from './serial.ts'
import type { Settings } from './settings.ts'
import { type StaticFiles, servesFiles } from './static-files.ts'
import { audit, supervise } from './supervise.ts'
import { Survey } from './survey.ts'
import { Top } from './top.ts'

/** What the work needs from outside. */
export type WorkContext = {
  readonly settings: Settings
  readonly processSettings: ProcessSettings
  readonly haproxy: Haproxy
  readonly sources: readonly Source[]
  readonly log: Logger
  readonly signal: AbortSignal
  readonly version: string
  readonly staticFiles: StaticFiles
  readonly accountKey: AccountKey
  readonly dns: Dns
}

/** Starts all of it; `done` resolves when the signal has ended it. */
export function startWork(context: WorkContext) {
  const { settings, processSettings, haproxy, sources, log, signal, version, staticFiles } = context
  const [board, serial, bell] = [new Board(), new Serial(), new Bell(signal)]
  const events = new EventLog(new Date())
  const oldWorkersNow = () => countOldWorkers(haproxy.socket)
  const metrics = new Metrics(version, haproxy.binary.version, oldWorkersNow, () => obtainer.states())
  const reporter = new Reporter(log, events, metrics)
  const accessLog = new AccessLog(haproxy, board, signal)
  const ring = () => bell.ring()
  const { opened: certificates, watched } = openWatches(context, board, reporter, ring)
  const { obtainer, records } = watched
  const survey = new Survey(haproxy, processSettings, watched, settings)
  const oldWorkers = new OldWorkers(haproxy.socket, survey, reporter)
  const silence = new Silence(sources, log)
  const wake: Wake = (look) => {
    survey.ask(look)
    ring()
  }
  const clocks = makeClocks(wake, signal)
  const loopContext = { sources, pulses: [bell], board, serial, reporter, survey, clocks, silence }
  const recalled = recallCertificates(certificates, haproxy).then(() => recallStaticFiles(staticFiles, haproxy))
  const loop = recalled.then(() => runLoop(loopContext, signal))
  const watches = [...Object.values(watched), oldWorkers].map((watch) => watch.run(signal))
  const audits = [supervise(haproxy, ring, signal), audit(() => wake('all'), signal)]
  const revival = reviveWhileSilent({ ...context, board, serial }, signal)
  const health = watchHealth(haproxy, board, (change) => reporter.health(change), signal)
  const done = Promise.all([loop, ...watches, ...audits, revival, health])
  const adopt = (next: Settings): string[] => {
    log.level = next.logLevel
    ring()
    return survey.adopt(next)
  }
  const top = new Top(haproxy, board, accessLog)
  const parts = { board, serial, events, metrics, survey, oldWorkers, certificates, obtainer, records, accessLog, top }
  return { ...parts, isReady: () => describeReadiness(board, silence), adopt, done: outcomeOf(done) }
}

/** How long an order waits for our own record of its name. */
const DNS_MS = 30_000

/** What follows the world outside: names, certificates and those that are obtained, keys of tokens, files. */
function openWatches(context: WorkContext, board: Board, reporter: Reporter, ring: () => void) {
  const { settings, haproxy, staticFiles } = context
  const records = openRecordKeeper(context.dns, settings, (news) => reporter.record(news))
  const obtainer = openObtainer({
    ...context,
    providers: context.dns.providers,
    untilFound: (name, signal) => records.untilCurrent(name, DNS_MS, signal),
    board,
    tell: (news) => reporter.obtaining(news),
    changed: (name) => void opened.watch.refresh({ kind: 'domain', name }),
  })
  const opened = openCertificates(settings.stateDir, haproxy, (name) => obtainer.obtained(name), ring)
  const watches = { names: new NameWatch(ring), obtainer, records, tokenKeys: new TokenKeyWatch(ring), staticFiles }
  return { opened, watched: { ...watches, certificates: opened.watch } }
}

/** What served before goes on, also where nobody can tell yet that it is wanted. */
async function recallStaticFiles(staticFiles: StaticFiles, haproxy: Haproxy): Promise<void> {
  const told = await haproxy.lastTold()
  if (told && servesFiles(told.config)) await staticFiles.want()
}

/** Who of the sources has not spoken yet, told once. */
class Silence {
  readonly #log: Logger
  #titles: readonly string[]

  constructor(sources: readonly Source[], log: Logger) {
    this.#titles = sources.map((source) => source.title)
    this.#log = log
  }

  get titles(): readonly string[] {
    return this.#titles
  }

  tell(titles: readonly string[]): void {
    if (titles.length > 0 && titles.join() !== this.#titles.join())
      this.#log.info(`waiting for ${titles.join(', ')} before anything is applied`)
    this.#titles = titles
  }
}

function describeReadiness(board: Board, { titles }: Silence): { ready: boolean; because: string } {
  if (board.turns === 0)
    return {
      ready: false,
      because: titles.length > 0 ? `waiting for ${titles.join(', ')}` : 'the first configuration is being applied',
    }
  const { failure } = board.now
  return failure === null ? { ready: true, because: 'a configuration serves' } : { ready: false, because: failure }
}
