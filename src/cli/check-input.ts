// Inputs are held against the resource's own schema before anything is sent. The schema is loaded only when needed.

import type { Parsed } from '../model/parsed.ts'
import { parseTarget } from '../model/target.ts'
import type { SpecProblem } from '../spec/parse-resource.ts'
import type {
  BackendSpec,
  HealthCheckSpec,
  LoadBalancerInput,
  RateLimitSpec,
  RouteSpec,
  StickySpec,
  TlsSpec,
} from '../spec/schema.ts'
import { type Call, formatFlag, type Options } from './call.ts'
import { type Detail, RefusedInput } from './refusal.ts'

type Inputs = {
  readonly backend: BackendSpec
  readonly healthCheck: HealthCheckSpec
  readonly sticky: StickySpec
  readonly rateLimit: RateLimitSpec
  readonly route: RouteSpec
  readonly tls: TlsSpec
}

/** The part of a resource that options described, checked by its schema. Throws `RefusedInput`. */
export async function checkPart<K extends keyof Inputs>(call: Call, part: K, value: unknown): Promise<Inputs[K]> {
  const { checkWith } = await import('../spec/parse-resource.ts')
  const schemas = await import('../spec/schema.ts')
  const schema = schemas[`${part}Schema`]
  const checked = checkWith<unknown>(schema, value)
  if (!checked.ok) throw refuse(call, checked.problems)
  return checked.value as Inputs[K]
}

/** A whole resource, as its schema and its meaning allow it. Throws `RefusedInput`. */
export async function checkResource(call: Call, value: unknown): Promise<LoadBalancerInput> {
  const checked = await judgeResource(value)
  if (!checked.ok) throw refuse(call, checked.problems)
  return checked.value
}

/** The same as an answer: the resource, or every problem with its path. */
export async function judgeResource(value: unknown) {
  const { parseResource } = await import('../spec/parse-resource.ts')
  const { toFragment } = await import('../spec/to-fragment.ts')
  const checked = parseResource(value)
  if (!checked.ok) return checked
  const fragment = toFragment(checked.value, { source: 'file', id: checked.value.name, since: 0, version: 0 })
  return fragment.ok ? checked : fragment
}

/** A text one of the model's parsers must accept. Throws `RefusedInput` that names the option or argument. */
export function checkText<T>(what: string, text: string, parse: (text: string) => Parsed<T>): T {
  const parsed = parse(text)
  if (!parsed.ok) throw new RefusedInput('', [{ path: what, message: parsed.message }])
  return parsed.value
}

/** A target as a backend has it; one without a port passes where the load balancer may have a `targetPort`. */
export function checkTarget(text: string): string {
  checkText('--target', /^[^:]+$/.test(text) ? `${text}:80` : text, (whole) => {
    const parsed = parseTarget(whole)
    return parsed.ok ? parsed : parseTarget(text)
  })
  return text
}

/** The health check that the DSL describes: "http:/health:5s". Throws `RefusedInput`. */
export async function checkHealthCheck(call: Call, text: string): Promise<HealthCheckSpec> {
  const { parseHealthCheckText } = await import('../spec/health-check-texts.ts')
  return checkPart(call, 'healthCheck', checkText('--health-check', text, parseHealthCheckText))
}

/** The keys that have a value. */
export function compact(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))
}

function refuse(call: Call, problems: readonly SpecProblem[]): RefusedInput {
  const details = problems.map(({ path, message }) => ({ path: nameOption(path, call.options), message }))
  return new RefusedInput(`${details.length} values are not allowed, and nothing was changed`, unique(details))
}

/** `spec.port` is `--port` for whoever typed that. */
function nameOption(path: string, options: Options): string {
  const key =
    path
      .replace(/\[\d+\]/g, '')
      .split('.')
      .at(-1) ?? ''
  const given = Object.hasOwn(options, key)
    ? key
    : /backends\[\d+\]/.test(path) && 'target' in options
      ? 'target'
      : undefined
  return given === undefined ? path : formatFlag(given)
}

/** The same mistake of one option is told once. */
function unique(details: readonly Detail[]): readonly Detail[] {
  return details.filter(
    ({ path, message }, index) => details.findIndex((one) => one.path === path && one.message === message) === index,
  )
}
