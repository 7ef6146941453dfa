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

/** Where a listener takes over from the worker before it. */
export function renderTakeOverBind(listener: Listener, settings: ProcessSettings): string[] {
  if (!settings.capabilities.stopping) return []
  const user = settings.user === null ? '' : ` user ${settings.user}`
  return [`bind unix@${formatSocket(listener, settings)} accept-proxy mode 600${user}`]
}

/**
 * The first rules of a listener: nothing else is done to a request that is handed over, or the successor would take our
 * word about the client for the client's own. Asked once, for a worker may be replaced between two rules.
 */
export function renderHandOverRules(listener: Listener, settings: ProcessSettings): string[] {
  if (!settings.capabilities.stopping) return []
  const isNext = `{ str(${OWN_MAP.row}),map_str(${OWN_MAP.path}) -m found }`
  return [
    `http-request set-var(txn.pool) str(${formatNextBackendName(listener.id)}) if { stopping } ${isNext}`,
    'http-request allow if { var(txn.pool) -m found }',
  ]
}

/** The section that leads to the worker after this one. */
export function renderHandOverBackend(listener: Listener, settings: ProcessSettings): string[] {
  if (!settings.capabilities.stopping) return []
  return [
    `backend ${formatNextBackendName(listener.id)} from df_http`,
    '  timeout server 24d',
    `  server next unix@${formatSocket(listener, settings)} send-proxy-v2`,
  ]
}

/** A name of few bytes, the same for the same listener: sockets' paths are short. */
function formatSocket(listener: Listener, { runDir }: ProcessSettings): string {
  return `${renderWord(runDir)}/s${createHash('sha256').update(listener.id).digest('hex').slice(0, 6)}.sock`
}
