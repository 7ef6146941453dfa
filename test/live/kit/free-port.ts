// Ports nobody listens on, for tests that run side by side in several processes.
import { createServer } from 'node:net'

/** Below the ports the system gives to outgoing connections, so that none of those takes one first. */
const [LOWEST, HIGHEST] = [12_000, 32_000]
/** So many processes each have a stretch of their own. */
const STRETCHES = 16

const size = Math.floor((HIGHEST - LOWEST) / STRETCHES)
const start = LOWEST + size * (Number(process.env['VITEST_POOL_ID'] ?? 0) % STRETCHES)
let next = Math.floor(Math.random() * size)

/** A free TCP port on loopback. Two calls in a row do not give the same one. */
export async function findFreePort(): Promise<number> {
  for (let tries = 0; tries < size; tries++) {
    const port = start + (next++ % size)
    if (await isFree(port)) return port
  }
  throw new Error(`none of the ports from ${start} to ${start + size - 1} is free`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '0.0.0.0' }, () => server.close(() => resolve(true)))
  })
}
