// Requests to a zone's primary server: questions about its names, and changes of them.
import { randomInt } from 'node:crypto'
import { CLASS, OPCODE, RCODE, TYPE } from '../wire/codes.ts'
import { exchange } from '../wire/exchange.ts'
import {
  encodeMessage,
  type Question,
  type ReadMessage,
  type ReadRecord,
  type SentMessage,
  type SentRecord,
} from '../wire/message.ts'
import { explainElsewhere } from './explain-answer.ts'
import { openAnswer } from './open-answer.ts'
import type { Primary, Subject } from './primary.ts'
import { sign } from './tsig.ts'
import { existing } from './update-records.ts'

/** What an UPDATE came to. `unmet`: what it presumed does not hold, and nothing was changed. */
export type UpdateOutcome = 'done' | 'unmet'

/** What is to hold, and what is then changed: at once or not at all. */
export type Update = { readonly prerequisites: readonly SentRecord[]; readonly changes: readonly SentRecord[] }

/** What refusals of an UPDATE's prerequisites look like (RFC 2136 section 3.2). */
const UNMET: readonly number[] = [RCODE.NXDOMAIN, RCODE.YXDOMAIN, RCODE.YXRRSET, RCODE.NXRRSET]

/** One transaction in a zone; `name` is what it is about, for sentences. Failures as `DnsProvider` has them. */
export async function update(
  primary: Primary,
  { zone, name }: { readonly zone: string; readonly name: string },
  { prerequisites, changes }: Update,
  signal: AbortSignal,
): Promise<UpdateOutcome> {
  const question = { name: zone, type: TYPE.SOA }
  const message = { id: randomInt(0x1_0000), opcode: OPCODE.UPDATE, question, prerequisites, changes }
  const { rcode } = await send(
    primary,
    message,
    { zone, name, isChange: true, allowed: [RCODE.NOERROR, ...UNMET] },
    signal,
  )
  return rcode === RCODE.NOERROR ? 'done' : 'unmet'
}

/** What the server says to a question about a name of its zone. `dns-zone` where the name is another server's. */
export async function ask(
  primary: Primary,
  zone: string,
  question: Question,
  signal: AbortSignal,
): Promise<ReadMessage> {
  const { name } = question
  const message = { id: randomInt(0x1_0000), opcode: OPCODE.QUERY, question }
  const allowed = [RCODE.NOERROR, RCODE.NXDOMAIN]
  const answer = await send(primary, message, { zone, name, isChange: false, allowed }, signal)
  const elsewhere = explainElsewhere(primary, { zone, name }, answer)
  if (elsewhere) throw elsewhere
  return answer
}

/** The records of these types that stand at a name itself: what a wildcard would answer for it is left out. */
export async function readRecords(
  primary: Primary,
  zone: string,
  { name, types }: { readonly name: string; readonly types: readonly number[] },
  signal: AbortSignal,
): Promise<readonly ReadRecord[]> {
  const answers = await Promise.all(types.map((type) => ask(primary, zone, { name, type }, signal)))
  const found = answers.flatMap(({ answers: records }, index) =>
    records.filter((each) => each.class === CLASS.IN && each.type === types[index] && each.name === name),
  )
  if (found.length === 0) return []
  // An answer does not show whether a wildcard made it; prerequisites are about records that stand there.
  const prerequisites = [...new Set(found.map(({ type }) => type))].map((type) => existing(name, type))
  const outcome = await update(primary, { zone, name }, { prerequisites, changes: [] }, signal)
  return outcome === 'done' ? found : []
}

async function send(
  primary: Primary,
  message: SentMessage,
  subject: Subject,
  signal: AbortSignal,
): Promise<ReadMessage> {
  const { server, key, timeoutMs } = primary
  const bytes = encodeMessage(message)
  const nowMs = primary.now()
  const signed = key ? sign(bytes, key, nowMs) : { bytes, mac: null }
  const answer = await exchange(server, signed.bytes, { timeoutMs, signal })
  return openAnswer(answer, { primary, message, mac: signed.mac, nowMs }, subject)
}
