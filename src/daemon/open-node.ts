// The wiring of one node: store, sources, loop, HAProxy, API. Nobody else knows all of them.
import { join } from 'node:path'
import { readOrCreateApiKey } from '../api/api-key.ts'
import { createApi } from '../api/create-api.ts'
import { findBindObstacle } from '../haproxy/bind-test.ts'
import { probeHaproxy } from '../haproxy/find-haproxy.ts'
import { Haproxy } from '../haproxy/haproxy.ts'
import { layOut } from '../haproxy/layout.ts'
import { Failure } from '../io/failure.ts'
import { request } from '../io/line-socket.ts'
import type { Logger } from '../io/log.ts'
import { makeFolder } from '../io/make-folder.ts'
import { outcomeOf } from '../io/outcome.ts'
import { shortSocketFolder } from '../io/short-socket-path.ts'
import { whenAborted } from '../io/when-aborted.ts'
import { STATIC_SOCKET } from '../model/static-files.ts'
import type { ProcessSettings } from '../render/haproxy/process-settings.ts'
import { isVerdictSource } from '../sources/docker/verdict.ts'
import { fileSource } from '../sources/file/file-source.ts'
import type { Source } from '../sources/source.ts'
import { storeSource } from '../sources/store/store-source.ts'
import type { LoadBalancerInput } from '../spec/schema.ts'
import { StaticProcess } from '../static-files/static-process.ts'
import { openSqliteStore } from '../store/sqlite-store.ts'
import { readAccountKeyFile } from './account-key-file.ts'
import type { Board } from './board.ts'
import { startDemo } from './demo.ts'
import { createEngine } from './engine.ts'
import { formatGreeting } from './greeting.ts'
import { BalancerTrials } from './kontena-trial.ts'
import { findPublicAddresses, openDns } from './open-dns.ts'
import { openDocker, openTemplate } from './open-docker.ts'
import { openKontena } from './open-kontena.ts'
import { openKontenaYml } from './open-kontena-yml.ts'
import { readProcessSettings } from './process-settings.ts'
import type { ApiAddress } from './setting-texts.ts'
import type { Settings } from './settings.ts'
import { openSocketFolder } from './socket-folder.ts'
import { StaticFiles } from './static-files.ts'
import { readVersion } from './version.ts'
import { startWork } from './work.ts'

/** Below this a busy site runs out of connections: it is worth a warning. */
const FEW_CONNECTIONS = 1000

/** A node that works. */
export type RunningNode = {
  /** Resolves when it was asked to stop. */
  readonly ended: Promise<void>
  /** Takes over what of new settings can change while it runs; answers the keys that wait for a start. */
  readonly adopt: (settings: Settings) => string[]
  /** Stops everything, HAProxy last; `hurry` ends its draining. */
  readonly close: (hurry: AbortSignal) => Promise<void>
}

/** Opens a node. Failures say in one sentence what is missing and what to do; what was opened is closed again. */
export async function openNode(settings: Settings, log: Logger, stop: AbortController): Promise<RunningNode> {
  const { haproxy, processSettings, apiSocket } = await openHaproxy(settings, log)
  const version = await readVersion()
  const store = openSqliteStore<LoadBalancerInput>(join(settings.stateDir, 'fairlead.db'), 'LoadBalancer')
  const demo = settings.demo ? await startDemo(store) : null
  const stored = storeSource(store)
  const sources = [stored, ...openSources(settings, haproxy.binary.path, log)]
  const staticFiles = openStaticFiles(settings, processSettings, version, log)
  const accountKey = await readAccountKeyFile(settings.stateDir)
  const opened = { settings, processSettings, haproxy, sources, staticFiles, accountKey, dns: await openDns(settings) }
  const work = startWork({ ...opened, log, version, signal: stop.signal })
  const engine = createEngine({
    ...work,
    vpcs: () => work.survey.settings.vpcs,
    haproxy,
    readStored: stored.read,
    verdictSources: sources.filter(isVerdictSource),
    publicIp: () => findPublicAddresses(settings.publicAddresses)[0] ?? '',
    nodeName: settings.node,
    version,
    stop: () => stop.abort(),
  })
  const api = await createApi({ store, engine, apiKey: await readApiKey(settings, log), log, version })
  const ended = whenAborted(stop.signal)
  const closeAllButHaproxy = async () => {
    stop.abort()
    await work.done
    demo?.close()
    await api.close()
    store.close()
  }
  const close = async (hurry: AbortSignal) => {
    await closeAllButHaproxy()
    await haproxy.stop(settings.drainTimeoutMs, hurry)
    // Last: the requests that were being answered may have been for files.
    await staticFiles.stop()
    log.info('stopped')
  }
  const listening = await outcomeOf(api.listen({ tcp: settings.api ?? undefined, unixPath: apiSocket }))
  if (!listening.ok) {
    await closeAllButHaproxy()
    throw toFailure(listening.error)
  }
  const isReady = await isFirstTurnOver(work.board, ended)
  if (isReady) for (const line of formatGreeting(settings, demo, work.board.now)) log.info(line)
  return { ended, adopt: work.adopt, close }
}

