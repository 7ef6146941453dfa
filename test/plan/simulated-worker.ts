// A worker as far as plans are concerned: places with servers, rows of maps, and what it has been told. Each action is held against what it finds.
import { expect } from 'vitest'
import { findSettled } from '../../src/haproxy/leaver-times.ts'
import { findOddRows, overlayLedger, overlayShare } from '../../src/haproxy/overlay.ts'
import type { LiveServer } from '../../src/haproxy/servers-state.ts'
import { type Entry, type Told, tell } from '../../src/haproxy/told.ts'
import { type Config, type Pool, poolsOf, routesOf, type Server } from '../../src/model/config.ts'
import type { HealthCheck } from '../../src/model/health-check.ts'
import { ownPlaceOf } from '../../src/model/place.ts'
import { findProfiles } from '../../src/model/profile.ts'
import { Table } from '../../src/model/table.ts'
import type { Action } from '../../src/plan/action.ts'
import { placeOf, type Running } from '../../src/plan/running.ts'
import { formatRouteMapPath, formatTableName } from '../../src/render/haproxy/names.ts'
import { PARAMETER_MAPS, type Row, toParameterRows, toRouteRow } from '../../src/render/haproxy/rows.ts'
import { SAME, toLive, toNewLedger } from './to-running.ts'

/** A server as it was born and as it is now. */
type Born = { readonly server: Server; readonly check: unknown; readonly sinceMs: number }

/** What a server is told of its checks only when it is born. */
function rhythmOf({ type, intervalMs, rise, fall, port }: HealthCheck): unknown {
  return { isChecked: type !== 'none', intervalMs, rise, fall, port }
}

export class SimulatedWorker {
  /** What it was started with. */
  readonly first: Told
  told: Told
  readonly journal: Entry[] = []
  readonly #made: ReadonlyMap<string, Pool>
  readonly #profiles: ReadonlyMap<string, string>
  readonly #servers = new Map<string, Map<string, Born>>()
  readonly #maps = new Map<string, Map<string, string>>()
  #nowMs = 0

