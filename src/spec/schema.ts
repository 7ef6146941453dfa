// The LoadBalancer resource as a user writes it: one schema for validation, types, JSON Schema and OpenAPI.
import { z } from 'zod'
import { parseCustomLine } from '../model/custom-line.ts'
import { DEFAULT_HSTS_AGE, parseMaxAge } from '../model/hsts.ts'
import { quoted } from '../model/parsed.ts'
import {
  parseBindAddress,
  parseCookieName,
  parseFilePath,
  parseHeaderName,
  parseHostPattern,
  parseMatchValue,
  parseMethod,
  parseName,
  parsePathPrefix,
} from '../model/text.ts'
import { featureKeys, regexKeys, routeFeatureKeys } from './feature-schema.ts'
import { checkedText, durationSchema, integer, oneOf } from './fields.ts'
import { guardKeys } from './guard-schema.ts'
import { agentCheckSchema, healthCheckSchema } from './health-check-schema.ts'
import { parseCiphers, parseMonitorUri, parseRateLimitKey, parseSplitPin } from './small-texts.ts'

export type { HealthCheckSpec } from './health-check-schema.ts'
export { healthCheckSchema }

export const nameSchema = checkedText(parseName, 'A DNS label of at most 63 characters', 'web-lb')
const portSchema = integer(1, 65_535)

export const backendSchema = z.strictObject({
  target: z
    .string()
    .min(1)
    .describe('host:port, ip:port or [v6]:port')
    .meta({ examples: ['web-1:8080'] }),
  weight: integer(0, 256).optional().describe('Share of the traffic, 1 by default; 0 takes no new traffic'),
  backup: z.boolean().optional().describe('Used only when all others are down'),
  maxConnections: integer(1, 1_000_000).optional().describe('Above it requests queue'),
  state: oneOf(['ready', 'drain', 'maint']).optional().describe('drain: no new traffic; maint: out of service'),
  agentCheck: agentCheckSchema.optional().describe("Instead of the pool's own"),
})

export const stickySchema = z.strictObject({
  mode: oneOf(['cookie', 'source']),
  cookieName: checkedText(parseCookieName, 'Name of the cookie, SERVERID by default', 'SERVERID').optional(),
})

export const rateLimitSchema = z.strictObject({
  requests: integer(1, 1_000_000_000).describe('How many a client may send in any window'),
  window: durationSchema.describe('1s to 24d'),
  action: oneOf(['deny', 'tarpit'])
    .optional()
    .describe('deny answers 429 with Retry-After (default); tarpit holds the request first'),
  key: checkedText(
    parseRateLimitKey,
    'Who is one client: source (default), header:NAME, or path: all who ask for one',
    'header:X-Api-Key',
  ).optional(),
  burst: integer(1, 1_000_000_000).optional().describe('How many of them in any second; all of them by default'),
})

const poolTimeouts = {
  connect: durationSchema.optional(),
  server: durationSchema.optional(),
  queue: durationSchema.optional(),
  tunnel: durationSchema.optional(),
}
const allTimeouts = {
  ...poolTimeouts,
  client: durationSchema.optional(),
  httpRequest: durationSchema.optional(),
  keepAlive: durationSchema.optional(),
}

/** The keys that describe a pool, whether it stands at the top, in a route or under `pools`. */
const poolKeys = {
  algorithm: oneOf(['roundrobin', 'leastconn', 'source', 'random', 'first', 'hash', 'leastcon'])
    .optional()
    .describe('roundrobin by default'),
  backends: z.array(backendSchema).max(10_000).optional(),
  healthCheck: healthCheckSchema.optional(),
  agentCheck: agentCheckSchema.optional(),
  sticky: stickySchema.optional(),
  rateLimit: rateLimitSchema.optional(),
  customSettings: z
    .array(checkedText(parseCustomLine, 'A raw HAProxy line of this pool', 'option dontlognull'))
    .max(200)
    .optional(),
  ...featureKeys,
  fallback: nameSchema.optional().describe('The pool that stands in while no server of this one is up'),
  ...guardKeys,
}

const poolSchema = z.strictObject({
  ...poolKeys,
  timeouts: z.strictObject(poolTimeouts).optional(),
  rewrite: z.strictObject(regexKeys).optional().describe('Servers see another path than the client asked for'),
})

/** Names and the values they must have. */
function traits(example: string) {
  return z.record(
    checkedText(parseHeaderName, 'A name', example),
    checkedText(parseMatchValue, 'A value, or * for any', '1'),
  )
}

export const routeSchema = z.strictObject({
  match: z.strictObject({
    host: checkedText(
      parseHostPattern,
      'Exact host, or *.example.com for any depth below',
      'api.example.com',
    ).optional(),
    path: checkedText(parsePathPrefix, 'Path prefix by whole segments; /api* takes /apix too', '/api').optional(),
    headers: traits('X-Beta').optional().describe('Headers and the values they must have; * for any'),
    methods: z
      .array(checkedText(parseMethod, 'A method in capitals', 'GET'))
      .min(1)
      .max(20)
      .optional(),
    query: traits('beta').optional().describe('Query parameters and the values they must have; * for any'),
  }),
  pool: nameSchema.optional().describe('Name of a pool under `pools`; instead of backends'),
  ...poolKeys,
  timeouts: z.strictObject(poolTimeouts).optional(),
  ...routeFeatureKeys,
  split: z
    .array(z.strictObject({ pool: nameSchema, weight: integer(0, 1_000_000).optional().describe('1 by default') }))
    .min(1)
    .max(20)
    .optional()
    .describe('Shares of the traffic for pools under `pools`'),
  splitPin: checkedText(
    parseSplitPin,
    'What keeps a client in its share: nothing by default (none), cookie, source, or header:NAME',
    'header:X-User',
  ).optional(),
})

