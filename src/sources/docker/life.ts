// What a container's life means for its server: in traffic, waiting in the list, or not there.
import type { Container } from './container.ts'

/**
 * state      | stopping | health             | server
 * -----------+----------+--------------------+---------------------------------------------------------------
 * running    | no       | none, healthy      | takes traffic
 * running    | yes      | none, healthy      | leaves: requests under way end, new ones go elsewhere where there is anybody
 * running    |          | starting, unhealthy| waits
 * paused     |          |                    | waits
 * restarting |          |                    | waits: its service stays, and answers 503 where it is the only one
 * other      |          |                    | none, and where it was the only one its service is gone
 *
 * A server that waits is in maintenance, not drained: a drained one would go on to get the clients that stick to it. One
 * that leaves waits too, unless it would leave nobody: then it takes traffic to its end.
 */
export type Life = { readonly kind: 'serving' | 'leaving' | 'waiting' | 'gone'; readonly because: string | null }

/** Finds it; `because` is null where there is nothing to say. */
export function findLife({ state, stopping, health }: Container): Life {
  if (state === 'restarting') return { kind: 'waiting', because: 'it is restarting' }
  if (state !== 'running' && state !== 'paused')
    return { kind: 'gone', because: `it is ${GONE[state]}; a container takes traffic while it runs` }
  if (state === 'paused') return { kind: 'waiting', because: 'it is paused; `docker unpause` brings it back' }
  if (health === 'starting') return { kind: 'waiting', because: 'its health check has not been good yet' }
  if (health === 'unhealthy')
    return { kind: 'waiting', because: 'its health check fails; `docker inspect` shows what it answered' }
  if (stopping)
    return { kind: 'leaving', because: 'it is stopping: requests under way end there, new ones go elsewhere' }
  return { kind: 'serving', because: null }
}

const GONE = {
  created: 'created and not started',
  exited: 'exited',
  dead: 'dead',
  removing: 'being removed',
} as const
