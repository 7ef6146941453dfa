// A daemon's life: opens everything in order, runs until a signal or `down`, closes in reverse.
import { Failure } from '../io/failure.ts'
import { createLogger, type Logger } from '../io/log.ts'
import { openNode, type RunningNode } from './open-node.ts'
import type { Settings } from './settings.ts'

/** Reads the settings again, for SIGHUP; the problems as sentences where they are wrong. */
export type Reread = () => Promise<
  { readonly ok: true; readonly settings: Settings } | { readonly ok: false; readonly problems: readonly string[] }
>

/** Runs a daemon to its end and answers the exit code: 0 after a stop that was asked for, 1 when it could not start. */
export async function runDaemon(settings: Settings, reread: Reread): Promise<number> {
  const log = createLogger({ format: settings.logFormat, level: settings.logLevel })
  const stop = new AbortController()
  const signals = followSignals(stop, log)
  const opened = Promise.withResolvers<RunningNode>()
  // From the first moment to the last: without a handler a SIGHUP that comes while it starts or stops would end it.
  const onHangup = () => void opened.promise.then((node) => (stop.signal.aborted ? null : adopt(node, reread, log)))
  process.on('SIGHUP', onHangup)
  try {
    const node = await openNode(settings, log, stop)
    opened.resolve(node)
    await node.ended
    await node.close(signals.isHurried)
    return 0
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause
    log.error(cause.message)
    return 1
  } finally {
    process.off('SIGHUP', onHangup)
    signals.release()
  }
}

const STOPS = ['SIGTERM', 'SIGINT'] as const

/** The first SIGTERM or SIGINT stops gracefully, the second at once. */
function followSignals(stop: AbortController, log: Logger) {
  const hurry = new AbortController()
  const onSignal = (signal: NodeJS.Signals) => {
    if (stop.signal.aborted) return hurry.abort()
    log.info(`${signal}: stopping once the requests under way are answered; once more stops at once`)
    stop.abort()
  }
  for (const name of STOPS) process.on(name, onSignal)
  const release = () => {
    for (const name of STOPS) process.off(name, onSignal)
  }
  return { isHurried: hurry.signal, release }
}

async function adopt(node: RunningNode, reread: Reread, log: Logger): Promise<void> {
  const answer = await reread()
  if (!answer.ok) return log.error(`SIGHUP: the settings stay as they are: ${answer.problems.join('; ')}`)
  const waiting = node.adopt(answer.settings)
  log.info(
    `SIGHUP: settings read again${waiting.length > 0 ? `; ${waiting.join(', ')} will hold from the next start` : ''}`,
  )
}
