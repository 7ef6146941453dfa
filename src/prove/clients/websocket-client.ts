// A WebSocket that stays open, and asks now and then whether the other side is still there.
import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import type { Duplex } from 'node:stream'
import { Failure } from '../../io/failure.ts'
import { outcomeOf } from '../../io/outcome.ts'
import type { Heard, Place } from '../tally.ts'
import { acceptKey, decodeFrames, encodeFrame, OPCODE } from '../websocket-frames.ts'
import { LOOPBACK } from '../world.ts'
import { answered, brokenBy } from './client.ts'

/** A message without an answer for this long has failed. */
const PATIENCE_MS = 15_000

/** One open WebSocket. Whoever opened it is told once when it is lost, and why. */
export class WebSocketClient {
  readonly #socket: Duplex
  readonly #onLost: (heard: Heard) => void
  #held: Buffer = Buffer.alloc(0)
  #sent = 0
  #awaited: ((heard: Heard | null) => void) | null = null
  #isOpen = true

  constructor(socket: Duplex, onLost: (heard: Heard) => void) {
    this.#socket = socket
    this.#onLost = onLost
    socket.on('data', (piece: Buffer) => this.#take(piece))
    socket.on('error', (error) => this.#lose(brokenBy(error)))
    socket.on('close', () => this.#lose({ result: 'reset', why: 'the WebSocket was closed', retried: 0 }))
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Sends a ping and waits for its pong; null where the WebSocket is lost. */
  async ask(): Promise<Heard | null> {
    if (!this.#isOpen) return null
    const heard = Promise.withResolvers<Heard | null>()
    this.#awaited = heard.resolve
    const payload = Buffer.from(String(++this.#sent))
    this.#socket.write(encodeFrame({ opcode: OPCODE.ping, payload }, randomBytes(4)))
    const why = `no answer within ${PATIENCE_MS / 1000} s`
    const timer = setTimeout(() => this.#lose({ result: 'failed', why, retried: 0 }), PATIENCE_MS)
    const answer = await heard.promise
    clearTimeout(timer)
    return answer
  }

  close(): void {
    this.#isOpen = false
    this.#socket.destroy()
  }

  #take(piece: Buffer): void {
    const decoded = decodeFrames(Buffer.concat([this.#held, piece]))
    if (!decoded) this.#lose({ result: 'failed', why: 'a frame nobody sent', retried: 0 })
    this.#held = decoded?.rest ?? Buffer.alloc(0)
    for (const { opcode, payload } of decoded?.frames ?? []) {
      if (opcode === OPCODE.pong && payload.toString() === String(this.#sent)) this.#awaited?.(answered())
    }
  }

  /** The first reason is the one that is told. */
  #lose(heard: Heard): void {
    if (!this.#isOpen) return
    this.close()
    this.#onLost(heard)
    this.#awaited?.(null)
  }
}

/** Opens a WebSocket. Failure `websocket` where the handshake is not answered as it should be. */
export async function openWebSocket(
  port: number,
  { host, path }: Place,
  onLost: (heard: Heard) => void,
): Promise<WebSocketClient> {
  const key = randomBytes(16).toString('base64')
  const upgraded = Promise.withResolvers<{ socket: Duplex; accept: string | undefined }>()
  const headers = {
    host,
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': key,
  }
  const sent = request({ host: LOOPBACK, port, path, headers, agent: false, timeout: PATIENCE_MS })
  sent.on('upgrade', (answer, socket) => upgraded.resolve({ socket, accept: answer.headers['sec-websocket-accept'] }))
  sent.on('response', (answer) => sent.destroy(new Error(`status ${answer.statusCode}`)))
  sent.on('timeout', () => sent.destroy(new Error(`no answer within ${PATIENCE_MS / 1000} s`)))
  sent.on('error', upgraded.reject)
  sent.end()
  const opened = await outcomeOf(upgraded.promise)
  if (opened.ok && opened.value.accept === acceptKey(key)) return new WebSocketClient(opened.value.socket, onLost)
  const why = opened.ok ? 'another answer to the handshake' : opened.error.message
  throw new Failure('websocket', `a WebSocket could not be opened: ${why}`)
}
