// One event on one line.
import type { EventRecord } from '../../api/wire.ts'
import { type Display, oneLine, paint, type Style } from './display.ts'
import { formatTime } from './time.ts'

const STYLES: Partial<Record<EventRecord['type'], Style>> = { problem: 'yellow', resolved: 'green', deleted: 'red' }

/** "2026-11-21 10:00:00  applied  web-lb: live in 8 ms, no reload". */
export function formatEvent(display: Display, { time, type, loadBalancer, message }: EventRecord): string {
  const about = loadBalancer === null || message.startsWith(`${loadBalancer}:`) ? '' : `${loadBalancer}: `
  const kind = paint(display, STYLES[type], type.padEnd(8))
  return `${paint(display, 'dim', formatTime(time))}  ${kind}  ${oneLine(about + message)}`
}
