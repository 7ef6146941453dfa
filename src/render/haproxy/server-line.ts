// One server's line. Every keyword stands on it: nothing is inherited, so the same words serve file and runtime command.

import type { HealthCheck, Server } from '../../model/config.ts'
import { toEffective } from '../../model/effective.ts'

/** The words after `server`: name, address, keywords. */
export function renderServer(server: Server, check: HealthCheck): string {
  const { weight, state, address, port } = toEffective(server)
  const place = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
  return [
    server.name,
    place,
    `weight ${weight}`,
    ...renderCheck(check),
    ...(server.backup ? ['backup'] : []),
    ...(server.maxConnections === null ? [] : [`maxconn ${server.maxConnections}`]),
    // Dynamic servers of 2.6 get no idle-connection pool unless it is asked for.
    'pool-max-conn -1 pool-purge-delay 5s',
    ...(state === 'maint' ? ['disabled'] : []),
  ].join(' ')
}

function renderCheck(check: HealthCheck): string[] {
  if (check.type === 'none') return []
  return [
    `check inter ${check.intervalMs}ms rise ${check.rise} fall ${check.fall}`,
    ...(check.port === null ? [] : [`port ${check.port}`]),
  ]
}
