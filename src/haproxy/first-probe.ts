// A new server's first health check, made by us, so that a well server takes traffic at once and an unwell one none.
import { request } from 'node:http'
import { createConnection } from 'node:net'
import type { Server } from '../model/config.ts'
import type { HealthCheck } from '../model/health-check.ts'

/** How long a first check may take; a server that is slower comes in with HAProxy's own first check. */
const PATIENCE_MS = 250

/** `unknown`: it did not answer in time, or the check is one that looks into answers, which is left to HAProxy. */
export type ProbeOutcome = 'passed' | 'failed' | 'unknown'

/** Makes the server's check once; without a check every server passes. */
export function makeFirstProbe(server: Server, check: HealthCheck): Promise<ProbeOutcome> {
  const place = { host: server.address ?? '', port: check.port ?? server.port }
  if (check.type === 'none') return Promise.resolve('passed')
  if (check.type === 'tcp') return connect(place)
  return isOurs(check) ? askOver(place, check, server.name) : Promise.resolve('unknown')
}

/** Whether the check is one that we make ourselves. */
export function canProbe(check: HealthCheck): boolean {
  return check.type === 'tcp' || isOurs(check)
}

function isOurs(check: HealthCheck): check is HealthCheck & { readonly type: 'http' } {
  return check.type === 'http' && !check.body
}

type Place = { readonly host: string; readonly port: number }

function connect({ host, port }: Place): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: PATIENCE_MS })
    const end = (outcome: ProbeOutcome) => {
      socket.destroy()
      resolve(outcome)
    }
    socket.once('connect', () => end('passed'))
    socket.once('timeout', () => end('unknown'))
    socket.once('error', () => end('failed'))
  })
}

function askOver({ host, port }: Place, check: HealthCheck & { type: 'http' }, name: string): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const { path, method = 'GET', statuses } = check
    const own = { host: check.host ?? name, 'user-agent': 'fairlead-health-check', connection: 'close' }
    const stated = (check.headers ?? []).map(([key, value]) => [key.toLowerCase(), value] as const)
    const headers = { ...own, ...Object.fromEntries(stated) }
    const sent = request({ host, port, path, method, headers, agent: false, timeout: PATIENCE_MS }, (answer) => {
      const status = answer.statusCode ?? 0
      resolve(statuses.some(({ from, to }) => status >= from && status <= to) ? 'passed' : 'failed')
      sent.destroy()
    })
    sent.once('timeout', () => {
      resolve('unknown')
      sent.destroy()
    })
    sent.once('close', () => resolve('failed'))
    sent.once('error', () => resolve('failed'))
    sent.end()
  })
}
