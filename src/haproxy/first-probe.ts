// A new server's first health check, made by us, so that a well server takes traffic at once and an unwell one none.
import { request } from 'node:http'
import { createConnection } from 'node:net'
import type { Server } from '../model/config.ts'
import type { HealthCheck } from '../model/health-check.ts'

/** How long a first check may take; a server that is slower comes in with HAProxy's own first check. */
const PATIENCE_MS = 250

/**
 * Whether the server passes its check now; without a check every server passes. Checks that look into what is answered
 * are left to HAProxy: they do not pass here.
 */
export function passesFirstProbe(server: Server, check: HealthCheck): Promise<boolean> {
  const place = { host: server.address ?? '', port: check.port ?? server.port }
  if (check.type === 'none') return Promise.resolve(true)
  if (check.type === 'tcp') return canConnect(place)
  return isOurs(check) ? answersWell(place, check, server.name) : Promise.resolve(false)
}

/** Whether the check is one that we make ourselves. */
export function canProbe(check: HealthCheck): boolean {
  return check.type === 'tcp' || isOurs(check)
}

function isOurs(check: HealthCheck): check is HealthCheck & { readonly type: 'http' } {
  return check.type === 'http' && !check.body
}

type Place = { readonly host: string; readonly port: number }

function canConnect({ host, port }: Place): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: PATIENCE_MS })
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true))
    socket.once('timeout', () => end(false))
    socket.once('error', () => end(false))
  })
}

function answersWell({ host, port }: Place, check: HealthCheck & { type: 'http' }, name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const { path, method = 'GET', statuses } = check
    const own = { host: check.host ?? name, 'user-agent': 'fairlead-health-check', connection: 'close' }
    const stated = (check.headers ?? []).map(([key, value]) => [key.toLowerCase(), value] as const)
    const headers = { ...own, ...Object.fromEntries(stated) }
    const sent = request({ host, port, path, method, headers, agent: false, timeout: PATIENCE_MS }, (answer) => {
      const status = answer.statusCode ?? 0
      resolve(statuses.some(({ from, to }) => status >= from && status <= to))
      sent.destroy()
    })
    sent.once('timeout', () => sent.destroy())
    sent.once('close', () => resolve(false))
    sent.once('error', () => resolve(false))
    sent.end()
  })
}
