// The process that serves files, from its start to its end. It has no state: each request says what it is about.
import { once } from 'node:events'
import { chownSync, lstatSync, renameSync } from 'node:fs'
import { lstat, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { readTextFile } from '../io/atomic-file.ts'
import { Failure } from '../io/failure.ts'
import { outcomeOf } from '../io/outcome.ts'
import { createStaticServer } from './server.ts'

/** Between two looks whether the socket is still ours. */
const LOOK_MS = 500

/** An answer that is still being given after this time is cut off. */
const LONGEST_ANSWER_MS = 3_600_000

/**
 * Serves until SIGTERM, or until the socket's path is gone or another's; answers the exit code. The words: the version
 * it tells, the socket (whoever listened there before ends once its last answer is given), and HAProxy's workers' user,
 * who may connect and as whom files are read; without one, the user who starts it.
 */
export async function serveStatic([version, socket, user]: readonly string[]): Promise<number> {
  if (version === undefined || socket === undefined)
    throw new Failure('usage', 'serve-static needs a version and the path of a socket; the daemon starts it')
  const stop = new AbortController()
  process.on('SIGTERM', () => stop.abort())
  const server = createStaticServer(version)
  const own = await listen(server, socket, user === undefined ? null : await findUser(user))
  while (!stop.signal.aborted && (await isOurs(socket, own)))
    await outcomeOf(sleep(LOOK_MS, undefined, { signal: stop.signal }))
  await endAnswers(server, stop.signal)
  return 0
}

type User = { readonly uid: number; readonly gid: number }

async function findUser(name: string): Promise<User> {
  const line = ((await readTextFile('/etc/passwd')) ?? '').split('\n').find((one) => one.startsWith(`${name}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  if (uid === undefined || gid === undefined) throw new Failure('no-user', `there is no user ${name} on this machine`)
  return { uid: Number(uid), gid: Number(gid) }
}

/** The socket's number in its file system. It takes the place of the one before it at once, so no connection is refused. */
async function listen(server: Server, socket: string, user: User | null): Promise<number> {
  const fresh = `${socket}.${process.pid}`
  await rm(fresh, { force: true })
  // Nobody else may connect, from the first moment on.
  const mask = process.umask(0o177)
  server.listen(fresh)
  await once(server, 'listening')
  process.umask(mask)
  const { ino } = lstatSync(fresh)
  if (user) chownSync(fresh, user.uid, user.gid)
  // Without a step in between: nothing is answered with more rights than it needs.
  renameSync(fresh, socket)
  if (user) become(user)
  return ino
}

/** Gives up every right but the user's. */
function become({ uid, gid }: User): void {
  process.setgroups?.([gid])
  process.setgid?.(gid)
  process.setuid?.(uid)
}

async function isOurs(socket: string, own: number): Promise<boolean> {
  const found = await outcomeOf(lstat(socket))
  return found.ok && found.value.ino === own
}

/** Takes no new connection, and gives the answers that have begun; at once where the signal is or gets aborted. */
async function endAnswers(server: Server, hurry: AbortSignal): Promise<void> {
  const ended = new Promise<void>((resolve) => server.close(() => resolve()))
  const late = AbortSignal.any([hurry, AbortSignal.timeout(LONGEST_ANSWER_MS)])
  const isEnded = ended.then(() => true)
  while (!late.aborted) {
    server.closeIdleConnections()
    if (await Promise.race([isEnded, outcomeOf(sleep(LOOK_MS, undefined, { signal: late })).then(() => false)])) return
  }
  server.closeAllConnections()
  await ended
}
