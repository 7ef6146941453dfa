// Actions of a plan as commands of the worker's socket.
import type { Pool, Server } from '../model/config.ts'
import { toEffective } from '../model/effective.ts'
import type { Action } from '../plan/action.ts'
import { formatBackendName, formatRouteKey, formatRouteMapPath } from '../render/haproxy/names.ts'
import { renderServer } from '../render/haproxy/server-line.ts'

/** What commands need beside the action. */
export type CommandContext = {
  /** Secret that server cookies are derived from. */
  readonly cookieKey: string
  /** Whether a server that is to be added has passed its first check. */
  readonly passes: (server: Server) => boolean
}

/** The commands of one action, in order; a reload has none here. */
export function formatCommands(action: Action, context: CommandContext): string[] {
  if (action.kind === 'reload') return []
  if (action.kind === 'add-server') return addServer(action.definition, action.in, context)
  if (action.kind === 'set-route') return [formatRouteCommand(action)]
  return [formatServerCommand(action)]
}

type ServerAction = Exclude<Action, { kind: 'reload' | 'add-server' | 'set-route' }>

function formatServerCommand(action: ServerAction): string {
  const server = `${formatBackendName(action.pool)}/${action.server}`
  switch (action.kind) {
    case 'set-weight':
      return `set server ${server} weight ${action.to}`
    case 'set-address':
      return `set server ${server} addr ${action.address} port ${action.port}`
    case 'set-state':
      return `set server ${server} state ${action.to}`
    case 'set-max-connections':
      return `set maxconn server ${server} ${action.to ?? 0}`
    case 'retire-server':
      return `set server ${server} state maint`
    case 'delete-server':
      return `del server ${server}`
  }
}

function formatRouteCommand(action: Extract<Action, { kind: 'set-route' }>): string {
  // A semicolon ends a command, and a path may have one.
  const [map, key] = [formatRouteMapPath(action.listener), formatRouteKey(action).replaceAll(';', '\\;')]
  if (action.to === null) return `del map ${map} ${key}`
  return `${action.from === null ? 'add' : 'set'} map ${map} ${key} ${formatBackendName(action.to)}`
}

/**
 * A server is added in maintenance. One that has not passed a check comes out of it as `stopping`: HAProxy sends it
 * nothing before its first successful check (2.6 has no init-state). Leaving maintenance forgets a health that was set
 * in it, hence the step through `drain`.
 */
function addServer(server: Server, pool: Pool, { cookieKey, passes }: CommandContext): string[] {
  const name = `${formatBackendName(pool.id)}/${server.name}`
  const commands = [`add server ${formatBackendName(pool.id)}/${renderServer(server, pool.healthCheck)}`]
  if (pool.healthCheck.type !== 'none') commands.push(`enable health ${name}`)
  // Servers added at run time get no cookie in 2.6 before the key is set anew; those of the others stay the same.
  if (pool.stickiness?.mode === 'cookie')
    commands.push(`set dynamic-cookie-key backend ${formatBackendName(pool.id)} ${cookieKey}`)
  if (toEffective(server).state === 'maint') return commands
  if (passes(server)) return [...commands, `set server ${name} state ready`]
  return [
    ...commands,
    `set server ${name} state drain`,
    `set server ${name} health stopping`,
    `set server ${name} state ready`,
  ]
}
