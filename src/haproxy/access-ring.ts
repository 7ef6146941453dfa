// Reads the access log from the worker in force, and goes on with the next one after a reload.
import { setTimeout as sleep } from 'node:timers/promises'
import { streamLines } from '../io/line-stream.ts'
import { outcomeOf } from '../io/outcome.ts'
import type { Layout } from './layout.ts'
import type { RuntimeSocket } from './runtime-socket.ts'

/** Between two looks at which worker is in force. */
const LOOK_MS = 250

/** How long a worker that was replaced is still listened to. Longer would keep it alive: HAProxy counts us as a connection. */
const FAREWELL_MS = 1000

/** One connection to one worker. */
type Reading = { readonly pid: string; readonly done: Promise<unknown>; isOver: boolean; leave(): void }

/** What is in the ring now. It starts empty after a reload. */
export async function readAccessRing(socket: RuntimeSocket): Promise<string[]> {
  return (await socket.ask('show events access')).split('\n')
}

/**
 * Hands on what is in the ring and then every new line, until the signal aborts. HAProxy never waits for us: where we
 * are slower than it writes, lines are lost. A stats connection that is silent for `stats timeout` is closed and made anew.
 */
export async function followAccessRing(
  { layout, socket }: { readonly layout: Layout; readonly socket: RuntimeSocket },
  onLines: (lines: readonly string[]) => void,
  signal: AbortSignal,
): Promise<void> {
  let reading: Reading | null = null
  while (!signal.aborted) {
    const info = await outcomeOf(socket.info())
    const pid = info.ok ? info.value.get('Pid') : undefined
    if (pid !== undefined && (reading === null || reading.isOver || reading.pid !== pid)) {
      const isNew: boolean = reading?.pid !== pid
      if (isNew) reading?.leave()
      reading = open(layout, pid, isNew, onLines, signal)
    }
    await Promise.race([outcomeOf(sleep(LOOK_MS, undefined, { signal })), ...(reading ? [reading.done] : [])])
    // A worker that cannot be read is not asked again at once.
    if (reading?.isOver && !signal.aborted) await outcomeOf(sleep(20, undefined, { signal }))
  }
}

function open(
  layout: Layout,
  pid: string,
  withPast: boolean,
  onLines: (lines: readonly string[]) => void,
  signal: AbortSignal,
): Reading {
  const end = new AbortController()
  const command = `show events access -w${withPast ? '' : ' -n'}`
  const streaming = streamLines(layout.workerSocket, command, onLines, AbortSignal.any([end.signal, signal]))
  const reading: Reading = {
    pid,
    isOver: false,
    done: outcomeOf(streaming).then(() => (reading.isOver = true)),
    leave: () => void setTimeout(() => end.abort(), FAREWELL_MS).unref(),
  }
  return reading
}
