// How servers are checked, as a user writes it: probes, and agents beside the servers.
import { z } from 'zod'
import { CHECK_METHODS, parseAgentText, parseDatabaseUser, parseServiceName } from '../model/health-check.ts'
import { parseHeaderValue, parseHostPattern, parseRegex, parseRequestTarget } from '../model/text.ts'
import { checkedText, durationSchema, integer, oneOf } from './fields.ts'
import { parseCheckHeader, parseStatuses } from './health-check-texts.ts'

const oneStatus = [
  integer(100, 599),
  checkedText(parseStatuses, 'Statuses and ranges of them', '200,204,300-399'),
] as const

export const healthCheckSchema = z.strictObject({
  type: oneOf(['http', 'tcp', 'redis', 'postgres', 'mysql', 'smtp', 'grpc', 'custom', 'none'])
    .optional()
    .describe('http where a path is given, else tcp'),
  path: checkedText(parseRequestTarget, 'What an http check asks for', '/health').optional(),
  interval: durationSchema.optional().describe('Time between two checks, 2s by default'),
  timeout: durationSchema.optional().describe('How long an answer may take, 2s by default'),
  rise: integer(1, 1000).optional().describe('Successes in a row before a server is up, 2 by default'),
  fall: integer(1, 1000).optional().describe('Failures in a row before a server is down, 3 by default'),
  status: z
    .union([...oneStatus, z.array(z.union(oneStatus)).min(1).max(50)])
    .optional()
    .describe('http: which answers are well, 200-399 by default'),
  method: oneOf(CHECK_METHODS).optional().describe('http: GET by default'),
  headers: z
    .record(
      checkedText(parseCheckHeader, "A header's name", 'X-Probe'),
      checkedText(parseHeaderValue, 'Its value, literally', 'yes'),
    )
    .optional()
    .describe('http: sent with the request'),
  body: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[\x20-\x7e]+$/, { error: 'is not a text an answer is searched for; use visible ASCII characters' })
    .optional()
    .describe('http: what the answer must contain, in its first 16 kB'),
  bodyRegex: checkedText(
    parseRegex,
    'http: a regular expression that must match in the answer',
    '"status": *"ok"',
  ).optional(),
  host: checkedText(
    parseHostPattern,
    'The Host header of an http check, the authority of a grpc one',
    'app.example.com',
  ).optional(),
  user: checkedText(parseDatabaseUser, 'postgres, mysql: who asks; no password is sent', 'fairlead').optional(),
  service: checkedText(parseServiceName, 'grpc: one service, instead of the whole server', 'shop.v1.Orders').optional(),
  port: integer(1, 65_535).optional().describe("Another port than the traffic's"),
  send: z.string().max(1024).optional().describe('custom: what to send; \\r \\n \\t \\\\ \\xNN are understood'),
  expect: z.string().min(1).max(1024).optional().describe('custom: what the answer must contain'),
})

export const agentCheckSchema = z
  .strictObject({
    port: integer(1, 65_535).describe('Where the agent listens, on the machine of the server'),
    interval: durationSchema.optional().describe('Time between two questions, 2s by default'),
    send: checkedText(parseAgentText, 'What the agent is sent; nothing by default', 'web-1').optional(),
  })
  .describe('A program beside each server that says how much traffic it wants: 75%, drain, down, up')

export type HealthCheckSpec = z.infer<typeof healthCheckSchema>
export type AgentCheckSpec = z.infer<typeof agentCheckSchema>
