// Signals as Docker and images write them: by number or by name.
import { constants } from 'node:os'

/** What stops a container that does not say otherwise. */
export const DEFAULT_STOP_SIGNAL = 15

/** Ends every container, whatever its stop signal is. */
export const KILL_SIGNAL = 9

/** The first and the last real-time signal, as Docker counts them. */
const [FIRST_REAL_TIME, LAST_REAL_TIME] = [34, 64]

/** `15`, `TERM`, `SIGTERM`, `SIGRTMIN+3`; null where it is none. */
export function parseSignal(text: string): number | null {
  if (/^\d{1,2}$/.test(text)) return Number(text)
  const name = text.trim().toUpperCase().replace(/^SIG/, '')
  const [, base, distance = '0'] = /^(RTMIN|RTMAX)(?:[+-](\d{1,2}))?$/.exec(name) ?? []
  if (base === 'RTMIN') return FIRST_REAL_TIME + Number(distance)
  if (base === 'RTMAX') return LAST_REAL_TIME - Number(distance)
  const signals: Readonly<Record<string, number>> = constants.signals
  return signals[`SIG${name}`] ?? null
}
