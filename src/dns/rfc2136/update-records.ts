// The records of an UPDATE (RFC 2136 sections 2.4 and 2.5): what is presumed, and what is changed.
import { CLASS } from '../wire/codes.ts'
import type { SentRecord } from '../wire/message.ts'

const NO_DATA = Buffer.alloc(0)

/** Presumes that a name has records of a type. */
export function existing(name: string, type: number): SentRecord {
  return { name, type, class: CLASS.ANY, ttlSeconds: 0, data: NO_DATA }
}

/** Presumes that a name has no record of a type. */
export function absent(name: string, type: number): SentRecord {
  return { name, type, class: CLASS.NONE, ttlSeconds: 0, data: NO_DATA }
}

/** Presumes that a name has this record, and no other of the type. */
export function exactly(name: string, type: number, data: Buffer): SentRecord {
  return { name, type, class: CLASS.IN, ttlSeconds: 0, data }
}

/** Puts a record beside the others of its type; all of them then have its TTL. */
export function addition(name: string, type: number, ttlSeconds: number, data: Buffer): SentRecord {
  return { name, type, class: CLASS.IN, ttlSeconds, data }
}

/** Takes all records of a type away. */
export function removal(name: string, type: number): SentRecord {
  return existing(name, type)
}

/** Takes one record away. */
export function removalOf(name: string, type: number, data: Buffer): SentRecord {
  return { name, type, class: CLASS.NONE, ttlSeconds: 0, data }
}
