// Every daemon setting: its key, what it takes, its default, and what it is for. Flags, variables and files follow from it.
import { join } from 'node:path'
import type { LogFormat, LogLevel } from '../io/log.ts'
import { formatDuration, parseDuration } from '../model/duration.ts'
import { parseNetwork } from '../model/network.ts'
import { accepted, type Parsed } from '../model/parsed.ts'
import { parseName } from '../model/text.ts'
import {
  type AcmeAccountBinding,
  type ApiAddress,
  formatApiAddress,
  formatSource,
  type Machine,
  parseAcmeAccountBinding,
  parseAcmeDirectory,
  parseAcmeProfile,
  parseApiAddress,
  parseCount,
  parseEmail,
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
export type Settings = {
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
  /** CAs in the order they are asked. */
  readonly acmeDirectories: readonly string[]
  /** Where what failed is tried out first; null: where the CA is known to have such a server. */
  readonly acmeTestDirectory: string | null
  readonly acmeAcceptTerms: boolean
  readonly acmeEmail: string | null
  readonly acmeCa: string | null
  readonly acmeEab: AcmeAccountBinding | null
  /** One of the CA's profiles; null: its usual one. */
  readonly acmeProfile: string | null
  /** How long certificates are to live; null: as the CA has it. */
  readonly acmeLifetimeMs: number | null
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

/** How one setting is given, read and shown. */
export type Definition<T> = {
  /** Its key in a settings file; the flag and the variable follow from it. */
  readonly key: string
  /** The variable docker-loadbalancer has for it; ours comes first. */
  readonly otherVariable?: string
  /** `list`: may be given several times; `switch`: a flag without an argument. */
  readonly shape: 'one' | 'list' | 'switch'
  readonly placeholder: string
  readonly help: string
  readonly parse: (texts: readonly string[], machine: Machine) => Parsed<T>
  readonly format: (value: T) => string
  readonly fallback: (machine: Machine, env: Environment) => T
}

export type Environment = Readonly<Record<string, string | undefined>>

const LOG_FORMATS = ['auto', 'text', 'json'] as const
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const
/** A worker takes 5 MB or more. */
const MOST_OLD_WORKERS = 1000
/** The CA of whoever names none. */
export const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory'

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
  acmeDirectories: {
    ...list(
      'acmeDirectory',
      'URL',
      "the ACME server that certificates come from, Let's Encrypt by default; given again, the next one to ask",
      parseAcmeDirectory,
    ),
    fallback: () => [LETS_ENCRYPT],
  },
  acmeTestDirectory: optional(
    'acmeTestDirectory',
    'URL',
    "the CA's server for trying out: after a failure it is asked first",
    parseAcmeDirectory,
  ),
  acmeAcceptTerms: {
    ...one('acmeAcceptTerms', '', "accept the CA's terms of service, as naming a CA or an address does", parseSwitch),
    shape: 'switch',
    fallback: () => false,
  },
  acmeEmail: optional('acmeEmail', 'ADDRESS', 'where the ACME server may write to', parseEmail),
  acmeCa: optional('acmeCa', 'FILE', 'a certificate authority to trust for the ACME server', parsePath),
  acmeEab: {
    ...optional('acmeEab', 'KID:HMAC', 'the ACME account your certificate authority gave you', parseAcmeAccountBinding),
    format: (binding) => (binding === null ? '' : '(set)'),
  },
  acmeProfile: optional('acmeProfile', 'NAME', "one of the CA's profiles, for example shortlived", parseAcmeProfile),
  acmeLifetimeMs: {
    ...optional(
      'acmeLifetime',
      'DURATION',
      'how long certificates are to live, where the CA lets you say so',
      parseDuration,
    ),
    format: (ms) => (ms === null ? '' : formatDuration(ms)),
  },
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

type ParseOne<T> = (text: string, machine: Machine) => Parsed<T>

function one<T>(key: string, placeholder: string, help: string, parse: ParseOne<T>) {
  return {
    key,
    shape: 'one' as const,
    placeholder,
    help,
    parse: (texts: readonly string[], machine: Machine) => parse(texts[0] ?? '', machine),
    format: (value: T) => String(value),
  }
}

function optional<T>(key: string, placeholder: string, help: string, parse: ParseOne<T>): Definition<T | null> {
  return { ...one(key, placeholder, help, parse), format: (value) => String(value ?? ''), fallback: () => null }
}

function duration(key: string, help: string, fallbackMs: number): Definition<number> {
  return { ...one(key, 'DURATION', help, parseDuration), format: formatDuration, fallback: () => fallbackMs }
}

function list<T>(key: string, placeholder: string, help: string, parse: ParseOne<T>): Definition<readonly T[]> {
  return {
    key,
    shape: 'list',
    placeholder,
    help,
    parse: (texts, machine) => {
      const values: T[] = []
      for (const text of texts) {
        const parsed = parse(text, machine)
        if (!parsed.ok) return parsed
        values.push(parsed.value)
      }
      return accepted(values)
    },
    format: (values) => values.join(', '),
    fallback: () => [],
  }
}
