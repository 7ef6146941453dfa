// KONTENA_LB_CUSTOM_SETTINGS: raw lines, those of old HAProxy as it takes them now, timeouts as keys of the resource.
import { parseCustomLine } from '../../model/custom-line.ts'
import { parseDuration } from '../../model/duration.ts'
import { quoted } from '../../model/parsed.ts'
import { splitLine } from '../../render/template/config-line.ts'
import { rewriteDirective } from '../../render/template/legacy-directives.ts'
import type { LoadBalancerSpec } from '../../spec/schema.ts'
import type { Findings } from './findings.ts'

type Timeouts = NonNullable<LoadBalancerSpec['timeouts']>

/** What the lines ask for. */
export type CustomSettings = { readonly lines: readonly string[]; readonly timeouts: Timeouts }

/** Each line is read alone, so that none can reach into another. */
export function readCustomLines(text: string, mode: 'http' | 'tcp' | 'balancer', findings: Findings): CustomSettings {
  const given = text.split(/\r?\n/).map((line) => line.trim())
  const hasStickTable = given.some((line) => /^stick-table\s/.test(line))
  const lines: string[] = []
  let timeouts: Timeouts = {}
  for (const [index, line] of given.entries()) {
    if (line === '' || line.startsWith('#')) continue
    const where = `line ${index + 1} of KONTENA_LB_CUSTOM_SETTINGS`
    const modern = modernise(line, hasStickTable, where, findings)
    const timeout = modern.length === 1 ? parseTimeout(modern[0] ?? '', mode === 'balancer') : null
    if (timeout && mode === 'http' && 'client' in timeout)
      findings.remarks.push(`${where}: timeout client is of the port, which all services share; it is left out`)
    else if (timeout) timeouts = { ...timeouts, ...timeout }
    else lines.push(...checkLines(modern, where, findings))
  }
  return { lines, timeouts }
}

function modernise(line: string, hasStickTable: boolean, where: string, { faults, remarks }: Findings): string[] {
  const split = splitLine(line)
  if (!split) {
    faults.push(`${where} is ${quoted(line)}, with a quote that does not end; end it, or write \\" for a quote itself`)
    return []
  }
  const rewrite = rewriteDirective(split.words, { kind: 'backend', hasStickTable })
  if (!rewrite) return [line]
  if (rewrite.kind === 'refused') {
    faults.push(`${where}: ${rewrite.message}`)
    return []
  }
  const now = rewrite.lines.length > 0 ? `is taken as ${rewrite.lines.join('; ')}` : 'is left out'
  remarks.push(`${where}: ${quoted(line)} ${now}: ${rewrite.because}`)
  return [...rewrite.lines]
}

function checkLines(lines: readonly string[], where: string, { faults }: Findings): string[] {
  return lines.flatMap((line) => {
    const parsed = parseCustomLine(line)
    if (parsed.ok) return [parsed.value]
    faults.push(`${where}: ${parsed.message}`)
    return []
  })
}

/** `timeout server 5m`; a number alone is of milliseconds. Those of requests are the port's. */
function parseTimeout(line: string, isOfPort: boolean): Timeouts | null {
  const [, name = '', count = '', unit = 'ms'] = /^timeout\s+([a-z-]+)\s+(\d+)(ms|s|m|h|d)?$/.exec(line) ?? []
  const key = KEYS[name] ?? (isOfPort ? PORT_KEYS[name] : undefined)
  return key !== undefined && parseDuration(`${count}${unit}`).ok ? { [key]: `${count}${unit}` } : null
}

type Keys = Readonly<Record<string, keyof Timeouts>>
const KEYS: Keys = { client: 'client', server: 'server', connect: 'connect', queue: 'queue', tunnel: 'tunnel' }
const PORT_KEYS: Keys = { 'http-request': 'httpRequest', 'http-keep-alive': 'keepAlive' }
