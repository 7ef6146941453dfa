// Actions of a plan as commands of the worker's socket.
import type { Pool, Server } from '../model/config.ts'
import { toEffective } from '../model/effective.ts'
import { ownPlaceOf } from '../model/place.ts'
import type { Action } from '../plan/action.ts'
import { formatDefaultsName, formatFrontendName, isMadeWhenTaken } from '../render/haproxy/names.ts'
import { PARAMETER_MAPS, type Row, toChallengeRow, toParameterRows, toRouteRow } from '../render/haproxy/rows.ts'
import { hasAgent, isChecked, renderServer } from '../render/haproxy/server-line.ts'
import { escapeKey } from './runtime-socket.ts'

/** What commands need beside the action. */
export type CommandContext = {
  /** Secret that server cookies are derived from. */
  readonly cookieKey: string
  /** Whether a server that is added or comes out of maintenance, as `place/server`, has passed its first check. */
  readonly passes: (name: string) => boolean
}

/** The commands of one action, in order; none for what only the ledger notes, and for a reload. */
export function formatCommands(action: Action, context: CommandContext): string[] {
  switch (action.kind) {
    case 'add-server':
      return addServer(action.definition, action.in, action.place, context)
    case 'set-route':
      return [formatRouteCommand(action)]
    case 'put-row':
      return putRow(action.map, action.key, action.from, action.to)
    case 'set-challenge': {
      const { map, key, value } = toChallengeRow(action.domain)
      return putRow(map, key, null, action.isAnswered ? value : null)
    }
    case 'claim-place':
      return claimPlace(action.definition, action.place)
    case 'set-parameters':
      return changeRows(toParameterRows(action.before, action.place), toParameterRows(action.after, action.place))
    case 'open-listener':
      return [`enable frontend ${formatFrontendName(action.listener)}`]
    case 'free-place':
      return isMadeWhenTaken(action.place) ? [`unpublish backend ${action.place}`, `del backend ${action.place}`] : []
    case 'reload':
    case 'leave-place':
    // Certificates have commands with payloads, whose answers are held against what is expected.
    case 'add-certificate':
    case 'replace-certificate':
    case 'remove-certificate':
    case 'remove-stray-certificate':
    case 'set-default-certificate':
      return []
    case 'retire-server': {
      const server = `${action.place}/${action.server}`
      // An agent would bring it back.
      const silenced = action.definition.agentCheck ? [`disable agent ${server}`] : []
      return [...silenced, `set server ${server} state maint`]
    }
    case 'set-state': {
      const name = `${action.place}/${action.server}`
      return action.to === 'ready' ? comeIn(name, context) : [`set server ${name} state maint`]
    }
    default:
      return [formatServerCommand(action)]
  }
}

/** The rows an action makes or changes, as they are afterwards; null: the row is gone. */
export function findRows(
  action: Action,
): { readonly map: string; readonly key: string; readonly value: string | null }[] {
  switch (action.kind) {
    case 'set-route': {
      const { map, key } = toRouteRow(action, '')
      return [{ map, key, value: action.place }]
    }
    case 'put-row':
      return [{ map: action.map, key: action.key, value: action.to }]
    case 'set-challenge': {
      const row = toChallengeRow(action.domain)
      return [{ ...row, value: action.isAnswered ? row.value : null }]
    }
    case 'claim-place':
      return toParameterRows(action.definition, action.place)
    case 'set-parameters': {
      const after = toParameterRows(action.after, action.place)
      return [...findGone(toParameterRows(action.before, action.place), after), ...after]
    }
    default:
      return []
  }
}

type ServerAction = Exclude<Extract<Action, { server: string }>, { kind: 'add-server' | 'retire-server' | 'set-state' }>

