// A worker that is being replaced hands requests of its last connections to the worker after it.
//
// Its health checks have stopped and it takes no more commands, so it may know servers that are long gone. Its quiet
// keep-alive clients would meet them. So it passes whatever still comes in over a socket to its successor, which
// knows the client's address from the PROXY protocol.
import { createHash } from 'node:crypto'
import type { Listener } from '../../model/config.ts'
import { formatNextBackendName } from './names.ts'
import type { ProcessSettings } from './process-settings.ts'
import { renderWord } from './word.ts'

/** The map whose row `next` says that there is a worker after this one; the row goes before HAProxy itself is stopped. */
export const OWN_MAP = { path: 'maps/own.map', content: 'next 1\n', row: 'next' } as const

const IS_NEXT = `{ str(${OWN_MAP.row}),map_str(${OWN_MAP.path}) -m found }`

/** No listener has as many binds, and HAProxy numbers them from 1. */
const NOTED_BIND = 1000

/** Whether a request comes from the worker before this one, with what that one noted of the client's certificate. */
export const HANDED_OVER = `{ so_id ${NOTED_BIND} }`

/**
 * Where a listener takes over from the worker before it. Only a worker that removes what clients say themselves about
 * certificates uses the second one, so that what comes there is true.
 */
export function renderTakeOverBind(listener: Listener, settings: ProcessSettings): string[] {
  if (!settings.capabilities.stopping) return []
  const user = settings.user === null ? '' : ` user ${settings.user}`
  const bind = (isNoted: boolean) =>
    `bind unix@${formatSocket(listener, settings, isNoted)} accept-proxy mode 600${user}${isNoted ? ` id ${NOTED_BIND}` : ''}`
  return [bind(false), ...(listener.tls ? [bind(true)] : [])]
}

/** A connection of tcp is one worker's for good, but where its pool is only known once the client has spoken. */
function handsOver({ mode, sni }: Listener): boolean {
  return mode === 'http' || sni === true
}

/**
 * The first rules of a listener: nothing else is done to a request that is handed over, or the successor would take our
 * word about the client for the client's own. Asked once, for a worker may be replaced between two rules.
 */
export function renderHandOverRules(listener: Listener, settings: ProcessSettings): string[] {
  if (!settings.capabilities.stopping) return []
  return [
    `http-request set-var(txn.pool) str(${formatNextBackendName(listener.id)}) if { stopping } ${IS_NEXT}`,
    'http-request allow if { var(txn.pool) -m found }',
  ]
}

/** The same for connections of tcp, decided when their first message has come: the first `use_backend` rule. */
export function renderHandOverOfConnections(listener: Listener, settings: ProcessSettings): string[] {
  if (!settings.capabilities.stopping) return []
  return [`use_backend ${formatNextBackendName(listener.id)} if { stopping } ${IS_NEXT}`]
}

/** The section that leads to the worker after this one. */
export function renderHandOverBackend(listener: Listener, settings: ProcessSettings): string[] {
  if (!settings.capabilities.stopping || !handsOver(listener)) return []
  const isNoted = listener.tls?.clients === true
  return [
    `backend ${formatNextBackendName(listener.id)} from df_${listener.mode}`,
    '  timeout server 24d',
    ...(listener.mode === 'tcp' ? ['  timeout tunnel 24d'] : []),
    `  server next unix@${formatSocket(listener, settings, isNoted)} send-proxy-v2`,
  ]
}

/** A name of few bytes, the same for the same listener: sockets' paths are short. */
function formatSocket(listener: Listener, { runDir }: ProcessSettings, isNoted: boolean): string {
  return `${renderWord(runDir)}/${isNoted ? 'c' : 's'}${createHash('sha256').update(listener.id).digest('hex').slice(0, 6)}.sock`
}
