// What the doctor thinks of what it found: plain sentences with what to do. Pure; the looking is in doctor.ts.
import { connectionLimit } from '../model/connection-limit.ts'

/** One thing looked at. `warning`: Fairlead runs, but not as well as it could; `advice` says what to do about it. */
export type Finding = {
  readonly check: string
  readonly ok: boolean | 'warning'
  readonly found: string
  readonly advice?: string
}

const OLDEST_HAPROXY = [2, 4] as const
const NEWEST_KNOWN_HAPROXY = [3, 4] as const
const OLDEST_NODE = 24

/** Below so many connections at once a warning is due. */
const FEW_CONNECTIONS = 1000

const MEGABYTE = 1024 * 1024
const LITTLE_SPACE_MB = 100
const NO_SPACE_MB = 10

export function judgeHaproxy(path: string, version: string): Finding {
  const found = `${version} at ${path}`
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  if (isOlder([major, minor], OLDEST_HAPROXY)) {
    const advice = `use HAProxy ${OLDEST_HAPROXY.join('.')} or newer: install one, or name one with --haproxy PATH`
    return { check: 'HAProxy', ok: false, found, advice }
  }
  if (!isOlder(NEWEST_KNOWN_HAPROXY, [major, minor])) return { check: 'HAProxy', ok: true, found }
  const advice = `Fairlead is tested with ${OLDEST_HAPROXY.join('.')} to ${NEWEST_KNOWN_HAPROXY.join('.')}; try your load balancers with \`fairlead plan\` first`
  return { check: 'HAProxy', ok: 'warning', found, advice }
}

export function judgeNode(version: string): Finding {
  const ok = Number.parseInt(version.replace('v', ''), 10) >= OLDEST_NODE
  if (ok) return { check: 'Node', ok, found: version }
  return { check: 'Node', ok, found: version, advice: `install Node ${OLDEST_NODE}, or run \`npm ci\` in the checkout` }
}

/** `mode` and `owner` of the state directory as it is; `user` is who runs the daemon. */
export function judgeStateDir(
  path: string,
  { mode, owner, user }: { mode: number; owner: number; user: number },
): Finding {
  const check = 'state directory'
  const found = `${path}, mode ${(mode & 0o7777).toString(8).padStart(4, '0')}`
  if (owner !== user && user !== 0) {
    return {
      check,
      ok: false,
      found: `${found}, of user ${owner}`,
      advice: 'run as that user, or choose another with --state-dir',
    }
  }
  if ((mode & 0o022) === 0) return { check, ok: true, found }
  return { check, ok: 'warning', found: `${found}: others may write`, advice: `chmod 700 ${path}` }
}

/** `limit` is the hard limit of open files, Infinity where there is none, undefined where it cannot be told. */
export function judgeFileLimit(limit: number | undefined): Finding {
  const check = 'file limit'
  if (limit === undefined) return { check, ok: true, found: 'cannot be told on this system' }
  const connections = connectionLimit(limit)
  const found = `${limit === Infinity ? 'unlimited' : limit} open files, enough for ${connections} connections`
  if (connections >= FEW_CONNECTIONS) return { check, ok: true, found }
  const advice = 'raise it: `ulimit -n 65536` before starting, or LimitNOFILE=65536 in a systemd unit'
  return { check, ok: 'warning', found, advice }
}

/** `bytes` that an ordinary user may still write. */
export function judgeDiskSpace(path: string, bytes: number): Finding {
  const megabytes = Math.floor(bytes / MEGABYTE)
  const found = `${megabytes} MB free at ${path}`
  if (megabytes >= LITTLE_SPACE_MB) return { check: 'disk space', ok: true, found }
  const advice = 'make room: without it no change can be stored (what is running keeps running)'
  return { check: 'disk space', ok: megabytes >= NO_SPACE_MB ? 'warning' : false, found, advice }
}

/** `count` of workers of earlier configurations of the HAProxy that runs here, null where none does; `limit` may live. */
export function judgeOldWorkers(count: number | null, limit: number): Finding {
  const check = 'old workers'
  if (count === null) return { check, ok: true, found: 'none: no HAProxy of ours runs here' }
  const found = `${count} of at most ${limit}`
  if (count * 2 <= limit) return { check, ok: true, found }
  const advice =
    'long connections keep them: `fairlead haproxy status` says which; --old-worker-deadline and --old-workers end them sooner'
  return { check, ok: 'warning', found, advice }
}

/** `text` of /etc/resolv.conf; undefined where there is none. */
export function judgeResolver(text: string | undefined): Finding {
  const servers = [...(text ?? '').matchAll(/^\s*nameserver\s+(\S+)/gm)].map((found) => found[1])
  if (servers.length > 0) return { check: 'name servers', ok: true, found: servers.join(', ') }
  const advice = 'name one in /etc/resolv.conf, or write targets as IP addresses: names will not be resolved'
  return { check: 'name servers', ok: 'warning', found: 'none in /etc/resolv.conf', advice }
}

/** The hard limit of open files in the text of /proc/self/limits; Node raises itself to it, and HAProxy inherits it. */
export function parseFileLimit(limits: string): number | undefined {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1]
  if (hard === undefined) return undefined
  return hard === 'unlimited' ? Infinity : Number(hard)
}

/** The findings as lines of a table: verdict, check, what was found; advice stands below. */
export function formatDoctor(findings: readonly Finding[]): string[] {
  const width = Math.max(0, ...findings.map(({ check }) => check.length))
  return findings.flatMap(({ check, ok, found, advice }) => {
    const verdict = ok === 'warning' ? 'warning' : ok ? 'ok' : 'FAILED'
    const line = `${verdict.padEnd(7)}  ${check.padEnd(width)}  ${found}`
    return advice === undefined ? [line] : [line, `${' '.repeat(width + 11)}→ ${advice}`]
  })
}

function isOlder([major, minor]: readonly [number, number], than: readonly [number, number]): boolean {
  return major < than[0] || (major === than[0] && minor < than[1])
}

/** What a place in reserve costs HAProxy: 1,000 took 12 MB (HAProxy 2.6). */
const PLACE_BYTES = 12 * 1024

/** `freeBytes` is the memory that is free on this machine. */
export function judgeReserve(places: number, freeBytes: number): Finding {
  const check = 'reserve'
  const megabytes = Math.ceil((places * PLACE_BYTES) / MEGABYTE)
  const found = places === 0 ? 'none' : `${places} places for new pools, about ${megabytes} MB of HAProxy's memory`
  if (places === 0)
    return { check, ok: 'warning', found, advice: 'each new pool is a reload; hold some with --reserve 1000' }
  // During a reload two workers hold them.
  if (2 * places * PLACE_BYTES < freeBytes / 4) return { check, ok: true, found }
  const advice = `a reload holds them twice, and ${Math.floor(freeBytes / MEGABYTE)} MB are free; hold fewer with --reserve N`
  return { check, ok: 'warning', found, advice }
}

/** `count` of servers of the HAProxy that runs here, null where none does; `most` may have series of their own. */
export function judgeMetrics(count: number | null, most: number): Finding {
  const check = 'metrics'
  const bound = `series for up to ${most} servers`
  if (count === null) return { check, ok: true, found: bound }
  const found = `${count} servers, ${bound}`
  if (count <= most) return { check, ok: true, found }
  const advice = `servers have no series of their own in /metrics; allow more with --metrics-servers ${count}, at some 20 lines each`
  return { check, ok: 'warning', found, advice }
}
