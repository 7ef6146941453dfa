// WebSocket frames of at most 125 bytes, and the answer to an opening handshake (RFC 6455). Pure.
import { createHash } from 'node:crypto'

/** One whole, unfragmented frame. */
export type Frame = { readonly opcode: number; readonly payload: Buffer }

/** RFC 6455 section 5.2. */
export const OPCODE = { text: 0x1, close: 0x8, ping: 0x9, pong: 0xa } as const

/** The longest payload whose length fits into the frame's first two bytes. */
const LONGEST_PAYLOAD = 125

/** RFC 6455 section 1.3: what a server appends to the client's key before it hashes it. */
const HANDSHAKE_ID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** What a server answers in Sec-WebSocket-Accept. */
export function acceptKey(key: string): string {
  return createHash('sha1').update(`${key}${HANDSHAKE_ID}`).digest('base64')
}

/** The bytes of a frame; a client masks with four bytes, a server with null. */
export function encodeFrame({ opcode, payload }: Frame, mask: Buffer | null): Buffer {
  const head = Buffer.from([0x80 | opcode, (mask ? 0x80 : 0) | payload.length])
  return mask ? Buffer.concat([head, mask, applyMask(payload, mask)]) : Buffer.concat([head, payload])
}

/** The whole frames at the start of these bytes and what is left; null where a frame is not of the small kind. */
export function decodeFrames(bytes: Buffer): { readonly frames: readonly Frame[]; readonly rest: Buffer } | null {
  const frames: Frame[] = []
  let rest = bytes
  while (rest.length >= 2) {
    const [first = 0, second = 0] = rest
    const length = second & 0x7f
    if (length > LONGEST_PAYLOAD || (first & 0x80) === 0) return null
    const start = second & 0x80 ? 6 : 2
    if (rest.length < start + length) break
    const payload = rest.subarray(start, start + length)
    frames.push({ opcode: first & 0x0f, payload: start === 6 ? applyMask(payload, rest.subarray(2, 6)) : payload })
    rest = rest.subarray(start + length)
  }
  return { frames, rest }
}

function applyMask(payload: Buffer, mask: Buffer): Buffer {
  return Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)))
}
