// The addresses of a name and their owner at an RFC 2136 server: read, claimed, changed, taken away; each at once or not at all.
import { DnsFailure } from '../dns-failure.ts'
import { formatOwner, ownerRecordOf, parseOwner } from '../ownership.ts'
import type { AddressSet, FoundRecords } from '../provider.ts'
import { TYPE } from '../wire/codes.ts'
import { formatServer } from '../wire/exchange.ts'
import type { SentRecord } from '../wire/message.ts'
import { encodeAddress, encodeText, typeOfAddress } from '../wire/records.ts'
import type { Primary } from './primary.ts'
import { readRecords, type Update, update } from './requests.ts'
import { absent, addition, exactly, removal } from './update-records.ts'

/** How often somebody else may change the records between our look and our change. */
const MOST_TRIES = 3

/** What stands at a name and beside it. */
export async function readFound(
  primary: Primary,
  zone: string,
  name: string,
  signal: AbortSignal,
): Promise<FoundRecords> {
  const [records, texts] = await Promise.all([
    readRecords(primary, zone, { name, types: [TYPE.CNAME, TYPE.A, TYPE.AAAA] }, signal),
    readRecords(primary, zone, { name: ownerRecordOf(name), types: [TYPE.TXT] }, signal),
  ])
  const alias = records.find(({ type }) => type === TYPE.CNAME)
  const addresses = records.filter(({ type }) => type !== TYPE.CNAME)
  return {
    addresses: addresses.map(({ value }) => value),
    ttlSeconds: addresses[0]?.ttlSeconds ?? null,
    obstacle: alias ? `CNAME ${alias.value}` : null,
    owner: parseOwner(texts.map(({ value }) => value)),
  }
}

/** As `DnsProvider.put` says. */
export async function putAddresses(
  primary: Primary,
  zone: string,
  { wanted, owner, takeOver }: { readonly wanted: AddressSet; readonly owner: string; readonly takeOver: boolean },
  signal: AbortSignal,
): Promise<void> {
  const { name } = wanted
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const found = await readFound(primary, zone, name, signal)
    if (found.obstacle !== null || (isForeign(found, owner) && !takeOver)) throw notOurs(name, found)
    const outcome = await update(primary, { zone, name }, makeUpdate(wanted, owner, found), signal)
    if (outcome === 'done') return
  }
  throw restless(primary, name)
}

/** As `DnsProvider.remove` says. */
export async function removeAddresses(
  primary: Primary,
  zone: string,
  { name, owner }: { readonly name: string; readonly owner: string },
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const prerequisites = [ownedBy(name, owner)]
    const changes = removeAll(name)
    if ((await update(primary, { zone, name }, { prerequisites, changes }, signal)) === 'done') return
    const found = await readFound(primary, zone, name, signal)
    if (isForeign(found, owner)) throw notOurs(name, found)
    if (found.owner === null) return
  }
  throw restless(primary, name)
}

function isForeign({ addresses, owner: named }: FoundRecords, owner: string): boolean {
  return named === null ? addresses.length > 0 : named !== owner
}

/** What is presumed makes it safe: of two who found nothing one claims it, and what is changed is still ours then. */
function makeUpdate({ name, addresses, ttlSeconds }: AddressSet, owner: string, found: FoundRecords): Update {
  const additions = [
    ...addresses.map((each) => addition(name, typeOfAddress(each), ttlSeconds, encodeAddress(each))),
    addition(ownerRecordOf(name), TYPE.TXT, ttlSeconds, encodeText(formatOwner(owner))),
  ]
  const noAlias = absent(name, TYPE.CNAME)
  if (found.owner === owner)
    return { prerequisites: [noAlias, ownedBy(name, owner)], changes: [...removeAll(name), ...additions] }
  // Not as it should be, and we were told to take it all the same.
  if (isForeign(found, owner)) return { prerequisites: [noAlias], changes: [...removeAll(name), ...additions] }
  const nothing = [absent(name, TYPE.A), absent(name, TYPE.AAAA), absent(ownerRecordOf(name), TYPE.TXT)]
  return { prerequisites: [noAlias, ...nothing], changes: additions }
}

function ownedBy(name: string, owner: string): SentRecord {
  return exactly(ownerRecordOf(name), TYPE.TXT, encodeText(formatOwner(owner)))
}

function removeAll(name: string): SentRecord[] {
  return [removal(name, TYPE.A), removal(name, TYPE.AAAA), removal(ownerRecordOf(name), TYPE.TXT)]
}

function notOurs(name: string, { addresses, obstacle, owner }: FoundRecords): DnsFailure {
  const record = `TXT ${ownerRecordOf(name)}`
  const standing = addresses.length === 0 ? 'no addresses' : addresses.join(', ')
  if (obstacle !== null)
    return new DnsFailure('dns-not-ours', `${name} is a ${obstacle}; remove that record, or use another name`)
  if (owner === null)
    return new DnsFailure(
      'dns-not-ours',
      `${name} has ${standing}, and no ${record} says who made that; remove it, or take the name over`,
    )
  return new DnsFailure(
    'dns-not-ours',
    `${name} (${standing}) belongs to "${owner}", as ${record} says; use another name, or take it over`,
  )
}

function restless({ server }: Primary, name: string): DnsFailure {
  return new DnsFailure(
    'dns-refused',
    `somebody else changes ${name} at the DNS server ${formatServer(server)} all the time; see who that is, and try again`,
  )
}
