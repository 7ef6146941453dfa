// The proof: a daemon of its own, a load, random changes, forced reloads, and what the clients saw of them.
import { createLoadBalancer, replaceCertificate } from '../api/client.ts'
import { makeSelfSigned } from '../certs/self-signed.ts'
import { makeChance } from './chance.ts'
import { COMING_AND_GOING, DAILY, FORCED } from './changes/kinds.ts'
import { findReloadsBetween, readReloads } from './count-reloads.ts'
import { findFreePorts } from './free-port.ts'
import { Load } from './load.ts'
import { type Ground, type MadeChange, makeChange } from './make-changes.ts'
import { makeReport, type Report } from './report.ts'
import { Fleet } from './servers/fleet.ts'
import { Tally } from './tally.ts'
import { startThrowawayDaemon, type ThrowawayDaemon } from './throwaway-daemon.ts'
import { CERTIFICATES, describeSteady, FIRST_SETTINGS, TLS_NAME, type World } from './world.ts'

export type ProveOptions = {
  /** How many daily changes. */
  readonly changes: number
  /** How many reloads after them. */
  readonly reloads: number
  /** Changes a second at most; null: as fast as they are answered. */
  readonly ratePerSecond: number | null
  /** No change is made later than this, in milliseconds from the first; null: no limit. */
  readonly forMs: number | null
  /** 0 to 2^32-1. */
  readonly seed: number
  /** Of the daemon; its own settings in it are left out. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** Told what is going on, in a few words. */
  readonly onProgress: (text: string) => void
}

const SERVERS_AT_FIRST = 4
const LISTENER_PORTS = 4

/** Opened before the first change, and again before the first forced reload. */
const WEB_SOCKETS = 12

/** Not every forced change needs a reload: so many are made for one reload at most. */
const MOST_TRIES = 10

/** So many changes the daemon did not take end a run: what follows would prove nothing. */
const MOST_REFUSED = 10

/** Makes the proof and answers its report; everything it started is ended. Throws the signal's reason when aborted. */
export async function prove(options: ProveOptions): Promise<Report> {
  const fleet = new Fleet()
  options.onProgress('starting a daemon and servers')
  try {
    const daemon = await startThrowawayDaemon(options.env, options.signal)
    try {
      return await proveWith(daemon, fleet, options)
    } finally {
      options.onProgress('stopping')
      await daemon.stop()
    }
  } finally {
    fleet.end()
  }
}

async function proveWith({ client, warnings }: ThrowawayDaemon, fleet: Fleet, options: ProveOptions): Promise<Report> {
  const [port = 0, tlsPort = 0, ...otherPorts] = await findFreePorts(2 + LISTENER_PORTS)
  const world = await startWorld(fleet, { port, tlsPort, otherPorts })
  for (const name of CERTIFICATES) await client.sendCertificate(replaceCertificate(name, makeSelfSigned(TLS_NAME)))
  const shared = await fleet.start()
  await client.send(createLoadBalancer(describeSteady(world, shared)), { wait: true })
  const tally = new Tally()
  const load = new Load(world, tally, makeChance(options.seed + 1))
  const startMs = performance.now()
  try {
    load.start()
    await load.openWebSockets(WEB_SOCKETS)
    options.onProgress('waiting for the load to build up')
    await load.everyoneAsked(options.signal)
    const ground: Ground = {
      ...{ client, fleet, tally, world, made: [], signal: options.signal, chance: makeChance(options.seed) },
      endMs: options.forMs === null ? Number.POSITIVE_INFINITY : performance.now() + options.forMs,
      intervalMs: options.ratePerSecond === null ? 0 : 1000 / options.ratePerSecond,
      onChange: (made) => options.onProgress(`${made.length} changes: ${made.at(-1)?.text}`),
    }
    const changed = await change(ground, load, options)
    const { failed, reset, retried, requests, failures } = tally
    const seen = { failed, reset, retried, requests: { ...requests }, failures, warnings, webSockets: load.webSockets }
    return makeReport({ ...changed, ...seen, seed: options.seed, durationMs: performance.now() - startMs })
  } finally {
    await load.stop()
  }
}

async function startWorld(fleet: Fleet, ports: Pick<World, 'port' | 'tlsPort' | 'otherPorts'>): Promise<World> {
  const demos = await Promise.all(Array.from({ length: SERVERS_AT_FIRST }, () => fleet.start()))
  const servers = demos.map((demo) => ({ ...demo, weight: 1, state: 'ready' as const, maxConnections: null }))
  return { ...ports, servers, routes: [], neighbours: [], spares: [], settings: FIRST_SETTINGS }
}

/** Daily changes, then forced reloads; after each part every client is heard once more. */
async function change(ground: Ground, load: Load, { changes, reloads, signal, onProgress }: ProveOptions) {
  const atFirst = await readReloads(ground.client)
  for (let index = 0; index < changes; index++) if (isHopeless(ground) || !(await makeChange(ground, DAILY))) break
  onProgress('waiting for every client to be answered')
  await load.everyoneAsked(signal)
  const daily = [...ground.made]
  const afterDaily = await readReloads(ground.client)
  if (reloads > 0) {
    await load.openWebSockets(WEB_SOCKETS)
    await forceReloads(ground, reloads)
    onProgress('waiting for every client to be answered')
    await load.everyoneAsked(signal)
  }
  await ground.fleet.settle()
  const atLast = await readReloads(ground.client)
  const dailyReloads = findReloadsBetween(atFirst, afterDaily)
  const forced = ground.made.slice(daily.length)
  return { daily, forced, dailyReloads, reloads: findReloadsBetween(atFirst, atLast) }
}

/** Reloads, with servers that come and go between. */
async function forceReloads(ground: Ground, reloads: number): Promise<void> {
  const start = ground.made.length
  const isReload = ({ reload, kind }: MadeChange) => reload && FORCED.some(({ name }) => name === kind)
  for (let tries = 0; tries < reloads * MOST_TRIES && !isHopeless(ground); tries++) {
    if (ground.made.slice(start).filter(isReload).length >= reloads) return
    if (!(await makeChange(ground, FORCED))) return
    for (let count = ground.chance.below(3); count > 0; count--) await makeChange(ground, COMING_AND_GOING)
  }
}

function isHopeless({ made }: Ground): boolean {
  return made.filter(({ refusal }) => refusal !== null).length >= MOST_REFUSED
}
