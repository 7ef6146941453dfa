// DNS for the names of load balancers: the providers of the settings, who we are, and where names lead.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { openProvider } from '../dns/open-provider.ts'
import type { DnsProvider } from '../dns/provider.ts'
import { RecordBook } from '../dns/record-book.ts'
import { RecordKeeper, type RecordNews } from '../dns/record-keeper.ts'
import { readTextFile, writeFileAtomic } from '../io/atomic-file.ts'
import { findPublicIp } from './public-ip.ts'
import type { Settings } from './settings.ts'

/** What is needed of DNS. */
export type Dns = { readonly providers: readonly DnsProvider[]; readonly owner: string }

/** Nothing is asked yet. */
export async function openDns({ dns, dnsOwner, stateDir }: Settings): Promise<Dns> {
  return { providers: dns.map(openProvider), owner: dnsOwner ?? (await readOrMakeOwner(stateDir)) }
}

/** A name nobody else has: two who share one would take each other's records for their own. */
async function readOrMakeOwner(stateDir: string): Promise<string> {
  const path = join(stateDir, 'dns-owner')
  const known = (await readTextFile(path))?.trim()
  if (known) return known
  const made = `fairlead-${randomBytes(6).toString('hex')}`
  await writeFileAtomic(path, `${made}\n`)
  return made
}

/** Makes what keeps the records. */
export function openRecordKeeper(
  { providers, owner }: Dns,
  { stateDir, dnsPolicy, dnsTtlMs, publicAddresses }: Settings,
  tell: (news: RecordNews) => void,
): RecordKeeper {
  return new RecordKeeper({
    providers,
    owner,
    policy: dnsPolicy,
    ttlSeconds: Math.max(1, Math.round(dnsTtlMs / 1000)),
    addresses: () => findPublicAddresses(publicAddresses),
    book: new RecordBook(join(stateDir, 'dns-records.json')),
    tell,
    now: Date.now,
  })
}

/** Those of the settings, else the one this machine can tell. */
export function findPublicAddresses(given: readonly string[]): readonly string[] {
  const found = given.length > 0 ? given : [findPublicIp()]
  return [...new Set(found.filter((address) => address !== ''))].sort()
}
