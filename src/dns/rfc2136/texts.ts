// TXT values at an RFC 2136 server, one beside the others: what proves a name to a CA.
import type { Resolver } from 'node:dns/promises'
import { outcomeOf } from '../../io/outcome.ts'
import { quoted } from '../../model/parsed.ts'
import { awaitText, makeResolver, type NameServer, resolveNameServer } from '../authoritative.ts'
import { DnsFailure } from '../dns-failure.ts'
import { findZone, zoneOf } from '../find-zone.ts'
import { TYPE } from '../wire/codes.ts'
import { formatServer } from '../wire/exchange.ts'
import { encodeText } from '../wire/records.ts'
import type { Primary } from './primary.ts'
import { ask, readRecords, update } from './requests.ts'
import { absent, addition, removalOf } from './update-records.ts'

/** Where texts are written, and who else tells them. */
export type TextZones = {
  readonly primary: Primary
  readonly zones: readonly string[]
  /** At which the zones' name servers answer the world. */
  readonly nameServerPort: number
  /** After which one that gives no answer is not waited for any more. */
  readonly silenceMs: number
}

/** A CA looks at once, and a value is gone within minutes. */
const TTL_SECONDS = 60
const MOST_ALIASES = 8
const MOST_TRIES = 3

/** As `DnsProvider.addText` says. A CNAME at the name leads to where the value is written. */
export async function addText(where: TextZones, name: string, value: string, signal: AbortSignal): Promise<void> {
  const { primary } = where
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const place = await findPlace(where, name, signal)
    const [beside] = await readRecords(primary, place.zone, { name: place.name, types: [TYPE.TXT] }, signal)
    // All values of a name have one TTL: that of those which stand there stays as it is.
    const added = addition(place.name, TYPE.TXT, beside?.ttlSeconds ?? TTL_SECONDS, encodeText(value))
    // Beside a CNAME a server would leave it out and say that all is well (RFC 2136 section 3.4.2.2).
    const change = { prerequisites: [absent(place.name, TYPE.CNAME)], changes: [added] }
    if ((await update(primary, place, change, signal)) === 'unmet') continue
    const servers = await findNameServers(where, place.zone, signal)
    // The primary has it already.
    return awaitText(place.name, value, { servers, atLeast: 0, silenceMs: where.silenceMs }, signal)
  }
  throw new DnsFailure(
    'dns-refused',
    `somebody else changes ${name} at the DNS server ${formatServer(primary.server)} all the time; see who that is, and try again`,
  )
}

/** As `DnsProvider.removeText` says. */
export async function removeText(where: TextZones, name: string, value: string, signal: AbortSignal): Promise<void> {
  const place = await findPlace(where, name, signal)
  const changes = [removalOf(place.name, TYPE.TXT, encodeText(value))]
  await update(where.primary, place, { prerequisites: [], changes }, signal)
}

type Place = { readonly zone: string; readonly name: string }

/** Where the value is to stand: at the name, or at the end of the CNAMEs that begin there (delegation to another zone). */
async function findPlace({ primary, zones }: TextZones, first: string, signal: AbortSignal): Promise<Place> {
  let name = first
  let zone = zoneOf(name, zones)
  for (let followed = 0; followed < MOST_ALIASES; followed++) {
    const [alias] = await readRecords(primary, zone, { name, types: [TYPE.CNAME] }, signal)
    if (alias === undefined) return { zone, name }
    const next = findZone(alias.value, zones)
    if (next === undefined)
      throw new DnsFailure(
        'dns-zone',
        `${first} leads by CNAME to ${quoted(alias.value)}, which lies in none of the zones given (${zones.join(', ')}); give that zone too, or remove the CNAME`,
      )
    name = alias.value
    zone = next
  }
  throw new DnsFailure('dns-refused', `${first} leads by CNAME over more than ${MOST_ALIASES} names; remove the CNAME`)
}

/** The name servers that the zone itself names; addresses in our zones are asked for at the primary, others of the system. */
async function findNameServers(where: TextZones, zone: string, signal: AbortSignal): Promise<NameServer[]> {
  const { answers } = await ask(where.primary, zone, { name: zone, type: TYPE.NS }, signal)
  const names = answers.filter(({ type, name }) => type === TYPE.NS && name === zone).map(({ value }) => value)
  const resolver = makeResolver()
  const cancel = () => resolver.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  const found = await Promise.all(names.map((name) => findNameServer(where, name, resolver, signal)))
  signal.removeEventListener('abort', cancel)
  signal.throwIfAborted()
  return found
}

async function findNameServer(
  where: TextZones,
  name: string,
  resolver: Resolver,
  signal: AbortSignal,
): Promise<NameServer> {
  const { primary, zones, nameServerPort: port } = where
  const zone = findZone(name, zones)
  const found = zone === undefined ? [] : await readAddresses(primary, zone, name, signal)
  if (found.length === 0) return resolveNameServer(name, port, resolver)
  return { name, addresses: found.map((host) => ({ host, port })) }
}

/** None where the primary does not have them itself: they may lie in a zone below. */
async function readAddresses(primary: Primary, zone: string, name: string, signal: AbortSignal): Promise<string[]> {
  const asked = [TYPE.A, TYPE.AAAA].map((type) => outcomeOf(ask(primary, zone, { name, type }, signal)))
  const answers = (await Promise.all(asked)).flatMap((each) => (each.ok ? each.value.answers : []))
  return answers.filter(({ type }) => type === TYPE.A || type === TYPE.AAAA).map(({ value }) => value)
}
