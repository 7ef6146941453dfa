// What servers are told about the client: by us alone, or by the proxies in front of us that are trusted.
import type { Listener } from '../../model/config.ts'
import type { ProcessSettings } from './process-settings.ts'

/** HAProxy reads at most 64 words of a line. */
const NETWORKS_A_LINE = 40

/** So many proxies in a row are believed; what the one before them says is not looked at. HAProxy counts back to 10. */
const MOST_HOPS = 5

/**
 * The peer's address, written out once for a connection: doing so costs a worker of 2.6.12 1,500 instructions, of the
 * 42,600 it spends on a request in all.
 */
export const NOTED_PEER = 'tcp-request session set-var(sess.peer) src,lower'

const ADD_PEER = 'http-request add-header X-Forwarded-For %[var(sess.peer)]'

/**
 * The first rules of a listener. What a client says about itself goes; a trusted proxy's word is kept, and the client it
 * names is the one whose requests are counted, let in and logged.
 */
export function renderForwarded(
  { trustedProxies }: Pick<ProcessSettings, 'trustedProxies'>,
  { tls }: Pick<Listener, 'tls'>,
): string[] {
  const scheme = tls ? 'https' : 'http'
  if (trustedProxies.length === 0)
    return [
      'http-request del-header x-forwarded- -m beg',
      'http-request del-header x-real-ip',
      'http-request del-header forwarded',
      ADD_PEER,
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
    ADD_PEER,
    `http-request set-header X-Forwarded-Proto ${scheme} unless trusted { req.hdr(x-forwarded-proto) -m str http https }`,
    ...Array.from({ length: MOST_HOPS }, (_, index) => renderHop(index + 1)).flat(),
  ]
}

/** An address as proxies write it: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`. */
const WITHOUT_PORT = 'regsub("^([0-9.]+):[0-9]+$","\\1"),regsub("^[[]([^]]*)[]](:[0-9]+)?$","\\1")'

/**
 * One step from the right: whom we take for the client is a trusted proxy, so it is whom that one names. The last address
 * is the peer's own, written down above. What is no address passes no `ipmask`, and the way ends there.
 */
function renderHop(hop: number): string[] {
  const address = `'req.hdr(x-forwarded-for,-${hop + 1}),${WITHOUT_PORT},ipmask(32,128)'`
  const isTrusted = hop === 1 ? '{ var(txn.trusted) -m bool }' : `{ var(txn.hop${hop - 1}) -m found } trusted`
  return [
    `http-request set-var(txn.hop${hop}) ${address} if ${isTrusted}`,
    `http-request set-src var(txn.hop${hop}) if { var(txn.hop${hop}) -m found }`,
  ]
}

/**
 * The same in one header of its own (RFC 7239): the client we know, and nothing of what anybody else says; and what the
 * request came to, where no trusted proxy has said it.
 */
export function renderForwardedHeader(): string[] {
  const client = `for=%[src,regsub("^(.*:.*)$","\\"[\\1]\\"")]`
  const scheme = 'proto=%[req.hdr(x-forwarded-proto),regsub("[^a-zA-Z]","",g)]'
  // What no name of a host has could end the quotes.
  const isPlain = '{ req.fhdr(host) -m reg ^[][A-Za-z0-9._:-]+$ }'
  return [
    'http-request set-header X-Forwarded-Port %[dst_port] unless { req.fhdr(x-forwarded-port) -m reg ^[0-9]{1,5}$ }',
    'http-request set-header X-Forwarded-Host %[req.fhdr(host)] if { req.hdr(host) -m found } !{ req.hdr(x-forwarded-host) -m found }',
    `http-request set-header Forwarded '${client};${scheme}'`,
    `http-request set-header Forwarded '${client};${scheme};host="%[req.fhdr(host)]"' if ${isPlain}`,
  ]
}
