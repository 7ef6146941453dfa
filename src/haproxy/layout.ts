// Where everything of one HAProxy lies under the daemon's state dir.
import { join } from 'node:path'

/** Paths of one HAProxy; sockets lie in a folder short enough for a socket's path. */
export type Layout = {
  readonly root: string
  /** One folder a configuration; what a worker was started with stays until the next one runs. */
  readonly generations: string
  /** PEM texts by digest, which generations link to. */
  readonly certificates: string
  /** Link to the generation in force; HAProxy is started in it, so a reload follows it. */
  readonly current: string
  readonly runDir: string
  readonly masterSocket: string
  readonly workerSocket: string
  readonly ownSocket: string
  /** What HAProxy itself says: warnings, alerts, health changes. */
  readonly log: string
}

/** The layout under `stateDir`, with sockets in `runDir`. */
export function layOut(stateDir: string, runDir: string): Layout {
  const root = join(stateDir, 'haproxy')
  return {
    root,
    generations: join(root, 'generations'),
    certificates: join(root, 'certs'),
    current: join(root, 'current'),
    runDir,
    masterSocket: join(runDir, 'master.sock'),
    workerSocket: join(runDir, 'worker.sock'),
    ownSocket: join(runDir, 'own.sock'),
    log: join(root, 'haproxy.log'),
  }
}