  constructor(config: Config, reserve: number) {
    this.first = {
      config,
      processDigest: SAME,
      fragments: Table(),
      layout: 'each',
      ledger: toNewLedger(config, reserve),
    }
    this.told = this.first
    const pools = poolsOf(config)
    this.#made = new Map(pools.map((pool) => [ownPlaceOf(pool.id), pool]))
    this.#profiles = new Map(
      [...this.told.ledger.spares].flatMap(([profile, places]) => places.map((place) => [place, profile] as const)),
    )
    for (const pool of pools) for (const server of pool.servers) this.#bear(ownPlaceOf(pool.id), server, pool)
    for (const map of [...[...config.listeners.keys()].map(formatRouteMapPath), ...Object.values(PARAMETER_MAPS)])
      this.#maps.set(map, new Map())
    for (const route of routesOf(config)) this.#put(toRouteRow(route, ownPlaceOf(route.pool)))
  }

  /** Lets time go by. */
  wait(ms: number): void {
    this.#nowMs += ms
  }

  /** What somebody else does to it. */
  meddle(map: string, key: string, value: string | null): void {
    if (value === null) this.#maps.get(map)?.delete(key)
    else this.#put({ map, key, value })
  }

  /** What a look at everything finds. */
  read(): Running {
    const live = this.#live()
    const byPlace = Map.groupBy(live, ({ backend }) => backend)
    const ledger = overlayLedger(this.told, byPlace)
    const shares = this.told.config.shares.map((share) => overlayShare(share, ledger, byPlace))
    return {
      config: { ...this.told.config, shares },
      ledger,
      processDigest: SAME,
      isTold: false,
      odd: this.#findOdd(),
      ...findSettled(ledger, live, this.#nowMs),
    }
  }

  /** Carries out a plan; whoever contradicts what is there fails the test. */
  carryOut(plan: readonly Action[], desired: Config): void {
    for (const action of plan) this.#carryOutOne(action, desired)
    const names = new Set([...this.told.config.shares.keys(), ...desired.shares.keys()])
    const changed = [...names].map((name) => [name, null, desired.shares.get(name) ?? null] as const)
    const entry: Entry = { atMs: this.#nowMs, plan, changed }
    this.journal.push(entry)
    this.told = tell(this.told, entry)
  }

  /** That it does what this configuration says, in places made for it. */
  expectToBe(config: Config): void {
    const { ledger } = this.told
    for (const pool of poolsOf(config)) {
      const place = placeOf(ledger, pool.id)
      const found = pool.servers.map(({ name }) => this.#servers.get(place)?.get(name))
      expect(found.map((one) => one && this.#describe(one.server, one.check))).toEqual(
        pool.servers.map((server) => this.#describe(toLive(server), rhythmOf(pool.healthCheck))),
      )
      this.#expectToSuit(pool, place)
    }
    for (const [place, servers] of this.#servers) {
      const pool = poolsOf(config).find(({ id }) => placeOf(ledger, id) === place)
      if (ledger.left.has(place)) continue
      const strangers = [...servers.values()].filter(
        ({ server }) => !pool?.servers.some(({ name }) => name === server.name),
      )
      expect(strangers.filter(({ server }) => server.state !== 'maint')).toEqual([])
    }
    expect(this.#findOdd()).toEqual([])
  }

  /** That nothing is left of what was before. */
  expectToBeTidy(config: Config): void {
    const { ledger } = this.told
    expect([[...ledger.left.keys()], [...ledger.leavers.keys()]]).toEqual([[], []])
    const inUse = new Set(poolsOf(config).map(({ id }) => placeOf(ledger, id)))
    const free = [...ledger.spares.values()].flat()
    expect(free.toSorted()).toEqual([...this.#profiles.keys()].filter((place) => !inUse.has(place)).sort())
    for (const [profile, places] of ledger.spares)
      for (const place of places) expect(this.#profiles.get(place)).toBe(profile)
    for (const [place, servers] of this.#servers)
      if (!inUse.has(place)) expect([place, servers.size]).toEqual([place, 0])
    const wanted = poolsOf(config).flatMap(({ id, servers }) =>
      servers.map(({ name }) => `${placeOf(ledger, id)} ${name}`),
    )
    const there = [...this.#servers].flatMap(([place, servers]) =>
      [...servers.keys()].map((name) => `${place} ${name}`),
    )
    expect(there.sort()).toEqual(wanted.sort())
  }

  /** The tables each scope of a rate limit is counted in. */
  tablesByScope(config: Config): Map<string, Set<string>> {
    const tables = new Map<string, Set<string>>()
    for (const { id, rateLimit } of poolsOf(config)) {
      if (rateLimit === null) continue
      const isOwn = placeOf(this.told.ledger, id) === ownPlaceOf(id)
      const table = isOwn ? formatTableName(rateLimit.scope) : `shared by those who count for ${rateLimit.windowMs} ms`
      tables.set(rateLimit.scope, (tables.get(rateLimit.scope) ?? new Set()).add(table))
    }
    return tables
  }

  #carryOutOne(action: Action, desired: Config): void {
    switch (action.kind) {
      case 'reload':
        throw new Error('a reload cannot be simulated')
      case 'claim-place':
        this.#claim(action)
        return
      case 'set-parameters': {
        expect(this.#rowsOf(action.place)).toEqual(toRowTexts(toParameterRows(action.before, action.place)))
        this.#setRows(action.place, toParameterRows(action.after, action.place))
        return
      }
      case 'add-server':
        expect(this.#servers.get(action.place)?.has(action.server) ?? false).toBe(false)
        this.#bear(action.place, action.definition, action.in)
        return
      case 'set-route':
        this.#setRoute(action, desired)
        return
      case 'put-row':
        expect(this.#maps.get(action.map)?.get(action.key) ?? null).toBe(action.from)
        this.meddle(action.map, action.key, action.to)
        return
      case 'leave-place':
        expect(this.#routedPlaces().has(action.place)).toBe(false)
        return
      case 'free-place':
        expect(this.#servers.get(action.place)?.size ?? 0).toBe(0)
        return
      default:
        if (!('server' in action)) throw new Error(`${action.kind} is not simulated`)
        this.#changeServer(action)
    }
  }

  #claim({ place, definition, profile }: Extract<Action, { kind: 'claim-place' }>): void {
    expect(this.#profiles.get(place)).toBe(profile)
    expect(this.told.ledger.left.has(place)).toBe(false)
    expect([...this.told.ledger.places.values()]).not.toContain(place)
    expect([...(this.#servers.get(place)?.keys() ?? [])]).toEqual([])
    this.#setRows(place, toParameterRows(definition, place))
  }

  /** Nobody is sent anywhere before the servers are there. */
  #setRoute(action: Extract<Action, { kind: 'set-route' }>, desired: Config): void {
    const { map, key } = toRouteRow(action, '')
    const before = action.from === null ? null : placeOf(this.told.ledger, action.from)
    expect(this.#maps.get(map)?.get(key) ?? null).toBe(before)
    this.meddle(map, key, action.place)
    const pool = poolsOf(desired).find(({ id }) => id === action.to)
    for (const { name } of pool?.servers ?? [])
      expect([...(this.#servers.get(action.place ?? '')?.keys() ?? [])]).toContain(name)
  }

  #changeServer(action: Exclude<Extract<Action, { server: string }>, { kind: 'add-server' }>): void {
    const servers = this.#servers.get(action.place)
    const born = servers?.get(action.server)
    if (!servers || !born) throw new Error(`${action.place}/${action.server} does not run`)
    const { server } = born
    const change = (to: Partial<Server>) => {
      const isOther = to.state !== undefined && to.state !== server.state
      servers.set(action.server, {
        ...born,
        server: { ...server, ...to },
        sinceMs: isOther ? this.#nowMs : born.sinceMs,
      })
    }
    switch (action.kind) {
      case 'set-weight':
        expect(server.weight).toBe(action.from)
        change({ weight: action.to })
        return
      case 'set-max-connections':
        expect(server.maxConnections).toBe(action.from)
        change({ maxConnections: action.to })
        return
      case 'set-state':
        expect(server.state).toBe(action.from)
        change({ state: action.to })
        return
      case 'set-address':
        change({ address: action.address, port: action.port })
        return
      case 'retire-server':
        change({ state: 'maint' })
        return
      case 'resume-checks':
        return
      case 'delete-server':
        expect(server.state).toBe('maint')
        servers.delete(action.server)
    }
  }

  #bear(place: string, server: Server, pool: Pool): void {
    const servers = this.#servers.get(place) ?? new Map<string, Born>()
    this.#servers.set(place, servers)
    servers.set(server.name, { server: toLive(server), check: rhythmOf(pool.healthCheck), sinceMs: this.#nowMs })
  }

  #put({ map, key, value }: Row): void {
    const rows = this.#maps.get(map)
    if (!rows) throw new Error(`there is no map ${map}`)
    rows.set(key, value)
  }

  #setRows(place: string, rows: readonly Row[]): void {
    for (const map of Object.values(PARAMETER_MAPS)) this.#maps.get(map)?.delete(place)
    for (const row of rows) this.#put(row)
  }

  #rowsOf(place: string): string[] {
    const maps = Object.values(PARAMETER_MAPS)
    return maps.flatMap((map) => {
      const value = this.#maps.get(map)?.get(place)
      return value === undefined ? [] : [`${map} ${place} ${value}`]
    })
  }

  #routedPlaces(): Set<string> {
    const parameters = new Set<string>(Object.values(PARAMETER_MAPS))
    return new Set([...this.#maps].flatMap(([map, rows]) => (parameters.has(map) ? [] : [...rows.values()])))
  }

  /** What of a pool HAProxy must have been told when it loaded. */
  #expectToSuit(pool: Pool, place: string): void {
    const profile = this.#profiles.get(place)
    if (profile !== undefined) {
      expect(findProfiles(pool)).toContain(profile)
      expect(this.told.ledger.profiles.get(place)).toBe(profile)
      expect(this.#rowsOf(place)).toEqual(toRowTexts(toParameterRows(pool, place)))
      return
    }
    const { servers: _old, ...made } = this.#made.get(place)!
    const { servers: _fresh, ...wanted } = pool
    expect(wanted).toEqual(made)
  }

  #findOdd() {
    const { config, ledger } = this.told
    const told = new Map([...this.#maps.keys()].map((map) => [map, new Map<string, string>()]))
    const note = ({ map, key, value }: Row) => void told.get(map)?.set(key, value)
    for (const route of routesOf(config)) note(toRouteRow(route, placeOf(ledger, route.pool)))
    for (const pool of poolsOf(config)) {
      const place = ledger.places.get(pool.id)
      if (place !== undefined) toParameterRows(pool, place).forEach(note)
    }
    const parameters = new Set<string>(Object.values(PARAMETER_MAPS))
    const used = new Set(ledger.places.values())
    const live = [...this.#maps].map(([map, rows]) => {
      const counted = [...rows].filter(([key]) => !parameters.has(map) || used.has(key))
      return [map, new Map(counted)] as const
    })
    return findOddRows(told, new Map(live))
  }

  #live(): LiveServer[] {
    return [...this.#servers].flatMap(([backend, servers]) =>
      [...servers.values()].map(({ server, sinceMs }) => ({
        backend,
        server: server.name,
        address: server.address ?? '',
        port: server.port,
        weight: server.weight,
        bornWeight: server.weight,
        hasAgent: false,
        isMaint: server.state === 'maint',
        unchangedForSeconds: Math.floor((this.#nowMs - sinceMs) / 1000),
        isUnchecked: false,
        operational: 2,
        line: '',
      })),
    )
  }

  /** Where a server in maintenance stands does not matter. */
  #describe({ name, weight, state, address, port, maxConnections, backup }: Server, check: unknown): unknown {
    return { name, weight, state, maxConnections, backup, check, ...(state === 'maint' ? {} : { address, port }) }
  }
}

function toRowTexts(rows: readonly Row[]): string[] {
  const maps: readonly string[] = Object.values(PARAMETER_MAPS)
  return rows
    .toSorted((a, b) => maps.indexOf(a.map) - maps.indexOf(b.map))
    .map(({ map, key, value }) => `${map} ${key} ${value}`)
}