function readApiKey({ stateDir }: Settings, log: Logger): Promise<string> {
  return readOrCreateApiKey(join(stateDir, 'api-key'), log)
}

/** False where it is stopped meanwhile: whoever does that waits for no source. */
function isFirstTurnOver(board: Board, ended: Promise<void>): Promise<boolean> {
  const first = board.waitUntil(() => board.turns > 0, 10_000).then(() => true)
  return Promise.race([first, ended.then(() => false)])
}

function toFailure(error: Error): Failure {
  return error instanceof Failure ? error : new Failure('api-not-listening', error.message, error)
}

function openStaticFiles(
  { stateDir }: Settings,
  { runDir, user }: ProcessSettings,
  version: string,
  log: Logger,
): StaticFiles {
  const site = { socket: join(runDir, STATIC_SOCKET), user, log: join(stateDir, 'static-files.log') }
  return new StaticFiles(new StaticProcess(site), version, log)
}

function describeFewConnections(maxConnections: number): string {
  return `the file limit allows only ${maxConnections} connections at once; raise it (ulimit -n, or LimitNOFILE= under systemd) and start again`
}

async function openHaproxy(settings: Settings, log: Logger) {
  const runDir = await openStateDir(settings.stateDir)
  const apiSocket = join(await shortSocketFolder(settings.stateDir), 'api.sock')
  await refuseSecondDaemon(apiSocket, settings.stateDir)
  // Found out before anything starts: a daemon nobody can talk to must not change what runs.
  await refuseTakenPort(settings.api)
  const binary = await probeHaproxy(settings.haproxy ?? undefined)
  const haproxy = new Haproxy(binary, layOut(settings.stateDir, runDir))
  await haproxy.open()
  log.info(
    `HAProxy ${binary.version} at ${binary.path}${(await haproxy.isAlive()) ? ', running already: adopted' : ''}`,
  )
  const processSettings = await readProcessSettings(settings, binary, runDir)
  if (processSettings.maxConnections < FEW_CONNECTIONS) log.warn(describeFewConnections(processSettings.maxConnections))
  return { haproxy, processSettings, apiSocket }
}

/** Makes the state dir with the folder of HAProxy's sockets, and answers that folder. */
async function openStateDir(stateDir: string): Promise<string> {
  const opened = await outcomeOf(makeFolder(stateDir, 0o711).then(() => openSocketFolder(stateDir)))
  if (opened.ok) return opened.value
  const { message } = opened.error
  throw new Failure('state-dir', `the state dir cannot be used: ${message}; choose another with --state-dir DIR`)
}

async function refuseTakenPort(address: ApiAddress | null): Promise<void> {
  if (address === null || address.port === 0) return
  const obstacle = await findBindObstacle(address.host, address.port)
  if (obstacle === null) return
  throw new Failure(
    'api-not-listening',
    `the API's port ${address.port} ${obstacle}: \`fairlead up --api 127.0.0.1:PORT\``,
  )
}

function openSources(settings: Settings, binary: string, log: Logger): Source[] {
  return settings.sources.map(({ kind, argument }, index) => {
    const { tryOut } = new BalancerTrials(join(settings.stateDir, 'kontena', `certificates-${index}`), binary)
    if (kind === 'docker') return openTemplate(openDocker(argument, settings, log, tryOut), settings, log)
    if (kind === 'kontena') return openKontena(argument, settings.stateDir, log, tryOut)
    if (kind === 'kontena-yml') return openKontenaYml(argument, settings.sources, log, tryOut)
    return fileSource(argument, (trouble) => (trouble === null ? log.debug(`${argument} read`) : log.error(trouble)))
  })
}

/** Two daemons over one state dir would undo each other's work. */
async function refuseSecondDaemon(socket: string, stateDir: string): Promise<void> {
  const answer = await outcomeOf(request(socket, 'GET /healthz HTTP/1.0\r\n\r', { timeoutMs: 2000 }))
  if (answer.ok)
    throw new Failure(
      'already-running',
      `a Fairlead already runs with the state dir ${stateDir}; stop it with \`fairlead down --state-dir ${stateDir}\`, or choose another --state-dir`,
    )
}
