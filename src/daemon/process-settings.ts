// The process-wide settings of HAProxy on this machine.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { networkInterfaces, userInfo } from 'node:os'
import { join } from 'node:path'
import type { HaproxyBinary } from '../haproxy/find-haproxy.ts'
import { readTextFile, writeFileAtomic } from '../io/atomic-file.ts'
import { connectionLimit } from '../model/connection-limit.ts'
import type { ProcessSettings } from '../render/haproxy/process-settings.ts'
import { readAccountKeyFile } from './account-key-file.ts'
import type { Settings } from './settings.ts'

/** The user Debian's package makes for HAProxy; taken for its workers where the daemon runs as root. */
const WORKER_USER = 'haproxy'

/** Reads what this machine allows; makes the cookie key at the first start. */
export async function readProcessSettings(
  settings: Settings,
  binary: HaproxyBinary,
  runDir: string,
): Promise<ProcessSettings> {
  const hasTemplate = settings.haproxyTemplate !== null && existsSync(settings.haproxyTemplate)
  const { path: _path, version: _version, ...capabilities } = binary
  return {
    runDir,
    maxConnections: connectionLimit(readFileLimit()),
    user: userInfo().uid === 0 && (await hasUser(WORKER_USER)) ? WORKER_USER : null,
    oldWorkerDeadlineMs: settings.oldWorkerDeadlineMs,
    ipv6: Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ family }) => family === 'IPv6')),
    reserve: settings.reserve,
    trustedProxies: settings.trustedProxies,
    // A template opens these itself.
    statsPort: hasTemplate ? null : settings.statsPort,
    statsSocket: hasTemplate ? null : settings.statsSocket,
    pidFile: settings.pidFile,
    cookieKey: await readOrCreateSecret(join(settings.stateDir, 'cookie-key')),
    challengeThumbprint: (await readAccountKeyFile(settings.stateDir)).thumbprint,
    capabilities,
  }
}

/** The files this process, and so an HAProxy it starts, may have open. */
export function readFileLimit(): number {
  const soft = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
  return soft === 'unlimited' ? Infinity : Number(soft ?? 1024)
}

async function hasUser(name: string): Promise<boolean> {
  return ((await readTextFile('/etc/passwd')) ?? '').split('\n').some((line) => line.startsWith(`${name}:`))
}

async function readOrCreateSecret(path: string): Promise<string> {
  const known = await readTextFile(path)
  if (known !== undefined && /^[0-9a-f]{32}$/.test(known.trim())) return known.trim()
  const secret = randomBytes(16).toString('hex')
  await writeFileAtomic(path, `${secret}\n`, { mode: 0o600 })
  return secret
}
