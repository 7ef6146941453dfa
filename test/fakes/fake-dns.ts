// A DNS server over TCP that answers what a test says, malformed or not; and answers for it to give, signed by a hand of its own.
import { createHmac, type KeyObject } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { onTestFinished } from 'vitest'

/** A message without its length; null: the connection is closed. */
export type Answerer = (request: Buffer) => Buffer | null | Promise<Buffer>

/** Listens on a port of 127.0.0.1 until the test ends. */
export async function startFakeDns(answer: Answerer): Promise<{ host: string; port: number }> {
  const server: Server = createServer((socket) => {
    let read = Buffer.alloc(0)
    socket.on('error', () => {})
    const give = (bytes: Buffer | null) => {
      if (bytes) socket.write(Buffer.concat([number16(bytes.length), bytes]))
      socket.end()
    }
    socket.on('data', (piece: Buffer) => {
      read = Buffer.concat([read, piece])
      if (read.length < 2 || read.length < 2 + read.readUInt16BE(0)) return
      void Promise.resolve(answer(read.subarray(2))).then(give)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  return { host: '127.0.0.1', port: typeof address === 'object' && address ? address.port : 0 }
}

/** The answer to a request without a signature: its question, this code, and these sections of whole records. */
export function answerTo(request: Buffer, rcode = 0, sections: readonly (readonly Buffer[])[] = []): Buffer {
  const counts = [0, 1, 2].map((index) => number16(sections[index]?.length ?? 0))
  const opcode = request.readUInt8(2) & 0x78
  const head = Buffer.concat([request.subarray(0, 2), Buffer.of(0x84 | opcode, rcode), number16(1), ...counts])
  return Buffer.concat([head, questionOf(request), ...sections.flat()])
}

function questionOf(request: Buffer): Buffer {
  let end = 12
  while (request.readUInt8(end) !== 0) end += request.readUInt8(end) + 1
  return request.subarray(12, end + 5)
}

export type Signature = {
  readonly secret: KeyObject
  /** Of the request. */
  readonly mac: Buffer
  readonly seconds: number
  readonly error?: number
  readonly other?: Buffer
  /** Uncompressed, as it stands in the message: `\x08fairlead\x00`. */
  readonly keyName?: string
}

/** Puts a TSIG (hmac-sha256) at the end of an answer, as RFC 8945 section 4.3 says. */
export function signAnswer(answer: Buffer, { secret, mac, seconds, error = 0, ...rest }: Signature): Buffer {
  const { other = Buffer.alloc(0), keyName = '\x08fairlead\0' } = rest
  const name = Buffer.from(keyName, 'latin1')
  const algorithm = Buffer.from('\x0bhmac-sha256\0', 'latin1')
  const time = Buffer.concat([number16(0), Buffer.alloc(4), number16(300)])
  time.writeUInt32BE(seconds, 2)
  const end = Buffer.concat([number16(error), number16(other.length), other])
  const terms = Buffer.concat([name, Buffer.of(0, 255, 0, 0, 0, 0), algorithm, time, end])
  const signed = Buffer.concat([number16(mac.length), mac, answer, terms])
  const own = createHmac('sha256', secret).update(signed).digest()
  const data = Buffer.concat([algorithm, time, number16(own.length), own, answer.subarray(0, 2), end])
  const record = Buffer.concat([name, Buffer.of(0, 250, 0, 255, 0, 0, 0, 0), number16(data.length), data])
  const bytes = Buffer.concat([answer, record])
  bytes.writeUInt16BE(bytes.readUInt16BE(10) + 1, 10)
  return bytes
}

function number16(number: number): Buffer {
  return Buffer.of(number >> 8, number & 0xff)
}
