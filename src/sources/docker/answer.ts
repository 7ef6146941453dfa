// What is read of an HTTP answer: all of it up to a limit, or line by line while it goes on.
import type { IncomingMessage } from 'node:http'
import { Failure } from '../../io/failure.ts'

/** The whole body. Failure `docker-garbled` where it is longer than `most` bytes. */
export async function readBytes(answer: IncomingMessage, most: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of answer as AsyncIterable<Buffer>) {
    pieces.push(piece)
    length += piece.length
    if (length > most) throw tooLong(most)
  }
  return Buffer.concat(pieces)
}

/** Hands on each line until the peer closes. Failure `docker-garbled` where one is longer than `most` characters. */
export async function readLines(answer: IncomingMessage, most: number, take: (line: string) => void): Promise<void> {
  let rest = ''
  answer.setEncoding('utf8')
  for await (const piece of answer as AsyncIterable<string>) {
    const lines = `${rest}${piece}`.split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > most) throw tooLong(most)
    for (const line of lines) if (line.trim() !== '') take(line)
  }
}

function tooLong(most: number): Failure {
  return new Failure('docker-garbled', `Docker answered with more than ${most} bytes, which cannot be right`)
}
