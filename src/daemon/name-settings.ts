// Settings about the names of load balancers: who issues their certificates, and who holds them in DNS.
import { type DnsSetting, formatDnsSetting, parseDnsSetting } from '../dns/dns-setting.ts'
import type { DnsPolicy } from '../dns/record-keeper.ts'
import { formatDuration, parseDuration } from '../model/duration.ts'
import { type Definition, duration, list, one, optional } from './setting-definition.ts'
import {
  type AcmeAccountBinding,
  parseAcmeAccountBinding,
  parseAcmeDirectory,
  parseAcmeProfile,
  parseEmail,
  parseIpAddress,
  parseNodeName,
  parseOneOf,
  parsePath,
  parseSwitch,
} from './setting-texts.ts'

/** The CA of whoever names none. */
export const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory'

const DNS_POLICIES = ['sync', 'upsert', 'create-only', 'none'] as const satisfies readonly DnsPolicy[]

/** What the daemon knows of them. Paths are absolute, null means: not given and not needed. */
export type NameSettings = {
  /** CAs in the order they are asked. */
  readonly acmeDirectories: readonly string[]
  /** Where what failed is tried out first; null: where the CA is known to have such a server. */
  readonly acmeTestDirectory: string | null
  readonly acmeAcceptTerms: boolean
  readonly acmeEmail: string | null
  readonly acmeCa: string | null
  readonly acmeEab: AcmeAccountBinding | null
  /** One of the CA's profiles; null: its usual one. */
  readonly acmeProfile: string | null
  /** How long certificates are to live; null: as the CA has it. */
  readonly acmeLifetimeMs: number | null
  /** Who holds zones for us. */
  readonly dns: readonly DnsSetting[]
  readonly dnsPolicy: DnsPolicy
  /** Who we are in DNS; null: a name made at the first start. */
  readonly dnsOwner: string | null
  readonly dnsTtlMs: number
  /** What names are to lead to; empty: the address of this machine. */
  readonly publicAddresses: readonly string[]
}

/** The definitions, in the order they are listed to a person. */
export const NAME_SETTINGS: { readonly [Field in keyof NameSettings]: Definition<NameSettings[Field]> } = {
  acmeDirectories: {
    ...list(
      'acmeDirectory',
      'URL',
      "the ACME server that certificates come from, Let's Encrypt by default; given again, the next one to ask",
      parseAcmeDirectory,
    ),
    fallback: () => [LETS_ENCRYPT],
  },
  acmeTestDirectory: optional(
    'acmeTestDirectory',
    'URL',
    "the CA's server for trying out: after a failure it is asked first",
    parseAcmeDirectory,
  ),
  acmeAcceptTerms: {
    ...one('acmeAcceptTerms', '', "accept the CA's terms of service, as naming a CA or an address does", parseSwitch),
    shape: 'switch',
    fallback: () => false,
  },
  acmeEmail: optional('acmeEmail', 'ADDRESS', 'where the ACME server may write to', parseEmail),
  acmeCa: optional('acmeCa', 'FILE', 'a certificate authority to trust for the ACME server', parsePath),
  acmeEab: {
    ...optional('acmeEab', 'KID:HMAC', 'the ACME account your certificate authority gave you', parseAcmeAccountBinding),
    format: (binding) => (binding === null ? '' : '(set)'),
  },
  acmeProfile: optional('acmeProfile', 'NAME', "one of the CA's profiles, for example shortlived", parseAcmeProfile),
  acmeLifetimeMs: {
    ...optional(
      'acmeLifetime',
      'DURATION',
      'how long certificates are to live, where the CA lets you say so',
      parseDuration,
    ),
    format: (ms) => (ms === null ? '' : formatDuration(ms)),
  },
  dns: {
    ...list(
      'dns',
      'KIND:ZONE?OPTIONS',
      'a DNS provider that holds a zone for us; docs/tls.md has them',
      parseDnsSetting,
    ),
    format: (settings) => settings.map(formatDnsSetting).join(', '),
  },
  dnsPolicy: {
    ...one(
      'dnsPolicy',
      'POLICY',
      'sync, upsert, create-only or none: what is done with records of our domains',
      (text) => parseOneOf(text, DNS_POLICIES),
    ),
    fallback: () => 'sync',
  },
  dnsOwner: optional('dnsOwner', 'NAME', 'who we are in DNS; the same on nodes that share names', parseNodeName),
  dnsTtlMs: duration('dnsTtl', 'how long the addresses of our domains may be remembered', 60_000),
  publicAddresses: list(
    'publicAddress',
    'ADDRESS',
    'an address that our domains lead to; that of this machine by default',
    parseIpAddress,
  ),
}
