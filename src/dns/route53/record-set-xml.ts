// Route 53's sets of records, from its XML and into it.
import { isChange } from '../change-sets.ts'
import type { RecordSet, SetChange, StoredRecord } from '../record-store.ts'
import { quoteText, unquoteText } from '../text-value.ts'
import { normalizeName } from '../wire/names.ts'
import { elementsAt, escapeXml, textAt, type XmlElement } from './xml.ts'

/** Its own spelling: what is deleted must be named exactly. */
export type Kept = { readonly value: string }

/** Names with octal escapes (`\052` is the star of a wildcard) as everybody writes them. */
export function readName(name: string): string {
  return normalizeName(name.replace(/\\(\d{3})/g, (_all, digits) => String.fromCharCode(Number.parseInt(digits, 8))))
}

/** A set that leads elsewhere (an alias), or one of several with a routing policy, is none of ours to change. */
export function readSet(element: XmlElement): RecordSet<Kept> {
  const type = textAt(element, 'Type') ?? ''
  const values = elementsAt(element, 'ResourceRecords/ResourceRecord/Value').map(({ text }) => text.trim())
  const alias = textAt(element, 'AliasTarget/DNSName')
  const policy = textAt(element, 'SetIdentifier')
  const records = values.map((value) => ({ value: readValue(type, value), kept: { value } }))
  return {
    name: readName(textAt(element, 'Name') ?? ''),
    type,
    ttlSeconds: Number(textAt(element, 'TTL') ?? 0),
    records: alias === undefined ? records : [{ value: normalizeName(alias), kept: null }],
    obstacle: findObstacle(type, alias, policy),
  }
}

function findObstacle(type: string, alias: string | undefined, policy: string | undefined): string | undefined {
  if (type !== 'A' && type !== 'AAAA') return undefined
  if (alias !== undefined) return `ALIAS ${normalizeName(alias)}`
  return policy === undefined ? undefined : `${type} records with a routing policy ("${policy}")`
}

function readValue(type: string, value: string): string {
  if (type === 'TXT') return unquoteText(value, 8)
  return type === 'CNAME' ? normalizeName(value) : value
}

/**
 * The body of a ChangeResourceRecordSets. Of every set what was read is deleted and what is to be is created, and both
 * fail where it is not so any more. What is to stay is deleted and created too: that makes it a condition.
 */
export function formatChanges(changes: readonly SetChange<Kept>[]): string {
  const written = changes.filter((change) => isChange(change) || change.before !== null)
  const deletes = written.flatMap(({ before }) => (before ? [formatChange('DELETE', before)] : []))
  const creates = written.flatMap(({ after }) => (after ? [formatChange('CREATE', after)] : []))
  const batch = `<ChangeBatch><Changes>${[...deletes, ...creates].join('')}</Changes></ChangeBatch>`
  const root = 'ChangeResourceRecordSetsRequest'
  return `<?xml version="1.0" encoding="UTF-8"?><${root} xmlns="https://route53.amazonaws.com/doc/2013-04-01/">${batch}</${root}>`
}

function formatChange(action: 'DELETE' | 'CREATE', { name, type, ttlSeconds, records }: RecordSet<Kept>): string {
  const values = records.map(
    (record) => `<ResourceRecord><Value>${escapeXml(spell(type, record))}</Value></ResourceRecord>`,
  )
  const set = `<Name>${escapeXml(`${name}.`)}</Name><Type>${type}</Type><TTL>${ttlSeconds}</TTL><ResourceRecords>${values.join('')}</ResourceRecords>`
  return `<Change><Action>${action}</Action><ResourceRecordSet>${set}</ResourceRecordSet></Change>`
}

function spell(type: string, { value, kept }: StoredRecord<Kept>): string {
  return kept?.value ?? (type === 'TXT' ? quoteText(value) : value)
}
