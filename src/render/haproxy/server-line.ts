// One server's line. Every keyword stands on it: nothing is inherited, so the same words serve file and runtime command.

import type { Pool, Server } from '../../model/config.ts'
import { toEffective } from '../../model/effective.ts'
import type { AgentCheck } from '../../model/health-check.ts'
import { toServerId } from './server-ids.ts'

/** What of a pool stands on its servers' lines. */
type Keywords = Pick<Pool, 'mode' | 'healthCheck' | 'features' | 'algorithm' | 'servers'>

/** The words after `server`: name, address, keywords. */
export function renderServer(server: Server, pool: Keywords): string {
  const { weight, state, address, port } = toEffective(server)
  const place = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
  const id = toServerId(server, pool)
  return [
    server.name,
    place,
    ...(id === null ? [] : [`id ${id}`]),
    `weight ${weight}`,
    ...renderCheck(pool),
    ...(hasAgent(server) ? renderAgent(server.agentCheck) : []),
    ...(pool.features?.slowStartMs === undefined ? [] : [`slowstart ${pool.features.slowStartMs}ms`]),
    ...(server.backup ? ['backup'] : []),
    ...(server.maxConnections === null ? [] : [`maxconn ${server.maxConnections}`]),
    // Dynamic servers of 2.6 get no idle-connection pool unless it is asked for.
    `pool-max-conn ${pool.features?.keepAlive?.poolMaxConnections ?? -1} pool-purge-delay 5s`,
    ...renderProtocol(pool),
    ...(state === 'maint' ? ['disabled'] : []),
  ].join(' ')
}

/** Checks speak as requests do, where they are requests. */
function renderProtocol({ features, healthCheck }: Keywords): string[] {
  const { http2, sendProxy } = features ?? {}
  return [
    ...(http2 ? [`proto h2${healthCheck.type === 'http' ? ' check-proto h2' : ''}`] : []),
    ...(sendProxy ? [`send-proxy${sendProxy === 'v2' ? '-v2' : ''} check-send-proxy`] : []),
  ]
}

/** Whether a server's agent is asked: its word would end a maintenance. */
export function hasAgent(server: Server): server is Server & { readonly agentCheck: AgentCheck } {
  return server.agentCheck !== undefined && toEffective(server).state === 'ready'
}

function renderAgent({ port, intervalMs, send }: AgentCheck): string[] {
  const sent = send === null ? [] : [`agent-send ${send}`]
  return [`agent-check agent-port ${port} agent-inter ${intervalMs}ms`, ...sent]
}

/** Whether HAProxy checks the servers of a pool: also to find out when one that was benched is well again. */
export function isChecked({ healthCheck, features }: Pick<Pool, 'healthCheck' | 'features'>): boolean {
  return healthCheck.type !== 'none' || features?.passiveHealth !== undefined
}

function renderCheck({ mode, healthCheck: check, features }: Keywords): string[] {
  const passive = features?.passiveHealth
  const port = check.port === null ? [] : [`port ${check.port}`]
  if (!passive)
    return check.type === 'none'
      ? []
      : [`check inter ${check.intervalMs}ms rise ${check.rise} fall ${check.fall}`, ...port]
  // HAProxy brings a server back by checks alone: by as many good ones as fill the time. Where the user wants none,
  // they are connections that take no server out.
  const isNone = check.type === 'none'
  const intervalMs = isNone ? Math.max(100, Math.ceil(passive.benchMs / CHECKS_A_BENCH)) : check.intervalMs
  const rise = Math.max(isNone ? 1 : check.rise, Math.ceil(passive.benchMs / intervalMs) + 1)
  return [
    `check inter ${intervalMs}ms rise ${rise} fall ${isNone ? 1000 : check.fall}`,
    ...port,
    `observe ${mode === 'http' ? 'layer7' : 'layer4'} error-limit ${passive.failures} on-error mark-down`,
  ]
}

/** A bench lasts as long as asked for, and at most this part of it longer. */
const CHECKS_A_BENCH = 5
