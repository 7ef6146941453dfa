// Whether an answer is the one to what was asked, and from the server that has our key; and what it comes to.
import { DnsFailure } from '../dns-failure.ts'
import { RCODE, TSIG_ERROR } from '../wire/codes.ts'
import { formatServer } from '../wire/exchange.ts'
import { type ReadMessage, readMessage, type SentMessage } from '../wire/message.ts'
import { Reader } from '../wire/reader.ts'
import { explainClock, explainKey, explainRefusal } from './explain-answer.ts'
import type { Primary, Subject } from './primary.ts'
import { isGenuine, readTsig } from './tsig.ts'

/** What was sent, when, and its signature where it had one. */
export type Sent = {
  readonly primary: Primary
  readonly message: SentMessage
  readonly mac: Buffer | null
  readonly nowMs: number
}

/** Refusals that a server may give before it has looked at the signature. */
const UNSIGNED: readonly number[] = [RCODE.FORMERR, RCODE.SERVFAIL, RCODE.NOTIMP, RCODE.REFUSED, RCODE.NOTAUTH]
/** Of these it cannot sign the answer itself. */
const BAD_KEY: readonly number[] = [TSIG_ERROR.BADKEY, TSIG_ERROR.BADSIG, TSIG_ERROR.BADTRUNC]

/** The answer, where it is genuine and allowed. Whatever the bytes are, it fails with nothing but a `DnsFailure`. */
export function openAnswer(bytes: Buffer, sent: Sent, subject: Subject): ReadMessage {
  const from = `the DNS server ${formatServer(sent.primary.server)}`
  const answer = readMessage(bytes, from)
  const odd = findMismatch(answer, sent.message)
  if (odd) throw new Reader(bytes, from).malformed(odd)
  checkSignature(bytes, answer, sent, subject)
  if (subject.allowed.includes(answer.rcode)) return answer
  throw explainRefusal(sent.primary, subject, answer.rcode)
}

function findMismatch({ id, isAnswer, opcode, questions }: ReadMessage, sent: SentMessage): string | null {
  if (!isAnswer || opcode !== sent.opcode || id !== sent.id) return 'it is not the answer to what was asked'
  const [question] = questions
  const isOurs = question?.name === sent.question.name && question.type === sent.question.type
  return question && !isOurs ? 'it answers another question' : null
}

function checkSignature(bytes: Buffer, answer: ReadMessage, { primary, mac, nowMs }: Sent, subject: Subject): void {
  const { key } = primary
  if (key === null || mac === null) return
  const from = `the DNS server ${formatServer(primary.server)}`
  const tsig = readTsig(bytes, answer, from)
  if (tsig && answer.rcode === RCODE.NOTAUTH && BAD_KEY.includes(tsig.error)) throw explainKey(primary, key, tsig.error)
  if (!tsig && UNSIGNED.includes(answer.rcode)) throw explainRefusal(primary, subject, answer.rcode)
  if (!tsig || !isGenuine(bytes, tsig, key, mac))
    throw new DnsFailure(
      'dns-credentials',
      `the answer of ${from} is not signed with the key "${key.name}", so it is not believed; see that nobody answers in its place, and that both have the same secret`,
    )
  const theirs = tsig.error === TSIG_ERROR.BADTIME && tsig.other.length === 6 ? tsig.other.readUIntBE(0, 6) : null
  const seconds = Math.floor(nowMs / 1000) - (theirs ?? tsig.signedAtSeconds)
  if (tsig.error === TSIG_ERROR.BADTIME || Math.abs(seconds) > tsig.fudgeSeconds)
    throw explainClock(primary, seconds, tsig.fudgeSeconds)
}
