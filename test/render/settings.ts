// Process-wide settings for tests: fixed where their text is expected, probed where a real HAProxy reads it.
import { findHaproxy, probeHaproxy } from '../../src/haproxy/find-haproxy.ts'
import type { ProcessSettings } from '../../src/render/haproxy/process-settings.ts'

/** The same on every machine. */
export const SETTINGS: ProcessSettings = {
  runDir: '/run/fairlead',
  maxConnections: 1000,
  user: null,
  oldWorkerDeadlineMs: 60_000,
  ipv6: true,
  cookieKey: '00112233445566778899aabbccddeeff',
  reserve: 1000,
  trustedProxies: [],
  statsPort: null,
  statsSocket: null,
  pidFile: null,
  challengeThumbprint: null,
  capabilities: {
    hostOnly: true,
    idleCloseOnResponse: true,
    prometheus: true,
    stopping: true,
    tcpLogLevel: true,
    rulesInDefaults: true,
    dynamicBackends: false,
    curves: 'X25519:prime256v1:secp384r1',
  },
}

/** The HAProxy of this machine; FAIRLEAD_HAPROXY names another one. */
export const HAPROXY = findHaproxy(process.env['FAIRLEAD_HAPROXY']) ?? 'haproxy'

let probed: Promise<ProcessSettings> | undefined

/** The same settings with what the HAProxy of this machine really offers. */
export function readOwnSettings(): Promise<ProcessSettings> {
  probed ??= probeHaproxy(HAPROXY).then(({ path: _path, version: _version, ...capabilities }) => ({
    ...SETTINGS,
    capabilities,
  }))
  return probed
}
