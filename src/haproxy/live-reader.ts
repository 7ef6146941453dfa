// Reads what runs, and lays it over what was told: all of it, or what one change touched.
import { domainsOf, listenersOf, routesOf } from '../model/config.ts'
import type { Action } from '../plan/action.ts'
import { placeOf, type Running } from '../plan/running.ts'
import { formatFrontendName, formatRouteMapPath } from '../render/haproxy/names.ts'
import {
  CHALLENGE_MAP,
  PARAMETER_MAPS,
  type Row,
  toChallengeRow,
  toParameterRows,
  toRouteRow,
} from '../render/haproxy/rows.ts'
import { isCertificateAction } from './certificate-commands.ts'
import { findSettled } from './leaver-times.ts'
import { findStrays, overlayCertificates, overlayDefaults, readCertificates } from './live-certificates.ts'
import { findOddRows, findUnchecked, overlayLedger, overlayShare } from './overlay.ts'
import { findRows } from './runtime-commands.ts'
import type { RuntimeSocket } from './runtime-socket.ts'
import type { LiveServer } from './servers-state.ts'
import type { Told } from './told.ts'

/** As told, without a look. */
export function asTold(told: Told): Running {
  const { config, ledger, processDigest } = told
  return { config, ledger, processDigest, isTold: true, odd: [], quiet: new Set(), ripe: new Set() }
}

/** As told, with a look at what is on its way out. */
export async function readLeavers(told: Told, socket: RuntimeSocket, nowMs: number): Promise<Running> {
  const places = [...told.ledger.leavers.keys()]
  const live = places.length > 0 ? await socket.serversState(places) : []
  return { ...asTold(told), ...findSettled(told.ledger, live, nowMs) }
}

/** Everything as it is. */
export async function readAll(told: Told, socket: RuntimeSocket, nowMs: number): Promise<Running> {
  const live = await readServers(told, socket, nowMs)
  const byPlace = Map.groupBy(live, (server) => server.backend)
  const ledger = overlayLedger(told, byPlace)
  const certificates = await readAllCertificates(told, socket)
  const strayCertificates = findStrays(told.config.shares.values(), certificates)
  const shares = told.config.shares.map((share) =>
    overlayCertificates(overlayShare(share, ledger, byPlace), certificates),
  )
  const odd = await readOddRows(told, socket)
  const { processDigest } = told
  return {
    config: { listeners: overlayDefaults(told.config.listeners, certificates), shares },
    ledger,
    processDigest,
    isTold: false,
    odd,
    switchedOff: {
      listeners: await readClosed(told, socket),
      checks: findUnchecked(told.config.shares.values(), ledger, byPlace),
    },
    strayCertificates,
    ...findSettled(ledger, live, nowMs),
  }
}

async function readServers({ config, ledger }: Told, socket: RuntimeSocket, nowMs: number): Promise<LiveServer[]> {
  const places = [...config.shares.values()].flatMap(({ pools }) => pools.map(({ id }) => placeOf(ledger, id)))
  const limits = await socket.limits(pickInTurn(places, nowMs))
  return (await socket.serversState()).map((server) => {
    const limit = limits.get(`${server.backend}/${server.server}`)
    return limit === undefined ? server : { ...server, limit }
  })
}

/** Limits stand in the statistics alone, where 1,000 places take HAProxy 0.1 s: of many some have their turn at a time. */
const LIMITS_AT_ONCE = 200
/** As long as one audit is after the other, so that each has another turn. */
const TURN_MS = 10_000

function pickInTurn(places: readonly string[], nowMs: number): string[] {
  const turns = Math.ceil(places.length / LIMITS_AT_ONCE)
  return places.filter((_, index) => index % turns === Math.floor(nowMs / TURN_MS) % turns)
}

function readAllCertificates({ config }: Told, socket: RuntimeSocket) {
  const listeners = listenersOf(config).flatMap(({ id, tls }) => (tls ? [id] : []))
  const certificates =
    listeners.length > 0 ? [...config.shares.values()].flatMap((share) => share.certificates ?? []) : []
  return readCertificates(listeners, certificates, (questions) => socket.askAll(questions))
}

