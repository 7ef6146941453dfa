// The answers as schemas, for the OpenAPI document; the compiler holds them against the types of wire.ts.
import { z } from 'zod'
import { backendSchema, resourceSchema, routeSchema, specSchema } from '../spec/schema.ts'
import type * as wire from './wire.ts'

/** The type with every key that may be missing also allowed to be undefined, as zod has them. */
export type Loose<T> = T extends readonly (infer Item)[]
  ? readonly Loose<Item>[]
  : T extends object
    ? { [Key in keyof T]: object extends Pick<T, Key> ? Loose<T[Key]> | undefined : Loose<T[Key]> }
    : T

/** ISO 8601, UTC. */
export const time = z
  .string()
  .describe('ISO 8601, UTC')
  .meta({ examples: ['2026-11-20T09:30:00.000Z'] })
const labels = z.record(z.string(), z.string())

z.globalRegistry.add(resourceSchema, {
  id: 'Resource',
  description: 'A load balancer as a user writes it',
  examples: [
    {
      name: 'web-lb',
      spec: {
        type: 'http',
        port: 80,
        backends: [{ target: 'web-1:8080', weight: 50 }, { target: 'web-2:8080' }],
        healthCheck: { path: '/health', interval: '5s' },
      },
    },
  ],
})
z.globalRegistry.add(specSchema, { id: 'Spec' })
z.globalRegistry.add(backendSchema, { id: 'Backend' })
z.globalRegistry.add(routeSchema, { id: 'Route' })

export const errorSchema = z
  .object({
    error: z.string().describe('One sentence: what was given, what is allowed, what to do'),
    code: z.string().describe('Short and stable, for programs'),
    details: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
    request_id: z.string().optional(),
  })
  .meta({
    id: 'Error',
    examples: [
      {
        error: 'spec.port: 70000 is too large; use 1 to 65535',
        code: 'invalid',
        details: [{ path: 'spec.port', message: '70000 is too large; use 1 to 65535' }],
        request_id: 'req-4fd1c9a2b7e0',
      },
    ],
  }) satisfies z.ZodType<Loose<wire.ErrorBody>>

const problem = z.object({ code: z.string(), message: z.string(), path: z.string().optional() }).meta({ id: 'Problem' })

const lastApply = z
  .object({
    ms: z.number(),
    reload: z.boolean().describe('false: done at run time, no process was replaced'),
    because: z.array(z.string()),
    at: time,
  })
  .meta({ id: 'LastApply', description: 'How the last change was carried out' })

const health = z.enum(['up', 'down', 'drain', 'maint', 'checking', 'unresolved', 'no check', 'unknown'])

const backendStatus = z
  .object({
    target: z.string(),
    pool: z.string().describe('main, pool.<name> or route.<slug>'),
    address: z.string().nullable(),
    health,
    weight: z.number(),
    backup: z.boolean(),
    lastCheck: z.string(),
    sessions: z.number(),
    totalSessions: z.number(),
    queued: z.number(),
    errors: z.number(),
  })
  .meta({ id: 'BackendStatus', description: 'One server as HAProxy sees it right now' })

const obtainedDomain = z
  .object({
    domain: z.string(),
    state: z.enum(['serving', 'pending', 'expired']),
    isUnderWay: z.boolean(),
    steps: z.array(z.string()).describe('Of the last try'),
    notAfter: time.nullable(),
    renewAt: time.nullable().describe('When it is asked for next; null: by itself never'),
    lastError: z.string().nullable().describe('Why the last try failed, in the words of the CA'),
    failures: z.number().describe('Tries in a row that failed'),
    tries: z.number().describe('Tries that ended since the daemon started'),
  })
  .meta({ id: 'ObtainedDomain' })

export const recordSchema = z
  .object({
    domain: z.string(),
    addresses: z.array(z.string()).describe('Where names lead that are ours'),
    provider: z.string(),
    state: z
      .enum(['current', 'create', 'change', 'foreign', 'unknown'])
      .describe("As wanted, what is to be done, somebody else's, or not looked at yet"),
    lastError: z.string().nullable(),
    checkedAt: time.nullable(),
  })
  .meta({ id: 'DnsRecord' })

const tlsStatus = z
  .object({
    domains: z.array(z.string()),
    notAfter: time.nullable().describe('When the first of its certificates ends; null: there is none yet'),
    renewAt: time.nullable().describe('When the first of those that are obtained is asked for anew'),
    source: z.string().describe('A stored certificate, a file, or a domain for which one is obtained'),
    issuer: z.string().nullable(),
    default: z.boolean().describe('Whether it answers clients that ask for no name, or one nobody has'),
    lastError: z.string().nullable().describe('Why the source cannot be used now; the last good one is served'),
    obtained: z.array(obtainedDomain).optional().describe('The domains whose certificates are obtained'),
  })
  .meta({ id: 'TlsStatus' })

export const certificateSchema = z
  .object({
    name: z.string().describe('Of one that is obtained its domain'),
    domains: z.array(z.string()),
    notAfter: time.nullable().describe('When the first of its keys ends; null: there is none'),
    issuer: z.string().nullable().describe('Of the first of its keys'),
    keys: z.array(
      z.object({
        keyType: z.string().describe('rsa, ecdsa or ed25519'),
        fingerprint: z.string().describe('SHA-1 of the certificate'),
        names: z.array(z.string()),
        notBefore: time,
        notAfter: time,
        issuer: z.string(),
        fingerprintSha256: z.string(),
        chain: z.array(z.string()).describe("Subjects, the certificate's own first, each issued by the next"),
        complete: z.boolean().describe('Whether the chain ends with a root, or at one that browsers have'),
      }),
    ),
    usedBy: z.array(z.string()).describe('Load balancers by name'),
    updatedAt: time.nullable().describe('When it was stored, or came; null: it has not come yet, or that is not known'),
    problems: z.array(problem),
    obtained: z
      .object({
        renewAt: time.nullable().describe('When it is asked for next; null: it is under way, or never by itself'),
        isUnderWay: z.boolean(),
        lastError: z.string().nullable().describe('Why the last try failed, in the words of the CA'),
        failures: z.number().describe('Tries in a row that failed'),
      })
      .nullable()
      .describe('How it stands with one that Fairlead obtains itself; null: a user stored it'),
  })
  .meta({ id: 'Certificate', description: 'A certificate, stored or obtained, without its key' }) satisfies z.ZodType<
  Loose<wire.CertificateInfo>
