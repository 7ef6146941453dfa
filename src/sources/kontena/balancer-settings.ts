// The variables of the load balancer itself, beside its certificates; what makes no sense is left out and told.
import { parseGlobalLine } from '../../model/custom-line.ts'
import { quoted } from '../../model/parsed.ts'
import { parseCiphers, parseMonitorUri } from '../../spec/small-texts.ts'
import { readChallenges } from './challenges.ts'
import { type CustomSettings, readCustomLines } from './custom-lines.ts'
import type { Findings } from './findings.ts'
import type { KontenaBalancer } from './kontena.ts'
import { parseSyslogTarget } from './syslog-target.ts'

/** What they ask for. */
export type BalancerSettings = {
  /** null: no path is answered by the load balancer itself. */
  readonly healthUri: string | null
  readonly acceptsProxy: boolean
  readonly speaksHttp2: boolean
  /** null: HAProxy's own. */
  readonly ciphers: string | null
  /** Of every pool. */
  readonly custom: CustomSettings
  readonly globalLines: readonly string[]
  /** null: no page with statistics. */
  readonly statsPassword: string | null
  /** The answer by token. */
  readonly challenges: ReadonlyMap<string, string>
  /** What is left out or should be known, as sentences. */
  readonly remarks: readonly string[]
}

/** Read once: the same environment is asked about for each service. */
const READ = new WeakMap<KontenaBalancer['environment'], Map<string, BalancerSettings>>()

/** Reads them; lines that HAProxy refused on trial are left out. */
export function readBalancerSettings({ environment, trial }: Settable): BalancerSettings {
  const known = READ.get(environment) ?? new Map<string, BalancerSettings>()
  READ.set(environment, known)
  const key = JSON.stringify(trial?.refused ?? {})
  const settings = known.get(key) ?? readAnew({ environment, trial })
  known.set(key, settings)
  return settings
}

type Settable = Pick<KontenaBalancer, 'environment'> & { readonly trial?: KontenaBalancer['trial'] | undefined }

/** What came of trying a line, by the line as it would be written. */
type Refused = Readonly<Record<string, string>>

function readAnew({ environment, trial }: Settable): BalancerSettings {
  const remarks: string[] = []
  const refused = trial?.refused ?? {}
  return {
    healthUri: readHealthUri(environment, remarks),
    acceptsProxy: readProxy(environment, remarks),
    speaksHttp2: readHttp2(environment, remarks),
    ciphers: readCiphers(environment, refused, remarks),
    custom: readCustom(environment, refused, remarks),
    globalLines: readGlobalLines(environment, refused, remarks),
    statsPassword: readPassword(environment, remarks),
    challenges: readChallenges(environment, remarks),
    remarks,
  }
}

type Environment = KontenaBalancer['environment']

/** A variable that is empty is told, and counts as not set. */
function find(environment: Environment, name: string, remarks: string[]): string | null {
  const text = environment[name]
  if (text === undefined) return null
  if (text.trim() !== '') return text.trim()
  remarks.push(`${name} is empty and counts as not set; give it a value, or leave it out`)
  return null
}

function readHealthUri(environment: Environment, remarks: string[]): string | null {
  const text = find(environment, 'KONTENA_LB_HEALTH_URI', remarks)
  const parsed = text === null ? null : parseMonitorUri(text)
  if (parsed?.ok === false) remarks.push(`KONTENA_LB_HEALTH_URI: ${parsed.message}; it is left out`)
  return parsed?.ok ? parsed.value : null
}

/** As in Kontena any value counts, an empty one too. */
function readProxy(environment: Environment, remarks: string[]): boolean {
  const text = environment['KONTENA_LB_ACCEPT_PROXY']
  if (text !== undefined && ['false', 'no', 'off', '0', ''].includes(text.trim().toLowerCase()))
    remarks.push(
      `KONTENA_LB_ACCEPT_PROXY is ${quoted(text)} and counts all the same, as in Kontena: clients must speak the PROXY protocol; leave the variable out if they do not`,
    )
  return text !== undefined
}

/** As in Kontena only `false` counts. */
function readHttp2(environment: Environment, remarks: string[]): boolean {
  const text = environment['KONTENA_LB_HTTP2']?.trim() ?? 'true'
  if (!['true', 'false'].includes(text))
    remarks.push(`KONTENA_LB_HTTP2 is ${quoted(text)} and counts as true; only false takes HTTP/2 away`)
  return text !== 'false'
}

function readCiphers(environment: Environment, refused: Refused, remarks: string[]): string | null {
  const text = find(environment, 'KONTENA_LB_SSL_CIPHERS', remarks)?.replace(/[\s,]+/g, ':') ?? null
  if (text === null) return null
  const parsed = parseCiphers(text)
  const reason = parsed.ok ? refused[`ciphers ${text}`] : parsed.message
  if (reason !== undefined) remarks.push(`KONTENA_LB_SSL_CIPHERS: ${reason}; it is left out`)
  return reason === undefined ? text : null
}

function readCustom(environment: Environment, refused: Refused, remarks: string[]): CustomSettings {
  const text = environment['KONTENA_LB_CUSTOM_SETTINGS'] ?? ''
  const findings: Findings = { faults: [], remarks: [] }
  const { lines, timeouts } = readCustomLines(text, 'balancer', findings)
  for (const fault of findings.faults) remarks.push(`${fault}; the line is left out`)
  remarks.push(...findings.remarks)
  const good = lines.filter((line) => refused[line] === undefined)
  for (const line of lines.filter((one) => refused[one] !== undefined))
    remarks.push(`KONTENA_LB_CUSTOM_SETTINGS: ${quoted(line)} is left out: ${refused[line]}`)
  return { lines: good, timeouts }
}

function readGlobalLines(environment: Environment, refused: Refused, remarks: string[]): string[] {
  const text = environment['KONTENA_LB_GLOBAL_SETTINGS'] ?? ''
  const given = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.trim().startsWith('#'))
  const target = find(environment, 'SYSLOG_TARGET', remarks)
  const syslog = target === null ? null : parseSyslogTarget(target)
  if (syslog?.ok === false) remarks.push(`SYSLOG_TARGET: ${syslog.message}; it is left out`)
  const lines = given.flatMap((line) => {
    const parsed = parseGlobalLine(line)
    const reason = parsed.ok ? refused[`global ${parsed.value}`] : parsed.message
    if (reason !== undefined) remarks.push(`KONTENA_LB_GLOBAL_SETTINGS: ${quoted(line.trim())} is left out: ${reason}`)
    return parsed.ok && reason === undefined ? [parsed.value] : []
  })
  if (!syslog?.ok) return lines
  const reason = refused[`global ${syslog.value}`]
  if (reason !== undefined) remarks.push(`SYSLOG_TARGET is left out: ${reason}`)
  return reason === undefined ? [...lines, syslog.value] : lines
}

/** What is refused of it is not said again. */
function readPassword(environment: Environment, remarks: string[]): string | null {
  const text = environment['STATS_PASSWORD'] ?? ''
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (!/[\x00-\x1f\x7f]/.test(text) && Buffer.byteLength(text) <= MOST_PASSWORD_BYTES)
    return find(environment, 'STATS_PASSWORD', remarks) === null ? null : text
  remarks.push(
    `STATS_PASSWORD has control characters or more than ${MOST_PASSWORD_BYTES} bytes; there is no page with statistics`,
  )
  return null
}

const MOST_PASSWORD_BYTES = 256
