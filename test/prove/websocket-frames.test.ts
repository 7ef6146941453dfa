// WebSocket frames: the examples of RFC 6455, and frames that arrive in pieces.
import { expect, test } from 'vitest'
import { acceptKey, decodeFrames, encodeFrame, OPCODE } from '../../src/prove/websocket-frames.ts'

const hello = { opcode: OPCODE.text, payload: Buffer.from('Hello') }
const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d])

test('the examples of the RFC', () => {
  expect(acceptKey('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
  expect(encodeFrame(hello, null).toString('hex')).toBe('810548656c6c6f')
  expect(encodeFrame(hello, MASK).toString('hex')).toBe('818537fa213d7f9f4d5158')
})

test('frames are found however the bytes arrive', () => {
  const bytes = Buffer.concat([encodeFrame(hello, MASK), encodeFrame({ ...hello, opcode: OPCODE.pong }, null)])
  for (let cut = 0; cut <= bytes.length; cut++) {
    const first = decodeFrames(bytes.subarray(0, cut))
    const second = decodeFrames(Buffer.concat([first?.rest ?? Buffer.alloc(0), bytes.subarray(cut)]))
    const frames = [...(first?.frames ?? []), ...(second?.frames ?? [])]
    expect(frames.map(({ opcode, payload }) => [opcode, payload.toString()])).toEqual([
      [OPCODE.text, 'Hello'],
      [OPCODE.pong, 'Hello'],
    ])
    expect(second?.rest).toHaveLength(0)
  }
})

test('what is not a small whole frame is refused', () => {
  expect(decodeFrames(Buffer.from([0x01, 0x01, 0x41]))).toBeNull()
  expect(decodeFrames(Buffer.from([0x81, 126, 0, 200]))).toBeNull()
})