function formatServerCommand(action: ServerAction): string {
  const server = `${action.place}/${action.server}`
  switch (action.kind) {
    case 'set-weight':
      return `set server ${server} weight ${action.to}`
    case 'set-address':
      return `set server ${server} addr ${action.address} port ${action.port}`
    case 'set-max-connections':
      return `set maxconn server ${server} ${action.to ?? 0}`
    case 'resume-checks':
      return `enable health ${server}`
    case 'delete-server':
      return `del server ${server}`
  }
}

function formatRouteCommand(action: Extract<Action, { kind: 'set-route' }>): string {
  const { map, key } = toRouteRow(action, '')
  if (action.place === null) return `del map ${map} ${escapeKey(key)}`
  return `${action.from === null ? 'add' : 'set'} map ${map} ${escapeKey(key)} ${action.place}`
}

function putRow(map: string, key: string, from: string | null, to: string | null): string[] {
  const place = `${map} ${escapeKey(key)}`
  if (to === null) return [`del map ${place}`]
  return [from === null ? `add map ${place} ${escapeValue(to)}` : `set map ${place} ${escapeValue(to)}`]
}

/** What the pool before it left in the maps goes first, and clients stuck to its servers are let go. */
function claimPlace(pool: Pool, place: string): string[] {
  const made = [`add backend ${place} from ${formatDefaultsName(place)}`, `publish backend ${place}`]
  return [
    ...(isMadeWhenTaken(place) ? made : []),
    ...(pool.stickiness?.mode === 'source' ? [`clear table ${place}`] : []),
    ...Object.values(PARAMETER_MAPS).map((map) => `del map ${map} ${place}`),
    ...toParameterRows(pool, place).map(({ map, key, value }) => `add map ${map} ${key} ${escapeValue(value)}`),
  ]
}

function changeRows(before: readonly Row[], after: readonly Row[]): string[] {
  const gone = findGone(before, after).flatMap(({ map, key }) => putRow(map, key, '', null))
  const put = after.flatMap((row) => {
    const old = before.find(({ map, key }) => map === row.map && key === row.key)
    return old?.value === row.value ? [] : putRow(row.map, row.key, old?.value ?? null, row.value)
  })
  return [...gone, ...put]
}

/** Rows there were and are no more. */
function findGone(before: readonly Row[], after: readonly Row[]) {
  const gone = before.filter(({ map, key }) => !after.some((row) => row.map === map && row.key === key))
  return gone.map(({ map, key }) => ({ map, key, value: null }))
}

/** A value of the socket's commands is one word. */
function escapeValue(value: string): string {
  return value.replace(/[\\; ]/g, '\\$&')
}

function addServer(server: Server, pool: Pool, place: string, context: CommandContext): string[] {
  const name = `${place}/${server.name}`
  const commands = [`add server ${place}/${renderServer(server, pool)}`]
  if (isChecked(pool)) commands.push(`enable health ${name}`)
  // An agent that speaks only of weights would never bring up a server that is made at run time.
  if (hasAgent(server)) commands.push(`enable agent ${name}`, `set server ${name} agent up`)
  // Servers added at run time get no cookie in 2.6 before the key is set anew; those of the others stay the same. In a
  // place of the reserve the pool may want one later.
  if (pool.stickiness?.mode === 'cookie' || place !== ownPlaceOf(pool.id))
    commands.push(`set dynamic-cookie-key backend ${place} ${context.cookieKey}`)
  return toEffective(server).state === 'maint' ? commands : [...commands, ...comeIn(name, context)]
}

/**
 * A server comes out of maintenance, in which every new one is. One that has not passed a check comes out of it as
 * `stopping`: HAProxy sends it nothing before its first successful check (2.6 has no init-state). Leaving maintenance
 * forgets a health that was set in it, hence the step through `drain`.
 */
function comeIn(name: string, { passes }: CommandContext): string[] {
  const ready = `set server ${name} state ready`
  return passes(name) ? [ready] : [`set server ${name} state drain`, `set server ${name} health stopping`, ready]
}
