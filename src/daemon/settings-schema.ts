// Every daemon setting: its key, what it takes, its default, and what it is for. Flags, variables and files follow from it.
import { join } from 'node:path'
import type { LogFormat, LogLevel } from '../io/log.ts'
import { parseNetwork } from '../model/network.ts'
import { parseName } from '../model/text.ts'
import { NAME_SETTINGS, type NameSettings } from './name-settings.ts'
import { type Definition, duration, list, one, optional } from './setting-definition.ts'
import {
  type ApiAddress,
  formatApiAddress,
  formatSource,
  parseApiAddress,
  parseCount,
  parseNodeName,
  parseOneOf,
  parsePath,
  parseSocketPath,
  parseSource,
  parseStatsPort,
  parseSwitch,
  type SourceSetting,
} from './setting-texts.ts'

/** What the daemon runs with. Paths are absolute, null means: not given and not needed. */
export type Settings = NameSettings & {
  /** Everything the daemon writes lies under it. */
  readonly stateDir: string
  /** null: its unix socket alone. */
  readonly api: ApiAddress | null
  /** Beside the API's own store, which is always one. */
  readonly sources: readonly SourceSetting[]
  /** null: the first HAProxy on the PATH. */
  readonly haproxy: string | null
  /** A template that writes the configuration of what the docker source publishes; null: Fairlead writes it. */
  readonly haproxyTemplate: string | null
  readonly node: string
  /** Empty: this node serves every load balancer. */
  readonly vpcs: readonly string[]
  readonly demo: boolean
  readonly logFormat: LogFormat
  readonly logLevel: LogLevel
  /** How long a stop waits for connections to end. */
  readonly drainTimeoutMs: number
  /** How many HAProxy workers of older configurations may live at once. */
  readonly oldWorkers: number
  /** How long an HAProxy worker of an older configuration may keep its connections. */
  readonly oldWorkerDeadlineMs: number
  /** About how many places for new pools HAProxy holds in reserve. */
  readonly reserve: number
  /** Networks of proxies whose word about the client is taken. */
  readonly trustedProxies: readonly string[]
  /** The most servers that have series of their own in /metrics. */
  readonly metricsServers: number
  /** Where HAProxy's own statistics page is, on every address; null: nowhere. */
  readonly statsPort: number | null
  /** Where the PID of HAProxy's master is written. */
  readonly pidFile: string | null
  /** A socket of HAProxy's runtime API that may only look. */
  readonly statsSocket: string | null
}

const LOG_FORMATS = ['auto', 'text', 'json'] as const
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const
/** A worker takes 5 MB or more. */
const MOST_OLD_WORKERS = 1000

/** The definitions by the name the daemon's code uses, in the order they are listed to a person. */
export const SETTINGS: { readonly [Field in keyof Settings]: Definition<Settings[Field]> } = {
  stateDir: {
    ...one('stateDir', 'DIR', 'where everything the daemon writes lies', parsePath),
    fallback: ({ root, home }, env) => {
      if (root) return '/var/lib/fairlead'
      // A relative XDG path is invalid and to be ignored (XDG base directory specification).
      const base = env['XDG_STATE_HOME']?.startsWith('/') ? env['XDG_STATE_HOME'] : join(home, '.local/state')
      return join(base, 'fairlead')
    },
  },
  api: {
    ...one(
      'api',
      'ADDRESS',
      'where the API listens, beside its unix socket in the state directory; none for the socket alone',
      parseApiAddress,
    ),
    format: (address) => (address === null ? 'none' : formatApiAddress(address)),
    fallback: () => ({ host: '127.0.0.1', port: 8080 }),
  },
  sources: {
    ...list(
      'source',
      'KIND[=ARG]',
      'where load balancers are read from beside the API, for example file=PATH',
      parseSource,
    ),
    format: (sources) => sources.map(formatSource).join(', '),
  },
  haproxy: optional('haproxy', 'PATH', 'the HAProxy to run; the one on the PATH by default', parsePath),
  haproxyTemplate: optional(
    'haproxyTemplate',
    'FILE',
    'a Go template that writes the configuration of labelled containers; Fairlead writes it by default',
    parsePath,
  ),
  node: {
    ...one('node', 'NAME', 'the name of this node; the host name by default', parseNodeName),
    fallback: ({ hostname }) => (parseNodeName(hostname).ok ? hostname : 'node'),
  },
  vpcs: list('vpc', 'NAME', 'serve only load balancers of this vpc', parseName),
  demo: {
    ...one('demo', '', 'on an empty store, offer two small servers and a load balancer for them', parseSwitch),
    shape: 'switch',
    fallback: () => false,
  },
  logFormat: {
    ...one('logFormat', 'FORMAT', 'auto, text or json', (text) => parseOneOf(text, LOG_FORMATS)),
    fallback: () => 'auto',
  },
  logLevel: {
    ...one('logLevel', 'LEVEL', 'trace, debug, info, warn or error', (text) => parseOneOf(text, LOG_LEVELS)),
    fallback: () => 'info',
  },
  ...NAME_SETTINGS,
  drainTimeoutMs: duration('drainTimeout', 'how long a stop waits for connections to end', 10_000),
  oldWorkers: {
    ...one('oldWorkers', 'N', 'how many HAProxy workers of older configurations may live at once', (text) =>
      parseCount(text, MOST_OLD_WORKERS),
    ),
    fallback: () => 10,
  },
  oldWorkerDeadlineMs: duration(
    'oldWorkerDeadline',
    'how long connections may stay on an older configuration',
    3_600_000,
  ),
  reserve: {
    ...one('reserve', 'N', 'about how many places for new pools are held ready; 0 for none', (text) =>
      parseCount(text, 20_000, 0),
    ),
    fallback: () => 1000,
  },
  trustedProxies: list(
    'trustedProxies',
    'NETWORK',
    'believe X-Forwarded-For of proxies in this network, for example 10.0.0.0/8',
    parseNetwork,
  ),
  metricsServers: {
    ...one('metricsServers', 'N', 'up to how many servers each has series of its own in /metrics', (text) =>
      parseCount(text, 100_000, 0),
    ),
    fallback: () => 2000,
  },
  statsPort: {
    ...optional(
      'statsPort',
      'PORT',
      "HAProxy's own statistics page on this port, for everybody; 0 for none",
      parseStatsPort,
    ),
    otherVariable: 'LB_STATS_PORT',
  },
  pidFile: {
    ...optional('pidFile', 'PATH', "where the PID of HAProxy's master is written", parsePath),
    otherVariable: 'HAPROXY_PID_FILE',
  },
  statsSocket: {
    ...optional('statsSocket', 'PATH', "a socket of HAProxy's runtime API that may only look", parseSocketPath),
    otherVariable: 'HAPROXY_SOCK_FILE',
  },
}
