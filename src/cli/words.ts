// The words options take, for help and completion. The resource's schema decides; a test holds the two together.
import type { Algorithm, Mode, RateLimit, Stickiness, TlsVersion } from '../model/config.ts'
import type { TlsSettings } from '../model/tls-guideline.ts'

export const TYPES = ['http', 'tcp'] as const satisfies readonly Mode[]
export const ALGORITHMS = [
  'roundrobin',
  'leastconn',
  'source',
  'random',
  'first',
  'hash',
] as const satisfies readonly Algorithm[]
export const STICKY_MODES = ['cookie', 'source'] as const satisfies readonly Stickiness['mode'][]
export const RATE_LIMIT_ACTIONS = ['deny', 'tarpit'] as const satisfies readonly RateLimit['action'][]
export const CHECK_TYPES = ['http', 'tcp', 'redis', 'postgres', 'mysql', 'smtp', 'grpc', 'custom', 'none'] as const
export const TLS_VERSIONS = ['1.2', '1.3'] as const satisfies readonly TlsVersion[]
export const TLS_SETTINGS = ['modern', 'intermediate'] as const satisfies readonly TlsSettings[]
