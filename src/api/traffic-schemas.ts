// What passes through, as the API answers it: lines of the access log, and who is busy.
import { z } from 'zod'
import { type Loose, time } from './answer-schemas.ts'
import type * as wire from './wire.ts'

const milliseconds = z.number().nullable()

export const logLineSchema = z
  .object({
    time,
    loadBalancer: z.string(),
    client: z.string(),
    requestId: z.string().nullable().describe('X-Request-Id; null where the load balancer gives none'),
    method: z.string().nullable().describe('null, as host and path, for a TCP connection'),
    host: z.string().nullable(),
    path: z.string().nullable().describe('Without the query'),
    pool: z.string().nullable().describe('null where none was found for it'),
    server: z.string().nullable(),
    status: z.number().nullable(),
    durationMs: z.number(),
    queueMs: milliseconds,
    connectMs: milliseconds,
    answerMs: milliseconds.describe('Until the head of the answer was there'),
    retries: z.number(),
    bytes: z.number(),
    end: z.string().describe("HAProxy's two letters; -- ended well"),
    ending: z.string().nullable().describe('The same in words; null where it ended well'),
    standsFor: z.number().describe('How many requests this line stands for: a busy listener logs one in 10 or 100'),
  })
  .meta({ id: 'LogLine' }) satisfies z.ZodType<Loose<wire.LogLine>>

const latency = z
  .object({
    from: z.enum(['log', 'average']).describe('average: too few lines in the access log for percentiles'),
    samples: z.number(),
    p50Ms: milliseconds,
    p90Ms: milliseconds,
    p99Ms: milliseconds,
    averageMs: milliseconds.describe("HAProxy's own, of the last 1024 requests"),
  })
  .describe('Until the head of the answer was there')

const topRow = z
  .object({
    loadBalancer: z.string(),
    pool: z.string().nullable(),
    server: z.string().nullable().describe('null: the load balancer itself'),
    requestsPerSecond: z.number().describe('Connections, for TCP'),
    errors4xxPerSecond: z.number(),
    errors5xxPerSecond: z.number(),
    failuresPerSecond: z.number().describe('Connections to a server that failed, and answers it broke off'),
    bytesInPerSecond: z.number(),
    bytesOutPerSecond: z.number(),
    sessions: z.number(),
    queued: z.number(),
    health: z.string().meta({ examples: ['2/3 up'] }),
    latency,
  })
  .meta({ id: 'TopRow' })

export const topSchema = z
  .object({ time, seconds: z.number().describe('Between the two readings'), items: z.array(topRow) })
  .meta({ id: 'Top' }) satisfies z.ZodType<Loose<wire.TopAnswer>>
