// What Docker's stream of events tells that matters to a load balancer.
import { z } from 'zod'

/** Something happened to a container, or to the networks. */
export type DockerEvent = {
  /** `kill`, `die`, `health_status: healthy`, …; `network` for a change of the networks themselves. */
  readonly action: string
  /** The container's; null for a change of the networks themselves. */
  readonly containerId: string | null
  readonly attributes: Readonly<Record<string, string>>
  /** In milliseconds since 1970 by the engine's clock. */
  readonly at: number
}

const event = z.object({
  Type: z.string(),
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()).catch({}) }),
  time: z.number().catch(0),
  timeNano: z.number().nullish().catch(null),
})

/** What a container does that changes nothing of it: what runs inside, and what somebody reads of it. */
const IDLE = /^(exec_|attach$|detach$|top$|resize$|export$|copy$|commit$|archive-path$|extract-to-dir$|stop$|restart$)/

/** One line of the stream; null where it is none that matters. */
export function parseEvent(json: unknown): DockerEvent | null {
  const found = event.safeParse(json)
  if (!found.success) return null
  const { Type, Action, Actor, time, timeNano } = found.data
  const at = timeNano ? timeNano / 1e6 : time * 1000
  const attributes = Actor.Attributes
  if (Type === 'container' && !IDLE.test(Action)) return { action: Action, containerId: Actor.ID, attributes, at }
  if (Type !== 'network') return null
  const containerId = attributes['container'] ?? null
  return { action: containerId === null ? 'network' : Action, containerId, attributes, at }
}
