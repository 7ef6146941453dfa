// Finds HAProxy and asks it what it can do.
import { existsSync, statSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { makeSelfSigned } from '../certs/self-signed.ts'
import { Failure } from '../io/failure.ts'
import type { Capabilities } from '../model/capabilities.ts'
import { GUIDELINE_CURVES } from '../model/tls-guideline.ts'
import { runProgram } from './run-program.ts'

/** An HAProxy binary and what it offers. */
export type HaproxyBinary = Capabilities & {
  readonly path: string
  /** "2.6.12-1+deb12u4" */
  readonly version: string
}

const PLACES = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin', '/opt/haproxy/sbin']

/** The binary's path: the one asked for, or the first on PATH and the usual places; undefined where there is none. */
export function findHaproxy(asked?: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...PLACES]
  return [...(asked === undefined ? folders.map((folder) => join(folder, 'haproxy')) : [asked])].find(isExecutable)
}

function isExecutable(path: string): boolean {
  if (!existsSync(path)) return false
  const found = statSync(path, { throwIfNoEntry: false })
  return found?.isFile() === true && (found.mode & 0o111) !== 0
}

/** Its version ("2.6.12-1+deb12u4") from `haproxy -v`. Failure `haproxy-unusable` where that says none. */
export async function readHaproxyVersion(path: string): Promise<string> {
  const { output } = await runProgram(path, ['-v'], 10_000)
  const version = /version (\S+)/.exec(output)?.[1]
  if (version === undefined)
    throw new Failure(
      'haproxy-unusable',
      `${path} is not HAProxy: \`${path} -v\` says "${output.trim().slice(0, 200)}"; name an HAProxy with --haproxy PATH`,
    )
  return version
}

/** No configuration shows which commands there are: `add backend` came with 3.4. */
function isAtLeast(version: string, major: number, minor: number): boolean {
  const [ours = 0, theirs = 0] = version.split(/[.-]/).map(Number)
  return ours > major || (ours === major && theirs >= minor)
}

/** Finds out by trying: distributions patch features in and out, so a version number alone does not tell. */
export async function probeHaproxy(asked?: string): Promise<HaproxyBinary> {
  const path = findHaproxy(asked)
  if (path === undefined) {
    const where = asked === undefined ? 'HAProxy is not installed' : `there is no HAProxy at ${asked}`
    throw new Failure(
      'haproxy-missing',
      `${where}; install it (on Debian and Ubuntu: sudo apt-get install haproxy) or name one with --haproxy PATH`,
    )
  }
  const version = await readHaproxyVersion(path)
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-probe-'))
  try {
    const accepts = async (lines: string) => {
      const file = join(folder, `${lines.replace(/\W+/g, '-')}.cfg`)
      await writeFile(file, `frontend f\n  mode http\n  timeout client 1s\n  bind 127.0.0.1:1\n  ${lines}\n`)
      return (await runProgram(path, ['-c', '-f', file], 10_000)).code === 0
    }
    const [hostOnly, idleCloseOnResponse, prometheus, stopping, tcpLogLevel, rulesInDefaults] = await Promise.all([
      accepts('http-request set-var(txn.h) req.hdr(host),host_only'),
      accepts('option idle-close-on-response'),
      accepts('http-request use-service prometheus-exporter if { path /metrics }'),
      accepts('http-request deny if { stopping }'),
      accepts('tcp-request content set-log-level silent'),
      accepts('defaults d\n  mode http\n  http-request deny'),
    ])
    const curves = await findCurves(folder, accepts)
    const found = { hostOnly, idleCloseOnResponse, prometheus, stopping, tcpLogLevel, rulesInDefaults, curves }
    return { path, version, ...found, dynamicBackends: isAtLeast(version, 3, 4) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A library refuses a list with one in it that it does not know: all of them, or those every library has, else each alone. */
async function findCurves(folder: string, accepts: (line: string) => Promise<boolean>): Promise<string | null> {
  const { certificate, key } = makeSelfSigned('probe.invalid')
  const file = join(folder, 'probe.pem')
  await writeFile(file, `${certificate}${key}`, { mode: 0o600 })
  // With a certificate nobody keeps.
  const takes = (curves: string) => accepts(`bind 127.0.0.1:2 ssl crt ${file} curves ${curves}`)
  const lists = [GUIDELINE_CURVES, GUIDELINE_CURVES.slice(1)].map((curves) => curves.join(':'))
  const areKnown = await Promise.all(lists.map(takes))
  const list = lists.find((_, index) => areKnown[index])
  if (list !== undefined) return list
  const isKnown = await Promise.all(GUIDELINE_CURVES.map(takes))
  return GUIDELINE_CURVES.filter((_, index) => isKnown[index]).join(':') || null
}
