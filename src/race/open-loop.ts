// Sends a load when it is due, whether or not earlier requests have been answered, as people do.
import { Agent, type IncomingMessage, request as send } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { outcomeOf } from '../io/outcome.ts'
import type { Request } from '../simulate/load.ts'
import { addressOf, LOOPBACK } from './addresses.ts'
import { WORK_HEADER } from './racing-server.ts'

export type OpenLoop = {
  readonly port: number
  readonly requests: readonly Request[]
  /** Milliseconds since the race began. */
  readonly nowMs: () => number
  /** How long after the last request answers are waited for. */
  readonly patienceMs: number
  readonly signal: AbortSignal
  /** Told how many requests have been sent. */
  readonly onSent: (count: number) => void
}

/** What came of the requests. */
export type Heard = {
  /** From when each was due to its answer, in milliseconds; Infinity where there was none. */
  readonly tookMs: readonly number[]
  /** Answers other than 200 and broken connections, in words. */
  readonly failures: readonly string[]
}

/** Sends all of them and waits for the answers, as long as patience lasts. Throws the signal's reason when aborted. */
export async function sendLoad(loop: OpenLoop): Promise<Heard> {
  const { requests, nowMs, patienceMs, signal, onSent } = loop
  const agent = new Agent({ keepAlive: true })
  const over = new AbortController()
  const failures: string[] = []
  const takeTime = async (request: Request) => {
    const why = await ask(agent, loop.port, request)
    if (why === null) return nowMs() - request.atMs
    // What is cut off at the end has not failed: it was too late.
    if (!over.signal.aborted) failures.push(why)
    return Number.POSITIVE_INFINITY
  }
  try {
    const taking: Promise<number>[] = []
    for (const request of requests) {
      const waitMs = request.atMs - nowMs()
      if (waitMs > 0) await sleep(waitMs, undefined, { signal })
      taking.push(takeTime(request))
      onSent(taking.length)
    }
    const all = Promise.all(taking)
    const waited = new AbortController()
    const patience = sleep(patienceMs, undefined, { signal: AbortSignal.any([waited.signal, signal]) })
    await Promise.race([all, outcomeOf(patience)])
    waited.abort()
    signal.throwIfAborted()
    over.abort()
    agent.destroy()
    return { tookMs: await all, failures }
  } finally {
    over.abort()
    agent.destroy()
  }
}

/** null where the answer was as it should be; else what came instead. Never rejects. */
function ask(agent: Agent, port: number, { client, path, workMs }: Request): Promise<string | null> {
  const heard = Promise.withResolvers<string | null>()
  const onAnswer = (answer: IncomingMessage) => {
    answer.on('error', (error) => heard.resolve(error.message))
    answer.on('end', () => heard.resolve(answer.statusCode === 200 ? null : `status ${answer.statusCode}`))
    answer.resume()
  }
  const headers = { [WORK_HEADER]: String(workMs) }
  const options = { host: LOOPBACK, port, path: `/${path}`, headers, agent, localAddress: addressOf(client) }
  const sent = send(options, onAnswer)
  sent.on('error', (error) => heard.resolve(error.message))
  sent.end()
  return heard.promise
}
