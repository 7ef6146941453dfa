// One DNS message over TCP and the one that comes back, in bounded time and size.
import { createConnection, type Socket } from 'node:net'
import { outcomeOf } from '../../io/outcome.ts'
import { DnsFailure } from '../dns-failure.ts'
import { to16 } from './message.ts'

/** Where a DNS server listens. `host` is an address, or a name that the system looks up. */
export type ServerAddress = { readonly host: string; readonly port: number }

/** How a person reads it: `192.0.2.1:53`. */
export function formatServer({ host, port }: ServerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** `dns-unreachable` after `timeoutMs` for all of it; rejects with the signal's reason when that aborts. */
export async function exchange(
  server: ServerAddress,
  message: Buffer,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Buffer> {
  signal.throwIfAborted()
  const timeout = AbortSignal.timeout(timeoutMs)
  const both = AbortSignal.any([timeout, signal])
  const socket = createConnection({ host: server.host, port: server.port, signal: both })
  socket.write(Buffer.concat([to16(message.length), message]))
  const answer = await outcomeOf(readOne(socket))
  socket.destroy()
  if (answer.ok) return answer.value
  signal.throwIfAborted()
  const why = timeout.aborted
    ? `gave no answer within ${timeoutMs / 1000} s; see that it is up, and that this machine may connect to it by TCP`
    : describeBreak(answer.error)
  throw new DnsFailure('dns-unreachable', `the DNS server ${formatServer(server)} ${why}`, null, answer.error)
}

/** A message stands behind its length (RFC 1035 section 4.2.2), so it has 64 KB at most. */
async function readOne(socket: Socket): Promise<Buffer> {
  let read: Buffer = Buffer.alloc(0)
  for await (const piece of socket as AsyncIterable<Buffer>) {
    read = Buffer.concat([read, piece])
    const end = read.length < 2 ? Infinity : 2 + read.readUInt16BE(0)
    if (read.length >= end) return read.subarray(2, end)
  }
  throw new Error('it closed the connection')
}

function describeBreak({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `cannot be reached: its name cannot be looked up (${code}); correct the name, or give its address`
  if (code === 'ECONNREFUSED' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'ETIMEDOUT')
    return `cannot be reached (${code}); see that it is up, and that this machine may connect to it by TCP`
  return `broke off: ${code ?? message}; see that a DNS server listens there, and look at its log`
}
