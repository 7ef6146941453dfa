// A health check as a user writes it becomes what HAProxy is to send and to expect; the same for an agent check.
import type { AgentCheck, HealthCheck, HealthProbe, HttpProbe } from '../model/health-check.ts'
import { parseHostPattern } from '../model/text.ts'
import { DEFAULT_CHECK, readDurationMs } from './defaults.ts'
import type { AgentCheckSpec, HealthCheckSpec } from './health-check-schema.ts'
import { parseStatuses } from './health-check-texts.ts'
import type { SpecProblem } from './parse-resource.ts'
import { parseEscapes } from './small-texts.ts'

type Report = (problem: SpecProblem) => void

/** The check with its rhythm; `path` is where its keys stand in the resource, for problems. */
export function readHealthCheck(spec: HealthCheckSpec, path: string, report: Report): HealthCheck {
  return {
    ...readProbe(spec, path, report),
    intervalMs: readDurationMs(spec.interval) ?? DEFAULT_CHECK.intervalMs,
    timeoutMs: readDurationMs(spec.timeout) ?? DEFAULT_CHECK.timeoutMs,
    rise: spec.rise ?? DEFAULT_CHECK.rise,
    fall: spec.fall ?? DEFAULT_CHECK.fall,
    port: spec.port ?? null,
  }
}

/** An agent check as a key of a server; absent where there is none. */
export function readAgentCheck(spec: AgentCheckSpec | undefined): { agentCheck?: AgentCheck } {
  if (!spec) return {}
  const intervalMs = readDurationMs(spec.interval) ?? DEFAULT_CHECK.intervalMs
  return { agentCheck: { port: spec.port, intervalMs, send: spec.send ?? null } }
}

type CheckType = NonNullable<HealthCheckSpec['type']>

/** Whose key each is, where it is not everybody's. */
const TYPES_OF_KEY: Readonly<Partial<Record<keyof HealthCheckSpec, readonly CheckType[]>>> = {
  path: ['http'],
  status: ['http'],
  method: ['http'],
  headers: ['http'],
  body: ['http'],
  bodyRegex: ['http'],
  host: ['http', 'grpc'],
  user: ['postgres', 'mysql'],
  service: ['grpc'],
  send: ['custom'],
  expect: ['custom'],
}

function findType(spec: HealthCheckSpec): CheckType {
  const { type, path, status, body, bodyRegex, expect } = spec
  if (type !== undefined) return type
  if ([path, status, body, bodyRegex].some((key) => key !== undefined)) return 'http'
  return expect === undefined ? 'tcp' : 'custom'
}

function readProbe(spec: HealthCheckSpec, path: string, report: Report): HealthProbe {
  const type = findType(spec)
  for (const [key, types] of Object.entries(TYPES_OF_KEY)) {
    if (key in spec && !types.includes(type))
      report({
        path: `${path}.${key}`,
        message: `belongs to a health check of type ${types.join(' or ')}; this one is ${type}`,
      })
  }
  switch (type) {
    case 'http':
      return readHttp(spec, path, report)
    case 'postgres':
    case 'mysql':
      if (spec.user === undefined)
        report({ path: `${path}.user`, message: `is missing; a ${type} check names a user, for example fairlead` })
      return { type, user: spec.user ?? '' }
    case 'grpc':
      return { type, service: spec.service ?? '', host: readHost(spec) ?? 'localhost' }
    case 'custom':
      return readCustom(spec, path, report)
    default:
      return { type }
  }
}

function readHost({ host }: HealthCheckSpec): string | null {
  const parsed = host === undefined ? null : parseHostPattern(host)
  return parsed?.ok ? parsed.value : null
}

function readHttp(spec: HealthCheckSpec, path: string, report: Report): HttpProbe {
  const { status = '200-399', method, headers = {}, body, bodyRegex } = spec
  const statuses = parseStatuses([status].flat().join(','))
  if (body !== undefined && bodyRegex !== undefined)
    report({ path: `${path}.bodyRegex`, message: 'stands beside body; give one of the two' })
  const looked = body === undefined ? 'bodyRegex' : 'body'
  if (method === 'HEAD' && (body ?? bodyRegex) !== undefined)
    report({ path: `${path}.${looked}`, message: 'is never there, since an answer to HEAD has no body; use GET' })
  const isText = body !== undefined
  const text = body ?? bodyRegex
  return {
    type: 'http',
    path: spec.path ?? '/',
    host: readHost(spec),
    statuses: statuses.ok ? statuses.value : [{ from: 200, to: 399 }],
    ...(method === undefined || method === 'GET' ? {} : { method }),
    ...(Object.keys(headers).length > 0 ? { headers: Object.entries(headers) } : {}),
    ...(text === undefined ? {} : { body: { kind: isText ? 'text' : 'regex', text } }),
  }
}

function readCustom(spec: HealthCheckSpec, path: string, report: Report): HealthProbe {
  if (spec.expect === undefined)
    report({ path: `${path}.expect`, message: 'is missing; a custom health check says what the answer must contain' })
  return {
    type: 'custom',
    send: readBytes(spec.send ?? '', `${path}.send`, report),
    expect: readBytes(spec.expect ?? '', `${path}.expect`, report),
  }
}

function readBytes(text: string, path: string, report: Report): string {
  const bytes = parseEscapes(text)
  if (bytes.ok) return bytes.value
  report({ path, message: bytes.message })
  return ''
}
