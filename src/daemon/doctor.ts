// Looks at the machine the daemon is to run on; changes nothing.
import { constants } from 'node:fs'
import { access, readlink, stat, statfs } from 'node:fs/promises'
import { freemem } from 'node:os'
import { dirname, join } from 'node:path'
import { findBindObstacle } from '../haproxy/bind-test.ts'
import { findHaproxy, readHaproxyVersion } from '../haproxy/find-haproxy.ts'
import { layOut } from '../haproxy/layout.ts'
import { findPortHolder } from '../haproxy/port-holder.ts'
import { RuntimeSocket } from '../haproxy/runtime-socket.ts'
import { readTextFile } from '../io/atomic-file.ts'
import { outcomeOf } from '../io/outcome.ts'
import { shortSocketFolder } from '../io/short-socket-path.ts'
import { examineChallenges } from './challenge-check.ts'
import {
  type Finding,
  judgeDiskSpace,
  judgeFileLimit,
  judgeHaproxy,
  judgeMetrics,
  judgeNode,
  judgeOldWorkers,
  judgeReserve,
  judgeResolver,
  judgeStateDir,
  parseFileLimit,
} from './doctor-findings.ts'
import { type ApiAddress, formatApiAddress } from './setting-texts.ts'
import type { Settings } from './settings.ts'

export { type Finding, formatDoctor } from './doctor-findings.ts'

const USUAL_PORTS = [80, 443]
const ANSWER_TIMEOUT_MS = 2000

/** Everything a daemon with these settings needs of this machine, in the order a person would look. */
export async function examine(settings: Settings): Promise<Finding[]> {
  const findings = await Promise.all([
    examineHaproxy(settings.haproxy),
    Promise.resolve(judgeNode(process.version)),
    examineStateDir(settings.stateDir),
    examineDiskSpace(settings.stateDir),
    examineApiPort(settings.api),
    ...USUAL_PORTS.map((port) => examinePort(port, settings.stateDir)),
    readTextFile('/proc/self/limits').then((text) => judgeFileLimit(parseFileLimit(text ?? ''))),
    readTextFile('/etc/resolv.conf').then(judgeResolver),
    examineOldWorkers(settings),
    examineMetrics(settings),
    Promise.resolve(judgeReserve(settings.reserve, freemem())),
  ])
  return [...findings, ...(await examineChallenges(settings.stateDir))]
}

async function examineHaproxy(asked: string | null): Promise<Finding> {
  const path = findHaproxy(asked ?? undefined)
  const advice = 'install it (on Debian and Ubuntu: sudo apt-get install haproxy), or name one with --haproxy PATH'
  if (path === undefined) {
    const found = asked === null ? 'not found on the PATH' : `no executable file at ${asked}`
    return { check: 'HAProxy', ok: false, found, advice }
  }
  const version = await outcomeOf(readHaproxyVersion(path))
  return version.ok
    ? judgeHaproxy(path, version.value)
    : { check: 'HAProxy', ok: false, found: version.error.message, advice }
}

async function examineStateDir(path: string): Promise<Finding> {
  const check = 'state directory'
  const found = await outcomeOf(stat(path))
  if (found.ok && !found.value.isDirectory()) {
    return { check, ok: false, found: `${path} is a file`, advice: 'choose another with --state-dir' }
  }
  const existing = await findExistingFolder(path)
  const writable = await outcomeOf(access(existing, constants.W_OK | constants.X_OK))
  if (!writable.ok) {
    const advice = 'choose another with --state-dir, or run as a user who may write there'
    return { check, ok: false, found: `${existing} cannot be written to (${writable.error.code})`, advice }
  }
  if (!found.ok) return { check, ok: true, found: `${path}, will be made` }
  return judgeStateDir(path, { mode: found.value.mode, owner: found.value.uid, user: process.getuid?.() ?? 0 })
}

async function examineDiskSpace(path: string): Promise<Finding> {
  const folder = await findExistingFolder(path)
  const { bavail, bsize } = await statfs(folder)
  return judgeDiskSpace(folder, bavail * bsize)
}

/** The path itself, or the nearest folder above it that exists. */
async function findExistingFolder(path: string): Promise<string> {
  const found = await outcomeOf(stat(path))
  return found.ok || dirname(path) === path ? path : findExistingFolder(dirname(path))
}

async function examineApiPort(address: ApiAddress | null): Promise<Finding> {
  const check = 'API address'
  if (address === null) return { check, ok: true, found: 'none: its unix socket alone' }
  const shown = formatApiAddress(address)
  const obstacle = await findBindObstacle(address.host, address.port)
  if (obstacle === null) return { check, ok: true, found: `${shown} is free` }
  if (await answersAsFairlead(shown)) return { check, ok: true, found: `${shown} is served by a running Fairlead` }
  return {
    check,
    ok: false,
    found: `${shown} ${obstacle}`,
    advice: 'give the API another address with --api HOST:PORT',
  }
}

/** /healthz is open to everybody, and a Fairlead names itself there. */
async function answersAsFairlead(address: string): Promise<boolean> {
  const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
  const asked = fetch(`http://${address}/healthz`, { signal, redirect: 'error' })
  const answer = await outcomeOf(
    asked.then(async (response) => `${response.headers.get('server')} ${await response.text()}`),
  )
  return answer.ok && /fairlead/i.test(answer.value)
}

async function examineOldWorkers({ stateDir, oldWorkers }: Settings): Promise<Finding> {
  const socket = await findRuntimeSocket(stateDir)
  const processes = socket ? await outcomeOf(socket.processes()) : null
  return judgeOldWorkers(processes?.ok ? processes.value.oldWorkers.length : null, oldWorkers)
}

async function examineMetrics({ stateDir, metricsServers }: Settings): Promise<Finding> {
  const socket = await findRuntimeSocket(stateDir)
  const servers = socket ? await outcomeOf(socket.serverSigns()) : null
  return judgeMetrics(servers?.ok ? servers.value.size : null, metricsServers)
}

/** The socket of the HAProxy that runs here. */
async function findRuntimeSocket(stateDir: string): Promise<RuntimeSocket | null> {
  const runDir = join(stateDir, 'run')
  // Asked for only where HAProxy's socket is: a short folder is made where there is none.
  const isThere = (await outcomeOf(stat(join(runDir, 'master.sock')))).ok
  return isThere ? new RuntimeSocket(layOut(stateDir, await shortSocketFolder(runDir))) : null
}

async function examinePort(port: number, stateDir: string): Promise<Finding> {
  const check = `port ${port}`
  const obstacle = await findBindObstacle('0.0.0.0', port)
  if (obstacle === null) return { check, ok: true, found: 'is free' }
  if (await isHeldByOurs(port, stateDir)) return { check, ok: true, found: "is served by this Fairlead's HAProxy" }
  const [found = '', advice = ''] = obstacle.split('; ')
  return { check, ok: 'warning', found, advice: `${advice} (needed only by load balancers on this port)` }
}

/** Our HAProxy runs in a folder of the state directory. */
async function isHeldByOurs(port: number, stateDir: string): Promise<boolean> {
  const pid = /^haproxy \(pid (\d+)\)$/.exec((await findPortHolder(port)) ?? '')?.[1]
  if (pid === undefined) return false
  const folder = await outcomeOf(readlink(`/proc/${pid}/cwd`))
  return folder.ok && folder.value.startsWith(`${stateDir}/`)
}