async function readOddRows({ config, ledger }: Told, socket: RuntimeSocket) {
  const told = new Map<string, Map<string, string>>(
    [...[...config.listeners.keys()].map(formatRouteMapPath), ...Object.values(PARAMETER_MAPS), CHALLENGE_MAP].map(
      (map) => [map, new Map()],
    ),
  )
  const note = ({ map, key, value }: Row) => void told.get(map)?.set(key, value)
  for (const route of routesOf(config)) note(toRouteRow(route, placeOf(ledger, route.pool)))
  for (const share of config.shares.values()) {
    for (const pool of share.pools) {
      const place = ledger.places.get(pool.id)
      if (place !== undefined) toParameterRows(pool, place).forEach(note)
    }
  }
  for (const domain of domainsOf(config)) note(toChallengeRow(domain))
  const used = new Set(ledger.places.values())
  const isParameter = new Set<string>(Object.values(PARAMETER_MAPS))
  const live = new Map<string, Map<string, string>>()
  for (const map of told.keys()) {
    const rows = await socket.mapRows(map)
    // What a place of the reserve was told last stays until it is taken again.
    if (isParameter.has(map)) for (const place of rows.keys()) if (!used.has(place)) rows.delete(place)
    live.set(map, rows)
  }
  return findOddRows(told, live)
}

/** What a plan was about, after it: `told` is what should run now. */
export async function readTouched(told: Told, plan: readonly Action[], socket: RuntimeSocket): Promise<Running> {
  const owners = findTouched(plan)
  const places = new Set(plan.flatMap((action) => ('place' in action && action.place !== null ? [action.place] : [])))
  const live = places.size > 0 ? await socket.serversState([...places]) : []
  const byPlace = Map.groupBy(live, (server) => server.backend)
  let { shares } = told.config
  for (const owner of owners) {
    const share = shares.get(owner)
    // Places the plan did not touch were not looked at.
    const isSeen = (poolId: string) => places.has(placeOf(told.ledger, poolId))
    if (!share) continue
    const seen = overlayShare({ ...share, pools: share.pools.filter((pool) => isSeen(pool.id)) }, told.ledger, byPlace)
    const byId = new Map(seen.pools.map((pool) => [pool.id, pool]))
    const pools = share.pools.map((pool) => byId.get(pool.id) ?? pool)
    if (pools.some((pool, index) => pool !== share.pools[index])) shares = shares.set(owner, { ...share, pools })
  }
  const config = await readTouchedCertificates({ ...told.config, shares }, plan, socket)
  const wanted = new Map(plan.flatMap(findRows).map((row) => [`${row.map} ${row.key}`, row]))
  const rows = [...wanted.values()]
  const found = rows.length > 0 ? await socket.rows(rows) : []
  const odd = rows.flatMap(({ map, key, value }, index) => {
    const there = found[index] ?? null
    return there === value ? [] : [{ map, key, told: value, live: there }]
  })
  const touched = [...owners].flatMap((owner) => told.config.shares.get(owner) ?? [])
  const switchedOff = {
    listeners: plan.some(({ kind }) => kind === 'open-listener') ? await readClosed(told, socket) : [],
    checks: findUnchecked(touched, told.ledger, byPlace),
  }
  return { ...asTold(told), config, odd, switchedOff }
}

async function readClosed({ config }: Told, socket: RuntimeSocket): Promise<string[]> {
  const closed = await socket.closedFrontends()
  return [...config.listeners.keys()].filter((id) => closed.has(formatFrontendName(id)))
}

/** Certificates the plan was about, as they are live. */
async function readTouchedCertificates(
  config: Told['config'],
  plan: readonly Action[],
  socket: RuntimeSocket,
): Promise<typeof config> {
  const actions = plan.filter(isCertificateAction)
  if (actions.length === 0) return config
  const changed = actions.flatMap((action) => ('certificate' in action ? [action.certificate] : []))
  const owners = [...new Set(changed.map(({ owner }) => owner))]
  const defaults = actions.flatMap((action) => (action.kind === 'set-default-certificate' ? [action] : []))
  const listeners = new Set(
    [...changed, ...defaults].map(({ listener }) => listener).filter((id) => config.listeners.get(id)?.tls),
  )
  const wanted = owners.flatMap((owner) => config.shares.get(owner)?.certificates ?? [])
  const live = await readCertificates(listeners, wanted, (questions) => socket.askAll(questions))
  const shares = config.shares.withMutations((draft) => {
    for (const owner of owners) {
      const share = draft.get(owner)
      if (share) draft.set(owner, overlayCertificates(share, live))
    }
  })
  return { listeners: overlayDefaults(config.listeners, live), shares }
}

/** Load balancers a plan is about. */
export function findTouched(plan: readonly Action[]): Set<string> {
  return new Set(plan.flatMap((action) => (action.kind === 'reload' || action.owner === null ? [] : [action.owner])))
}
