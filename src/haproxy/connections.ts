// What the connections of one worker are: tunnels, TCP, requests under way, and clients that are just quiet.
import { parseStatTable } from './stat-table.ts'

/** A worker's connections by kind, where they are clients' connections to a listener. */
export type Connections = {
  readonly total: number
  /** WebSockets, CONNECT and whatever else a request was upgraded to. */
  readonly tunnels: number
  /** Connections of listeners in TCP mode. */
  readonly tcp: number
  /** HTTP requests that are being answered. */
  readonly requests: number
  /** HTTP clients that keep their connection and ask nothing at the moment; where `isPartial`, all that are not told apart. */
  readonly idle: number
  /** There were more streams than were looked at: `tunnels` and `requests` are the least there are. */
  readonly isPartial: boolean
}

/** A stream of `show sess`, of listeners of ours only. */
type Stream = { readonly frontend: string; readonly isTunnel: boolean }

/** How the listeners of our configurations are called. */
const OURS = 'fe_'

/** The listener only Fairlead itself asks things of. */
const OWN_FRONTEND = 'fe_fairlead'

/**
 * Reads the streams of `show sess`, one a line; a line that is cut off at the end is left out.
 *
 * An HTTP/1 client that asks nothing has no stream. A stream that no analyser looks at any more (`an=00h` on both sides)
 * only passes bytes on: after an upgrade, or in TCP mode.
 */
export function parseStreams(answer: string): Stream[] {
  const lines = answer.slice(0, answer.lastIndexOf('\n') + 1).split('\n')
  return lines.flatMap((line) => {
    const [, frontend] = /^0x[0-9a-f]+: .*? fe=(\S+) /.exec(line) ?? []
    if (frontend === undefined || !isListener(frontend)) return []
    const analysers = [...line.matchAll(/\br[qp]\[f=[^\]]*?\ban=([0-9a-f]+)h/g)].map(([, bits = '']) => bits)
    return [{ frontend, isTunnel: analysers.length > 0 && analysers.every((bits) => /^0+$/.test(bits)) }]
  })
}

/**
 * Counts the connections of a worker: `stat` is its answer to `show stat -1 1 -1` (one row a listener), `sess` the
 * beginning of its answer to `show sess`, of which `isPartial` says that there is more.
 */
export function countConnections(stat: string, sess: string, isPartial: boolean): Connections {
  const listeners = parseStatTable(stat).filter(
    (row) => row['svname'] === 'FRONTEND' && isListener(row['pxname'] ?? ''),
  )
  const isTcp = new Set(listeners.filter((row) => row['mode'] === 'tcp').map((row) => row['pxname']))
  const sum = (wanted: boolean) =>
    listeners
      .filter((row) => isTcp.has(row['pxname']) === wanted)
      .reduce((total, row) => total + Number(row['scur'] ?? 0), 0)
  const [tcp, http] = [sum(true), sum(false)]
  const streams = parseStreams(sess).filter(({ frontend }) => !isTcp.has(frontend))
  const tunnels = streams.filter(({ isTunnel }) => isTunnel).length
  const requests = streams.length - tunnels
  return { total: tcp + http, tunnels, tcp, requests, idle: Math.max(0, http - streams.length), isPartial }
}

function isListener(frontend: string): boolean {
  return frontend.startsWith(OURS) && frontend !== OWN_FRONTEND
}
