// What a DNS server's refusals mean, as a person can act on them.
import { DnsFailure } from '../dns-failure.ts'
import { ownerRecordOf } from '../ownership.ts'
import { formatRcode, RCODE, TSIG_ERROR, TYPE } from '../wire/codes.ts'
import { formatServer } from '../wire/exchange.ts'
import type { ReadMessage } from '../wire/message.ts'
import { isWithin } from '../wire/names.ts'
import type { Primary, Subject } from './primary.ts'
import type { TsigKey } from './tsig-key.ts'

/** The server does not take our signature. */
export function explainKey({ server }: Primary, { name, algorithm }: TsigKey, error: number): DnsFailure {
  const who = `the DNS server ${formatServer(server)}`
  const message =
    error === TSIG_ERROR.BADKEY
      ? `${who} does not know the key "${name}" with ${algorithm} (BADKEY); give the name and the algorithm that stand in its own key statement`
      : `${who} has another secret for the key "${name}" (BADSIG); give the secret that stands in its own key statement`
  return new DnsFailure('dns-credentials', message)
}

/** `seconds` is how far our clock is ahead of the server's. */
export function explainClock({ server }: Primary, seconds: number, allowedSeconds: number): DnsFailure {
  const where = seconds < 0 ? 'behind' : 'ahead of'
  return new DnsFailure(
    'dns-clock',
    `the clock of this machine is ${Math.abs(seconds)} s ${where} that of the DNS server ${formatServer(server)}, and ${allowedSeconds} s are allowed (BADTIME); set both by NTP`,
  )
}

/** Any other answer that is no success. */
export function explainRefusal({ server, key }: Primary, { zone, name, isChange }: Subject, rcode: number): DnsFailure {
  const who = `the DNS server ${formatServer(server)}`
  const whom = key ? `the key "${key.name}"` : 'anybody without a key'
  const word = formatRcode(rcode)
  const beside = name.startsWith('_') ? '' : `, TXT at ${ownerRecordOf(name)} too`
  if (rcode === RCODE.REFUSED && isChange)
    return new DnsFailure(
      'dns-credentials',
      `${who} does not let ${whom} change ${name} (${word}); see that it is the primary of ${zone}, and allow it in the zone's update-policy${beside}`,
    )
  if (rcode === RCODE.REFUSED)
    return new DnsFailure(
      'dns-credentials',
      `${who} does not answer questions about ${name} (${word}); see that it has the zone ${zone}, and that ${whom} may ask`,
    )
  if (rcode === RCODE.NOTAUTH || rcode === RCODE.NOTZONE)
    return new DnsFailure(
      'dns-zone',
      `${who} is not the primary of the zone ${zone} of ${name} (${word}); give the zone's primary server, or correct the zone`,
    )
  const advice =
    rcode === RCODE.NOTIMP ? 'give a server that takes dynamic updates (RFC 2136)' : 'its log says why; try again later'
  return new DnsFailure('dns-refused', `${who} does not ${isChange ? 'change' : 'tell'} ${name} (${word}); ${advice}`)
}

/** What is wrong where the server answers, but not with a zone of its own that is the one meant; null: all is well. */
export function explainElsewhere(
  { server }: Primary,
  { zone, name }: { readonly zone: string; readonly name: string },
  { isAuthoritative, answers, authorities }: ReadMessage,
): DnsFailure | null {
  const who = `the DNS server ${formatServer(server)}`
  const [marker] = authorities.filter(({ type }) => type === TYPE.NS || type === TYPE.SOA)
  const inner = marker && marker.name !== zone && isWithin(marker.name, zone) ? marker.name : null
  if (inner !== null && (!isAuthoritative || answers.length === 0))
    return new DnsFailure(
      'dns-zone',
      `${name} lies in ${inner}, which is a zone of its own and not ${zone}; give that zone, and its primary server`,
    )
  const isAbove = marker !== undefined && marker.name !== zone && answers.length === 0
  if (isAuthoritative && !isAbove) return null
  return new DnsFailure(
    'dns-zone',
    `${who} does not have the zone ${zone} of ${name} itself; give the zone's primary server, or correct the zone`,
  )
}
