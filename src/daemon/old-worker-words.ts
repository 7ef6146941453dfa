// Why an old worker still lives, in words.
import type { Connections } from '../haproxy/connections.ts'

/** "3 WebSockets or other tunnels, 1 TCP connection, 12 idle keep-alive clients". */
export function formatConnections({ tunnels, tcp, requests, idle, isPartial }: Connections): string {
  const least = isPartial ? 'at least ' : ''
  const parts = [
    count(tunnels, 'WebSocket or other tunnel', 'WebSockets or other tunnels', least),
    count(tcp, 'TCP connection', 'TCP connections'),
    count(requests, 'request under way', 'requests under way', least),
    isPartial
      ? count(idle, 'more HTTP client', 'more HTTP clients')
      : count(idle, 'idle keep-alive client', 'idle keep-alive clients'),
  ]
  return parts.filter((part) => part !== '').join(', ') || 'no connection any more, it is about to end'
}

/** The same with the end: "…; ends at the latest in 52 min". `connections` is null where it does not answer. */
export function formatWhy(connections: Connections | null, remainingMs: number): string {
  const who = connections === null ? 'it does not answer' : formatConnections(connections)
  if (remainingMs <= 0) return `${who}; its deadline is over, it ends now`
  return `${who}; ends at the latest in ${formatRemaining(remainingMs)}`
}

function formatRemaining(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  if (seconds < 120) return `${seconds} s`
  if (seconds < 120 * 60) return `${Math.round(seconds / 60)} min`
  return `${Math.round(seconds / 3600)} h`
}

function count(number: number, one: string, several: string, before = ''): string {
  return number === 0 ? '' : `${before}${number} ${number === 1 ? one : several}`
}