/** Of one load balancer. */
const MOST_CERTIFICATES = 1000

const pemFileSchema = checkedText(
  parseFilePath,
  'A PEM file on the node: certificate, chain and key; followed while it changes',
  '/etc/ssl/web.pem',
)

const hstsSchema = z.strictObject(
  {
    maxAge: checkedText(
      parseMaxAge,
      `For how long, ${DEFAULT_HSTS_AGE} by default; 0s has them forget it`,
      '730d',
    ).optional(),
    includeSubDomains: z.boolean().optional().describe('For every name below the one asked for too'),
    preload: z.boolean().optional().describe('The name may be put on the lists that browsers are delivered with'),
  },
  {
    error: ({ code, input }) =>
      code === 'invalid_type'
        ? `${quoted(input)} does not say what browsers are told; give true, or maxAge, includeSubDomains and preload`
        : undefined,
  },
)

export const tlsSchema = z.strictObject({
  port: portSchema.optional().describe('The https port beside the plain one, 443 by default'),
  domain: checkedText(parseHostPattern, 'The name to serve', 'app.example.com').optional(),
  domains: z
    .array(checkedText(parseHostPattern, 'A name to serve', 'app.example.com'))
    .max(100)
    .optional(),
  autoRenew: z.boolean().optional(),
  certificate: z
    .union([nameSchema, z.array(nameSchema).min(1).max(MOST_CERTIFICATES)])
    .optional()
    .describe('A stored certificate, as `cert add` names it, or several'),
  certificateFile: z
    .union([pemFileSchema, z.array(pemFileSchema).min(1).max(MOST_CERTIFICATES)])
    .optional()
    .describe('A PEM file on the node: certificate, chain and key; followed while it changes. Or several'),
  redirect: z.boolean().optional().describe('Send http to https, true by default'),
  minVersion: oneOf(['1.2', '1.3']).optional().describe('Of TLS, 1.2 by default'),
  settings: oneOf(['modern', 'intermediate'])
    .optional()
    .describe("Of Mozilla's guideline, intermediate by default; modern is TLS 1.3 alone"),
  hsts: z
    .union([hstsSchema, z.boolean()])
    .optional()
    .describe('Browsers are told to come by https alone, by the header Strict-Transport-Security'),
  http2: z.boolean().optional().describe('Whether clients of this port may speak HTTP/2, true by default'),
  ciphers: checkedText(
    parseCiphers,
    'Ciphers of TLS 1.2 on this port, as OpenSSL writes them',
    'ECDHE+AESGCM:!aNULL',
  ).optional(),
  default: z
    .boolean()
    .optional()
    .describe(
      'Its certificate answers clients that ask for no name, or one nobody has; the oldest one does by default',
    ),
  strictSni: z.boolean().optional().describe('Refuse those clients instead, on this port; true with clientCa'),
  passthrough: z
    .boolean()
    .optional()
    .describe('Only of tcp: servers speak TLS themselves, and the name a client asks for (SNI) says which'),
  clientCa: checkedText(
    parseFilePath,
    'A PEM file on the node with the CAs whose clients are let in; followed while it changes',
    '/etc/ssl/clients-ca.pem',
  ).optional(),
  clientCertificate: oneOf(['required', 'optional'])
    .optional()
    .describe('Whether a client without a certificate stays out, required by default'),
})

export const specSchema = z.strictObject({
  type: oneOf(['http', 'tcp']).optional().describe('http by default'),
  vpc: nameSchema.optional().describe('Only nodes started with this --vpc serve it'),
  port: portSchema.optional().describe('80 by default for http; required for tcp'),
  bind: checkedText(parseBindAddress, 'Address to listen on, all by default', '0.0.0.0').optional(),
  targetPort: portSchema.optional().describe('Port of targets that are written without one'),
  monitorUri: checkedText(
    parseMonitorUri,
    'A path of this port, of any host, that answers 200 itself while HAProxy serves',
    '/health',
  ).optional(),
  ...poolKeys,
  static: routeFeatureKeys.static,
  timeouts: z.strictObject(allTimeouts).optional(),
  tls: tlsSchema.optional(),
  routes: z.array(routeSchema).max(100_000).optional(),
  pools: z.record(nameSchema, poolSchema).optional(),
  proxyProtocol: z
    .strictObject({
      accept: z.boolean().optional().describe('Clients of this port say who they are by the PROXY protocol'),
      send: oneOf(['none', 'v1', 'v2']).optional().describe('Tell servers the client by the PROXY protocol'),
    })
    .optional(),
})

export const labelsSchema = z.record(
  z.string().regex(/^[A-Za-z0-9]([-A-Za-z0-9_./]{0,253}[A-Za-z0-9])?$/, {
    error: "is not a label's name; use letters, digits and - _ . / between a letter or digit at each end, at most 255",
  }),
  z.string().max(253),
)

/** What a user sends or writes in a file. */
export const resourceSchema = z.strictObject({ name: nameSchema, labels: labelsSchema.optional(), spec: specSchema })

export type LoadBalancerSpec = z.infer<typeof specSchema>
export type LoadBalancerInput = z.infer<typeof resourceSchema>
export type BackendSpec = z.infer<typeof backendSchema>
export type StickySpec = z.infer<typeof stickySchema>
export type RateLimitSpec = z.infer<typeof rateLimitSchema>
export type RouteSpec = z.infer<typeof routeSchema>
export type PoolSpec = z.infer<typeof poolSchema>
export type TlsSpec = z.infer<typeof tlsSchema>
