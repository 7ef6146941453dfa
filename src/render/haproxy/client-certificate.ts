// Clients that prove by a certificate who they are: what a listener notes of it, and what a pool asks.
//
// One connection may carry requests for several hosts (HTTP/2), and a TLS session that was begun for one name may be
// resumed for another: HAProxy before 3.2 does not ask again then. So the handshake alone guards nothing: each request is
// held against the certificate of its connection. A port has CAs of one file, so that a certificate that was good for
// one load balancer is good for every other one that asks there.

import type { Capabilities } from '../../model/capabilities.ts'
import type { Listener } from '../../model/config.ts'
import type { ClientCertificate } from '../../model/guards.ts'
import { HANDED_OVER } from './hand-over.ts'

const VERIFIED = 'X-Client-Cert-Verified'
const SUBJECT = 'X-Client-Cert-Subject'

/** The first rules of a listener some of whose load balancers ask for certificates: what servers are told is HAProxy's word alone. */
export function renderClientFacts(
  { tls }: Pick<Listener, 'tls'>,
  { hostOnly }: Pick<Capabilities, 'hostOnly'>,
): string[] {
  if (!tls?.clients) return []
  const host = `req.hdr(host),field(1,/),${hostOnly ? 'host_only' : 'regsub(:[0-9]+$,)'},lower`
  const isVerified = 'if { ssl_c_used } { ssl_c_verify 0 }'
  return [
    // What the worker before this one noted of the connection is kept.
    `http-request del-header x-client-cert- -m beg unless ${HANDED_OVER}`,
    `http-request set-header ${VERIFIED} true ${isVerified}`,
    `http-request set-header ${SUBJECT} %[ssl_c_s_dn(,0,rfc2253)] ${isVerified}`,
    'http-request set-var(txn.sni) ssl_fc_sni,lower',
    // Only of the name it was asked for can be said that there is none.
    `http-request set-header ${VERIFIED} false if !{ ssl_c_used } { ${host},strcmp(txn.sni) eq 0 }`,
  ]
}

/** The first rule of a pool: 421 has a client that can do better come again on a connection of its own (RFC 9110, section 15.5.20). */
export function renderClientGate(asked: ClientCertificate): string[] {
  const isKnown = `{ req.hdr(${VERIFIED}) ${asked === 'required' ? '-m str true' : '-m found'} }`
  const answer = 'content-type text/plain string "This connection has no client certificate for this host.\\n"'
  return [`http-request return status 421 ${answer} unless { ssl_fc } ${isKnown} or ${HANDED_OVER} ${isKnown}`]
}
