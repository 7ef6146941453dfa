// The keys of a pool beside its servers: headers, retries, compression and the like, as a user writes them.
import { z } from 'zod'
import { parseHeaderSize, parseSize } from '../model/byte-size.ts'
import { RETRY_CAUSES } from '../model/features.ts'
import { parseFileName, parseFolder } from '../model/static-files.ts'
import {
  parseChangeableHeader,
  parseContentType,
  parseHeaderValue,
  parseHostPort,
  parsePathPrefix,
  parseRedirectTarget,
  parseRegex,
} from '../model/text.ts'
import { checkedText, durationSchema, integer, oneOf } from './fields.ts'
import { parseHashKey } from './small-texts.ts'

const headerName = checkedText(parseChangeableHeader, "A header's name", 'X-Team')
const headerValue = checkedText(parseHeaderValue, "A header's value, literally", 'web')

const headerRulesSchema = z.strictObject({
  set: z.record(headerName, headerValue).optional().describe('Instead of what the message has'),
  add: z.record(headerName, headerValue).optional().describe('Beside what the message has'),
  remove: z.array(headerName).max(100).optional(),
})

/** Keys of every pool. */
export const featureKeys = {
  hashKey: checkedText(
    parseHashKey,
    'For algorithm hash: path, header:NAME, cookie:NAME or query:NAME',
    'header:X-User',
  ).optional(),
  passiveHealth: z
    .strictObject({
      failures: integer(1, 1000).optional().describe('Failed answers to real requests in a row, 2 by default'),
      benchFor: durationSchema.optional().describe('How long the server is left out then, 10s by default'),
    })
    .optional()
    .describe('Leaves a server out when real requests fail'),
  slowStart: durationSchema
    .optional()
    .describe('A server that comes back gets its full share only after this time, growing until then'),
  retries: z
    .strictObject({
      attempts: integer(0, 20).optional().describe('How often a failed request is sent again, 3 by default'),
      on: z
        .array(oneOf(RETRY_CAUSES))
        .max(RETRY_CAUSES.length)
        .optional()
        .describe('What counts as failed beside a refused connection'),
    })
    .optional()
    .describe('Sends failed GET, HEAD and OPTIONS requests again, to another server'),
  headers: z
    .strictObject({
      request: headerRulesSchema.optional(),
      response: headerRulesSchema.optional(),
      forwarded: z.boolean().optional().describe('Tell servers the client by the header Forwarded (RFC 7239) too'),
    })
    .optional()
    .describe('Changes headers on the way to the server and back'),
  compression: z.boolean().optional().describe('Packs text for clients that can unpack it'),
  unavailable: z
    .strictObject({
      status: integer(200, 599).optional().describe('503 by default'),
      body: z.string().min(1).max(8192).optional(),
      contentType: checkedText(parseContentType, 'Of the body; text/plain by default', 'text/html').optional(),
      retryAfter: durationSchema.optional().describe('When to come again, 10s by default'),
    })
    .optional()
    .describe('What clients are told while no server can take their requests'),
  keepAlive: z
    .strictObject({
      reuse: oneOf(['never', 'safe', 'aggressive', 'always']).optional().describe('safe by default'),
      poolMaxConnections: integer(-1, 100_000).optional().describe('Idle connections kept to each server; -1: any'),
    })
    .optional()
    .describe('How connections to the servers are shared'),
  protocol: oneOf(['http1', 'h2']).optional().describe('What servers speak: http1 by default; h2 for gRPC'),
  requestId: z
    .boolean()
    .optional()
    .describe('Gives each request an X-Request-Id, for the server, the client and the access log'),
  limits: z
    .strictObject({
      body: checkedText(parseSize, 'Largest body; above it 413', '10MB').optional(),
      headers: checkedText(parseHeaderSize, 'Largest sum of the headers; above it 431', '8KB').optional(),
      chunked: oneOf(['refuse', 'allow'])
        .optional()
        .describe('Bodies without a Content-Length, which cannot be held to `body`: refuse (411) by default'),
    })
    .optional()
    .describe('How large requests may be'),
  maintenance: z.boolean().optional().describe('Takes every server out of service: clients get `unavailable`'),
}

/** A rewrite that does not depend on a route's path. */
export const regexKeys = {
  regex: checkedText(parseRegex, 'What to replace in the path', '^/u/([0-9]+)$').optional(),
  to: checkedText(parseHeaderValue, 'With what; \\1 is what the first parentheses found', '/users/\\1').optional(),
}

/** Keys of a route. */
export const routeFeatureKeys = {
  rewrite: z
    .strictObject({
      stripPrefix: z.boolean().optional().describe("Takes the route's path off"),
      replacePrefix: checkedText(parsePathPrefix, "Puts this in place of the route's path", '/v2').optional(),
      ...regexKeys,
    })
    .optional()
    .describe('Servers see another path than the client asked for'),
  redirect: z
    .strictObject({
      to: checkedText(
        parseRedirectTarget,
        'A whole address; without a path, that of the request is kept',
        'https://new.example.com',
      ).optional(),
      scheme: oneOf(['http', 'https']).optional(),
      host: checkedText(parseHostPort, 'Another host, with a port where it needs one', 'new.example.com').optional(),
      status: z
        .literal([301, 302, 303, 307, 308], { error: 'is not a status of a redirect; use 301, 302, 303, 307 or 308' })
        .optional()
        .describe('302 by default'),
      keepPath: z.boolean().optional().describe("Whether the request's path and query follow"),
    })
    .optional()
    .describe('Answers every request with another address'),
  static: z
    .strictObject({
      root: checkedText(parseFolder, 'The folder on the node that is served, and nothing outside of it', '/var/www'),
      index: checkedText(parseFileName, 'What stands for a folder, index.html by default', 'index.html').optional(),
      dotfiles: z.boolean().optional().describe('Whether names that begin with a dot are served; no by default'),
      cacheControl: checkedText(parseHeaderValue, "The answers' Cache-Control", 'public, max-age=3600').optional(),
    })
    .optional()
    .describe('Serves files'),
}

export type FeatureSpec = { readonly [K in keyof typeof featureKeys]?: z.infer<(typeof featureKeys)[K]> }
export type RouteFeatureSpec = { readonly [K in keyof typeof routeFeatureKeys]?: z.infer<(typeof routeFeatureKeys)[K]> }
