// DNS messages (RFC 1035 section 4.1, RFC 2136 section 2), written and read.
import { CLASS } from './codes.ts'
import { encodeName } from './names.ts'
import { Reader } from './reader.ts'
import { readValue } from './records.ts'

/** A record to be sent. In an UPDATE it is a prerequisite or a change too, as its class says. */
export type SentRecord = {
  readonly name: string
  readonly type: number
  readonly class: number
  readonly ttlSeconds: number
  readonly data: Buffer
}

/** A query's question, or the zone an UPDATE is about. */
export type Question = { readonly name: string; readonly type: number }

export type SentMessage = {
  readonly id: number
  readonly opcode: number
  readonly question: Question
  /** Of an UPDATE: what must hold for anything to be changed. */
  readonly prerequisites?: readonly SentRecord[]
  /** Of an UPDATE, in this order. */
  readonly changes?: readonly SentRecord[]
}

/** A record of somebody's answer. */
export type ReadRecord = Omit<SentRecord, 'data'> & {
  /** As `readValue` tells it. */
  readonly value: string
  readonly data: Buffer
  /** Where it begins in the message. */
  readonly at: number
}

export type ReadMessage = {
  readonly id: number
  readonly isAnswer: boolean
  readonly opcode: number
  /** Whether who answers has the zone itself. */
  readonly isAuthoritative: boolean
  readonly rcode: number
  readonly questions: readonly Question[]
  readonly answers: readonly ReadRecord[]
  readonly authorities: readonly ReadRecord[]
  readonly additionals: readonly ReadRecord[]
}

/** The bytes of a message that asks for something. `dns-refused` where a name in it is none. */
export function encodeMessage({ id, opcode, question, prerequisites = [], changes = [] }: SentMessage): Buffer {
  const head = [id, opcode << 11, 1, prerequisites.length, changes.length, 0].map(to16)
  const records = [...prerequisites, ...changes].map(encodeRecord)
  return Buffer.concat([...head, encodeName(question.name), to16(question.type), to16(CLASS.IN), ...records])
}

/** The bytes of a record, its name uncompressed. */
export function encodeRecord({ name, type, class: ofClass, ttlSeconds, data }: SentRecord): Buffer {
  const ttl = Buffer.alloc(4)
  ttl.writeUInt32BE(ttlSeconds)
  return Buffer.concat([encodeName(name), to16(type), to16(ofClass), ttl, to16(data.length), data])
}

export function to16(number: number): Buffer {
  return Buffer.of(number >> 8, number & 0xff)
}

/** What somebody answered; `from` is whom to name in a sentence. `dns-refused` where it is no DNS message. */
export function readMessage(bytes: Buffer, from: string): ReadMessage {
  const place = new Reader(bytes, from)
  const [id, flags] = [place.number16(), place.number16()]
  const [questions, answers, authorities, additionals] = [
    place.number16(),
    place.number16(),
    place.number16(),
    place.number16(),
  ]
  const message = {
    id,
    isAnswer: flags >> 15 === 1,
    opcode: (flags >> 11) & 0xf,
    isAuthoritative: ((flags >> 10) & 1) === 1,
    rcode: flags & 0xf,
    // Each takes bytes of the message, which has 64 KB at most: so do all of them, whatever the counts say.
    questions: Array.from({ length: questions }, () => readQuestion(place)),
    answers: Array.from({ length: answers }, () => readRecord(place)),
    authorities: Array.from({ length: authorities }, () => readRecord(place)),
    additionals: Array.from({ length: additionals }, () => readRecord(place)),
  }
  if (!place.isAtEnd) throw place.malformed('something stands behind its end')
  return message
}

function readQuestion(place: Reader): Question {
  const question = { name: place.name(), type: place.number16() }
  place.number16()
  return question
}

function readRecord(place: Reader): ReadRecord {
  const { at } = place
  const [name, type, ofClass, ttlSeconds] = [place.name(), place.number16(), place.number16(), place.number32()]
  const length = place.number16()
  const start = place.at
  const value = readData(type, ofClass, place.part(length))
  return { name, type, class: ofClass, ttlSeconds, value, data: place.message.subarray(start, start + length), at }
}

/** An UPDATE's records may have no data, and come back as they were. */
function readData(type: number, ofClass: number, place: Reader): string {
  return ofClass === CLASS.IN ? readValue(type, place) : ''
}
