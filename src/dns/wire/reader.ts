// Reads the parts of a DNS message that somebody sent: nothing is read beyond its end, and no name goes round in circles.
import { DnsFailure } from '../dns-failure.ts'
import { decodeLabel, LONGEST_NAME } from './names.ts'

/** A place in a message. Everything it reads fails with `dns-refused` where the message is not what it should be. */
export class Reader {
  readonly message: Buffer
  /** Whom to name in a sentence. */
  readonly #from: string
  readonly #end: number
  at: number

  constructor(message: Buffer, from: string, at = 0, end = message.length) {
    this.message = message
    this.#from = from
    this.at = at
    this.#end = end
  }

  /** A reader of the next `length` bytes alone, in which names may still lead back into the whole message; skips them. */
  part(length: number): Reader {
    const start = this.#take(length)
    return new Reader(this.message, this.#from, start, start + length)
  }

  get isAtEnd(): boolean {
    return this.at === this.#end
  }

  byte(): number {
    return this.message.readUInt8(this.#take(1))
  }

  number16(): number {
    return this.message.readUInt16BE(this.#take(2))
  }

  number32(): number {
    return this.message.readUInt32BE(this.#take(4))
  }

  number48(): number {
    return this.message.readUIntBE(this.#take(6), 6)
  }

  bytes(length: number): Buffer {
    const start = this.#take(length)
    return this.message.subarray(start, start + length)
  }

  /** A name, compressed or not, as `names.ts` writes names. */
  name(): string {
    const labels: string[] = []
    let [place, size, lowest]: [Reader, number, number] = [this, 1, this.at]
    for (;;) {
      const length = place.byte()
      if (length === 0) return labels.join('.')
      if (length >= 0xc0) {
        const target = ((length & 0x3f) << 8) | place.byte()
        // Only backwards, each time further: so it comes to an end.
        if (target >= lowest) throw this.malformed('a name in it leads round in circles')
        lowest = target
        place = new Reader(this.message, this.#from, target)
        continue
      }
      if (length > 63) throw this.malformed('a name in it has a label of an unknown kind')
      size += length + 1
      if (size > LONGEST_NAME) throw this.malformed('a name in it is too long')
      labels.push(decodeLabel(place.bytes(length)))
    }
  }

  malformed(why: string): DnsFailure {
    return new DnsFailure(
      'dns-refused',
      `${this.#from} answers with something that is no DNS message: ${why}; see that a DNS server listens there`,
    )
  }

  #take(length: number): number {
    const start = this.at
    if (start + length > this.#end) throw this.malformed('it breaks off')
    this.at = start + length
    return start
  }
}
