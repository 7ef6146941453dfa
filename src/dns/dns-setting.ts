// A DNS provider as a setting gives it: `rfc2136:example.com?server=127.0.0.1:53&key-file=/etc/fairlead/tsig.key`.
import { accepted, type Parsed, quoted, refused } from '../model/parsed.ts'
import { parseTarget } from '../model/target.ts'
import { parseHostPattern } from '../model/text.ts'

/** What each kind needs, and what it may be given. Secrets stand in files, never in a setting. */
export const DNS_KINDS = {
  rfc2136: { needs: ['server'], may: ['key-file', 'key-name', 'name-server-port'] },
  cloudflare: { needs: ['token-file'], may: ['endpoint'] },
  route53: { needs: ['credentials-file'], may: ['region', 'endpoint'] },
  digitalocean: { needs: ['token-file'], may: ['endpoint'] },
  hetzner: { needs: ['token-file'], may: ['endpoint'] },
  powerdns: { needs: ['url', 'token-file'], may: ['server-id'] },
} as const satisfies Record<string, { needs: readonly string[]; may: readonly string[] }>

export type DnsKind = keyof typeof DNS_KINDS

/** A provider, its zones in lower case, and its options by name. */
export type DnsSetting = {
  readonly kind: DnsKind
  readonly zones: readonly string[]
  readonly options: Readonly<Record<string, string>>
}

/** Strict: every option is known, and each that is needed is there. */
export function parseDnsSetting(text: string): Parsed<DnsSetting> {
  const [, kind = '', zoneText = '', query = ''] = /^([^:]*):([^?]*)\??(.*)$/s.exec(text) ?? []
  if (!isKind(kind)) {
    const example = 'rfc2136:example.com?server=127.0.0.1:53&key-file=/etc/fairlead/tsig.key'
    return refused(
      `${quoted(text)} names no DNS provider; write ${Object.keys(DNS_KINDS).join(', ')}, as in ${example}`,
    )
  }
  const zones = parseZones(zoneText, kind)
  if (!zones.ok) return zones
  const given = [...new URLSearchParams(query)]
  const { needs, may } = DNS_KINDS[kind]
  const known: readonly string[] = [...needs, ...may]
  const unknown = given.find(([name]) => !known.includes(name))
  if (unknown) return refused(`${kind} has no option ${quoted(unknown[0])}; it has ${known.join(', ')}`)
  const options = Object.fromEntries(given)
  const missing = needs.find((name) => !options[name])
  if (missing) return refused(`${kind}:${zoneText} lacks ${missing}; write ${kind}:${zoneText}?${missing}=…`)
  const server = options['server'] === undefined ? null : parseServer(options['server'])
  if (server?.ok === false) return server
  return accepted({ kind, zones: zones.value, options })
}

/** `HOST` or `HOST:PORT`; 53 where there is none. */
export function parseServer(text: string): Parsed<{ readonly host: string; readonly port: number }> {
  const hasPort = /^(\[[^\]]*\]|[^:]*):\d+$/.test(text)
  const parsed = parseTarget(hasPort ? text : `${text}:53`)
  return parsed.ok ? parsed : refused(`${quoted(text)} is not a DNS server; write 192.0.2.53 or ns.example.com:53`)
}

function isKind(text: string): text is DnsKind {
  return Object.hasOwn(DNS_KINDS, text)
}

function parseZones(text: string, kind: string): Parsed<readonly string[]> {
  const zones: string[] = []
  for (const zone of text.split(',').filter((part) => part !== '')) {
    const parsed = parseHostPattern(zone)
    if (!parsed.ok || parsed.value.startsWith('*')) return refused(`${quoted(zone)} is not a zone; write example.com`)
    zones.push(parsed.value)
  }
  return zones.length > 0 ? accepted(zones) : refused(`${kind} has no zone; write ${kind}:example.com?…`)
}

/** As it was given: there is no secret in it. */
export function formatDnsSetting({ kind, zones, options }: DnsSetting): string {
  const query = Object.entries(options).map(([name, value]) => `${name}=${value}`)
  return `${kind}:${zones.join(',')}?${query.join('&')}`
}
