// Clients of HTTP/1.1: one that keeps its connection, one that connects anew for every request, and one that shakes hands for it.
import { Agent, type IncomingMessage, request } from 'node:http'
import { request as requestTls, Agent as TlsAgent } from 'node:https'
import type { Heard, Place } from '../tally.ts'
import { LOOPBACK, TLS_NAME } from '../world.ts'
import { type Asker, answeredWith, brokenBy } from './client.ts'

/** A request without an answer for this long has failed. */
const PATIENCE_MS = 15_000

/** All requests on one connection, as long as the other side keeps it. */
export function keepAliveAsker(port: number): Asker {
  return http1Asker(port, new Agent({ keepAlive: true, maxSockets: 1 }))
}

/** A connection for every request. */
export function newConnectionAsker(port: number): Asker {
  return http1Asker(port, new Agent({ keepAlive: false }))
}

/** A connection with a whole TLS handshake for every request. Who signed the certificate does not matter. */
export function tlsAsker(port: number): Asker {
  return http1Asker(
    port,
    new TlsAgent({ keepAlive: false, maxCachedSessions: 0, rejectUnauthorized: false, servername: TLS_NAME }),
  )
}

function http1Asker(port: number, agent: Agent): Asker {
  return { ask: (place) => askOnce(port, agent, place), close: () => agent.destroy() }
}

function askOnce(port: number, agent: Agent, { host, path }: Place): Promise<Heard> {
  const heard = Promise.withResolvers<Heard>()
  const onAnswer = (answer: IncomingMessage) => {
    answer.on('error', (error) => heard.resolve(brokenBy(error)))
    answer.on('end', () => heard.resolve(answeredWith(answer.statusCode)))
    answer.resume()
  }
  const send = agent instanceof TlsAgent ? requestTls : request
  const sent = send({ host: LOOPBACK, port, path, headers: { host }, agent, timeout: PATIENCE_MS }, onAnswer)
  sent.on('timeout', () => sent.destroy(new Error(`no answer within ${PATIENCE_MS / 1000} s`)))
  sent.on('error', (error) => heard.resolve(brokenBy(error)))
  sent.end()
  return heard.promise
}
