// What the whole HAProxy process needs to know, beside the Config.
import type { Capabilities } from '../../model/capabilities.ts'

/** Process-wide settings; they change only with a reload. */
export type ProcessSettings = {
  /** Folder of the sockets, short enough for a socket's path. */
  readonly runDir: string
  /** Connections at once, from the process's file limit. */
  readonly maxConnections: number
  /** User and group the worker runs as; null: the one that starts it. */
  readonly user: string | null
  /** How long a worker of an earlier configuration may live on for its last connections, in milliseconds. */
  readonly oldWorkerDeadlineMs: number
  /** Whether this machine can listen on IPv6. */
  readonly ipv6: boolean
  /** Secret that server cookies are derived from; the same over restarts, so that clients keep their server. */
  readonly cookieKey: string
  /** About how many places for new pools are held in reserve. */
  readonly reserve: number
  /** Networks of proxies in front of this one whose word about the client is taken. */
  readonly trustedProxies: readonly string[]
  /** Where HAProxy's own statistics page is; null: nowhere. */
  readonly statsPort: number | null
  /** A socket of the runtime API for others, that may only look. */
  readonly statsSocket: string | null
  /** Where the PID of the master is written. */
  readonly pidFile: string | null
  /** What stands after the token in answers to a CA's challenges; null: none is answered. */
  readonly challengeThumbprint: string | null
  readonly capabilities: Capabilities
}