>

const statusSchema = z
  .object({
    state: z.enum(['Running', 'Updating', 'Error']),
    conditions: z.array(z.object({ type: z.string(), status: z.boolean(), message: z.string() })),
    publicIp: z.string(),
    activeTargets: z.number(),
    backends: z.array(backendStatus),
    problems: z.array(problem),
    appliedVersion: z.number().nullable(),
    lastApply: lastApply.nullable(),
    tls: tlsStatus.optional(),
  })
  .meta({ id: 'Status' }) satisfies z.ZodType<Loose<wire.Status>>

export const loadBalancerSchema = z
  .object({
    id: z.string().meta({ examples: ['lb-a1b2c3d4e5'] }),
    name: z.string().meta({ examples: ['web-lb'] }),
    kind: z.literal('LoadBalancer'),
    version: z.number().describe('Grows with each change; what If-Match is held against'),
    labels,
    spec: specSchema,
    origin: z
      .object({ source: z.string(), id: z.string() })
      .describe('Only those of source `store` can be changed here'),
    status: statusSchema,
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'LoadBalancer' }) satisfies z.ZodType<Loose<wire.LoadBalancer>>

export const listSchema = z.object({
  items: z.array(loadBalancerSchema),
  nextCursor: z.string().optional().describe('Where more follow: the cursor of the next page'),
})

export const deletedSchema = z.object({ name: z.string(), deleted: z.literal(true), lastApply: lastApply.nullable() })

export const backendItemSchema = backendSchema.extend({ status: backendStatus.nullable() })

export const planSchema = z
  .object({
    plan: z.array(z.string()).describe('What would be done, line by line, as the log would tell it'),
    reload: z.boolean(),
    because: z.array(z.string()),
    problems: z.array(problem),
  })
  .meta({ id: 'Plan' }) satisfies z.ZodType<Loose<wire.PlanAnswer>>

export const historyEntrySchema = z
  .object({
    version: z.number(),
    revision: z.number(),
    action: z.enum(['create', 'update', 'delete', 'rollback']),
    author: z.string(),
    time,
    spec: specSchema.nullable(),
    labels,
  })
  .meta({ id: 'HistoryEntry' }) satisfies z.ZodType<Loose<wire.HistoryEntry>>

const haproxy = z.object({
  version: z.string(),
  pid: z.number().nullable(),
  workers: z.number(),
  reloads: z.number(),
  uptimeSeconds: z.number(),
  maxConnections: z.number(),
})

export const nodeSchema = z
  .object({ name: z.string(), vpcs: z.array(z.string()), version: z.string(), haproxy, loadBalancers: z.number() })
  .meta({ id: 'Node' }) satisfies z.ZodType<Loose<wire.Node>>

const connections = z
  .object({
    total: z.number(),
    tunnels: z.number().describe('WebSockets and whatever else a request was upgraded to'),
    tcp: z.number(),
    requests: z.number().describe('HTTP requests that are being answered'),
    idle: z.number().describe('HTTP clients that keep their connection and ask nothing at the moment'),
    isPartial: z.boolean().describe('true: too many to look at each; tunnels and requests are the least there are'),
  })
  .meta({ id: 'Connections' })

const oldWorker = z
  .object({
    pid: z.number(),
    generation: z.string().nullable().describe('The configuration it was started with'),
    ageSeconds: z.number(),
    oldSince: time,
    deadline: time,
    connections: connections.nullable().describe('null: it does not answer'),
    why: z.string().describe('Why it lives, in words'),
  })
  .meta({ id: 'OldWorker', description: 'A worker of an earlier configuration that lives for its last connections' })

export const haproxyStatusSchema = z
  .object({
    version: z.string(),
    masterPid: z.number().nullable(),
    workerPid: z.number().nullable(),
    generation: z.string().nullable().describe('The configuration in force'),
    uptimeSeconds: z.number().describe('Since HAProxy was started'),
    workerUptimeSeconds: z.number().describe('Since the last reload'),
    reloads: z.object({
      done: z.number().describe('Since HAProxy was started'),
      failed: z.number().describe('Refused by HAProxy since the daemon was started'),
      reasons: z.record(z.string(), z.number()).describe('How many had which reason since the daemon was started'),
    }),
    connections: z.object({ current: z.number(), max: z.number() }),
    oldWorkerLimit: z.number().describe('How many old workers may live'),
    oldWorkers: z.array(oldWorker),
    reserve: z
      .array(z.object({ profile: z.string(), free: z.number(), used: z.number(), leaving: z.number() }))
      .describe('Spare parts for changes without a reload'),
  })
  .meta({ id: 'HaproxyStatus' }) satisfies z.ZodType<Loose<wire.HaproxyStatus>>

export const fileSchema = z.object({ path: z.string(), content: z.string() })

export const checkSchema = z.object({ valid: z.boolean(), output: z.string().describe("HAProxy's own words") })

/** `{items: [...]}`, the form of every list. */
export function itemsOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item) })
}
