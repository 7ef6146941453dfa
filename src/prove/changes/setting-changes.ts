// Changes of the settings of the load balancer under load. None of them may refuse or lose one of its clients.
import { type ApiRequest, deletePart, pathOf, putPart } from '../../api/client.ts'
import type { Chance } from '../chance.ts'
import { CERTIFICATES, type Settings, STEADY, tlsOf, type World } from '../world.ts'
import type { ChangeKind, Step } from './step.ts'

const CHECK_PATHS = ['/health', '/ready', '/live', '/up'] as const

/** Far above what the load sends. */
const LIMITS = [1_000_000, 2_000_000, 5_000_000] as const

const ALGORITHMS = ['roundrobin', 'leastconn', 'random'] as const

const TIMEOUTS = [
  { server: '30s', queue: '30s' },
  { server: '45s', connect: '4s' },
  { client: '45s', tunnel: '2h' },
  { keepAlive: '20s', httpRequest: '15s' },
] as const

export const SETTING_CHANGES: readonly ChangeKind[] = [
  { name: 'check path', group: 'daily', choose: changeCheckPath },
  { name: 'rate limit set', group: 'daily', choose: setLimit },
  { name: 'rate limit unset', group: 'daily', choose: unsetLimit },
  { name: 'certificate', group: 'daily', choose: changeCertificate },
  { name: 'algorithm', group: 'forced', choose: changeAlgorithm },
  { name: 'timeouts', group: 'forced', choose: changeTimeouts },
  { name: 'sticky set', group: 'forced', choose: setSticky },
  { name: 'sticky unset', group: 'forced', choose: unsetSticky },
]

function changeCheckPath(world: World, chance: Chance): Step | null {
  const checkPath = chance.pick(CHECK_PATHS.filter((path) => path !== world.settings.checkPath)) ?? '/health'
  const request = putPart(STEADY, 'health-check', { path: checkPath, interval: '1s' })
  return set(world, `health check to ${checkPath}`, request, { checkPath })
}

function setLimit(world: World, chance: Chance): Step {
  const limit = chance.pick(LIMITS.filter((one) => one !== world.settings.limit)) ?? LIMITS[0]
  const request = putPart(STEADY, 'rate-limit', { requests: limit, window: '60s' })
  return set(world, `rate limit to ${limit}`, request, { limit })
}

function unsetLimit(world: World): Step | null {
  if (world.settings.limit === null) return null
  return set(world, 'rate limit unset', deletePart(STEADY, 'rate-limit'), { limit: null })
}

function changeCertificate(world: World, chance: Chance): Step {
  const certificate = chance.pick(CERTIFICATES.filter((one) => one !== world.settings.certificate)) ?? CERTIFICATES[0]
  return set(world, `certificate to ${certificate}`, putPart(STEADY, 'tls', tlsOf(world, certificate)), { certificate })
}

function changeAlgorithm(world: World, chance: Chance): Step {
  const algorithm = chance.pick(ALGORITHMS.filter((one) => one !== world.settings.algorithm)) ?? 'roundrobin'
  return set(world, `algorithm to ${algorithm}`, patchSpec({ algorithm }), { algorithm })
}

function changeTimeouts(world: World, chance: Chance): Step | null {
  const chosen = chance.pick(TIMEOUTS.filter((one) => formatPairs(one) !== world.settings.timeouts))
  if (!chosen) return null
  const timeouts = formatPairs(chosen)
  return set(world, `timeouts to ${timeouts}`, patchSpec({ timeouts: chosen }), { timeouts })
}

function setSticky(world: World, chance: Chance): Step | null {
  const mode = chance.pick((['cookie', 'source'] as const).filter((one) => one !== world.settings.stickyMode))
  if (!mode) return null
  return set(world, `sticky by ${mode}`, putPart(STEADY, 'sticky', { mode }), { stickyMode: mode })
}

function unsetSticky(world: World): Step | null {
  if (world.settings.stickyMode === null) return null
  return set(world, 'sticky unset', deletePart(STEADY, 'sticky'), { stickyMode: null })
}

function patchSpec(spec: object): ApiRequest {
  return { method: 'PATCH', path: pathOf(STEADY), body: { spec } }
}

function set(world: World, text: string, request: ApiRequest, settings: Partial<Settings>): Step {
  return { text, request, next: { ...world, settings: { ...world.settings, ...settings } }, freed: [] }
}

function formatPairs(timeouts: Readonly<Record<string, string>>): string {
  return Object.entries(timeouts).flat().join(' ')
}
