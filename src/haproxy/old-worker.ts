// A worker of an earlier configuration, asked through the master: what it was started with, and who is still on it.
import { outcomeOf } from '../io/outcome.ts'
import { type Connections, countConnections } from './connections.ts'
import { parseGeneration } from './generations.ts'
import { parseInfo, type RuntimeSocket } from './runtime-socket.ts'

/** What an old worker says; null where it does not answer. */
export type OldWorkerAnswer = { readonly generation: string | null; readonly connections: Connections } | null

/** A stream is 300 to 400 characters of `show sess`: what is looked at of a busy worker is its first 2000 or so. */
const ENOUGH_STREAMS = 768 * 1024

/** Asks one old worker; `gone` when it has ended. Takes three questions, whose answers are as long as it has listeners and streams. */
export async function askOldWorker(socket: RuntimeSocket, pid: number): Promise<OldWorkerAnswer | 'gone'> {
  const answers = await outcomeOf(
    Promise.all([
      socket.askWorker(pid, 'show info'),
      socket.askWorker(pid, 'show stat -1 1 -1'),
      socket.askWorker(pid, 'show sess', ENOUGH_STREAMS),
    ]),
  )
  if (!answers.ok) return null
  const [info, stat, sess] = answers.value
  const told = parseInfo(info)
  if (told.get('Pid') !== String(pid)) return 'gone'
  const connections = countConnections(stat, sess, sess.length >= ENOUGH_STREAMS)
  return { generation: parseGeneration(told.get('description')), connections }
}

/** How many connections an old worker has, quickly; 0 where it has ended or does not answer. */
export async function countOldConnections(socket: RuntimeSocket, pid: number): Promise<number> {
  const answer = await outcomeOf(socket.askWorker(pid, 'show info'))
  return answer.ok ? Number(parseInfo(answer.value).get('CurrConns') ?? 0) : 0
}
