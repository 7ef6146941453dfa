// What servers are told about the client: by us alone, or by the proxies in front of us that are trusted.
import type { ProcessSettings } from './process-settings.ts'

/** HAProxy reads at most 64 words of a line. */
const NETWORKS_A_LINE = 40

/**
 * The first rules of a listener. What a client says about itself goes; a trusted proxy's word is kept, and the client it
 * names is the one whose requests are counted, let in and logged.
 */
export function renderForwarded({ trustedProxies }: Pick<ProcessSettings, 'trustedProxies'>, scheme: string): string[] {
  if (trustedProxies.length === 0)
    return [
      'http-request del-header x-forwarded- -m beg',
      'http-request del-header x-real-ip',
      'http-request del-header forwarded',
      'http-request add-header X-Forwarded-For %[src]',
      `http-request add-header X-Forwarded-Proto ${scheme}`,
    ]
  const lines = Math.ceil(trustedProxies.length / NETWORKS_A_LINE)
  const acls = Array.from({ length: lines }, (_, index) =>
    ['acl trusted src', ...trustedProxies.slice(index * NETWORKS_A_LINE, (index + 1) * NETWORKS_A_LINE)].join(' '),
  )
  return [
    ...acls,
    // Asked once: the address of the client is another one below.
    'http-request set-var(txn.trusted) bool(true) if trusted',
    'http-request del-header x-forwarded- -m beg unless trusted',
    'http-request del-header x-real-ip unless trusted',
    'http-request del-header forwarded unless trusted',
    'http-request add-header X-Forwarded-For %[src]',
    `http-request set-header X-Forwarded-Proto ${scheme} unless trusted { req.hdr(x-forwarded-proto) -m str http https }`,
    // The last address is the proxy's own, written down above; the one before it is what the proxy saw.
    'http-request set-src req.hdr_ip(x-forwarded-for,-2) if { var(txn.trusted) -m bool } { req.hdr_cnt(x-forwarded-for) gt 1 }',
  ]
}
