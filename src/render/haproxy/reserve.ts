// The reserve: places without a pool, made when HAProxy loads, so that a new pool needs no reload.
import { createHash } from 'node:crypto'
import { type Config, poolsOf } from '../../model/config.ts'
import { describeProfile, type Profile, profileOf, toBlankPool, widen } from '../../model/profile.ts'
import { renderGuardSections } from './guards.ts'
import { formatDefaultsName, isMadeWhenTaken, MADE_WHEN_TAKEN } from './names.ts'
import { renderPlace, renderSharedPlace } from './pool.ts'
import type { ProcessSettings } from './process-settings.ts'
import { renderSharedTables } from './reserved-limit.ts'

/** Free places by profile. */
export type Reserve = ReadonlyMap<string, { readonly profile: Profile; readonly places: readonly string[] }>

/** What most pools are: without stickiness, limit or a check of its own. */
const PLAIN: Profile = {
  mode: 'http',
  algorithm: 'roundrobin',
  check: { type: 'plain' },
  sticky: null,
  limit: null,
  connectMs: 5000,
  queueMs: 60_000,
  checkMs: 2000,
  serverMs: null,
  tunnelMs: null,
}

const ALGORITHMS = ['roundrobin', 'leastconn', 'source', 'random'] as const
const HTTP_CHECKS = [PLAIN.check, { type: 'http', statuses: [{ from: 200, to: 399 }] }] as const

/** Profiles that people use without having used them before: of the usual kinds, and of kinds in use. */
function listProfiles(inUse: readonly Profile[]): Profile[] {
  const http = HTTP_CHECKS.map((check) => ({ ...PLAIN, check }))
  const tcp: Profile = { ...PLAIN, mode: 'tcp', serverMs: 60_000, tunnelMs: 604_800_000 }
  const variants = [...http, tcp, ...findKinds(inUse)].flatMap((kind) =>
    ALGORITHMS.flatMap((algorithm) =>
      ([null, 'source'] as const).flatMap((sticky) => {
        const profile: Profile = { ...kind, algorithm, sticky }
        return [profile, widen(profile)]
      }),
    ),
  )
  return [...variants, ...inUse]
}

/** A kind has the same checks and timeouts; so many of those in use are held in every variant, the most used ones. */
const MOST_KINDS = 10

/** What serves files has one server: other ways to pick one are of no use. */
function findKinds(inUse: readonly Profile[]): Profile[] {
  const balanced = inUse.filter(({ features }) => !features?.static)
  const plain = balanced.map((profile): Profile => ({ ...profile, algorithm: 'roundrobin', sticky: null, limit: null }))
  const byKind = Map.groupBy(plain, describeProfile)
  const most = [...byKind.values()].sort((a, b) => b.length - a.length).slice(0, MOST_KINDS)
  return most.flatMap(([kind]) => kind ?? [])
}

/** Of all places, the share of profiles that most changes ask for; the others have the rest in equal parts. */
const SHARES = new Map<string, number>(
  [
    [PLAIN, 0.25] as const,
    [{ ...PLAIN, check: HTTP_CHECKS[1] }, 0.15] as const,
    [widen(PLAIN), 0.1] as const,
    [widen({ ...PLAIN, check: HTTP_CHECKS[1] }), 0.1] as const,
  ].map(([profile, share]) => [describeProfile(profile), share]),
)

/**
 * The places to hold for this Config, about `size` in all, and at least one of each profile. 1,000 cost HAProxy 2.6
 * about 12 MB and 40 ms of a start.
 */
export function planReserve(config: Config, { reserve: size, capabilities }: ReserveSettings): Reserve {
  if (size === 0) return new Map()
  const inUse = poolsOf(config).flatMap((pool) => profileOf(pool) ?? [])
  const profiles = new Map(listProfiles(inUse).map((profile) => [describeProfile(profile), profile]))
  const rest = 1 - [...SHARES.values()].reduce((sum, share) => sum + share, 0)
  const each = rest / (profiles.size - SHARES.size)
  return new Map(
    [...profiles].map(([key, profile]) => {
      const count = Math.max(1, Math.floor(size * (SHARES.get(key) ?? each)))
      // Only names: they cost next to nothing.
      const isOnDemand = capabilities.dynamicBackends && canBeMadeWhenTaken(profile)
      const prefix = isOnDemand ? `${MADE_WHEN_TAKEN}${formatReservedPrefix(key)}` : formatReservedPrefix(key)
      const length = isOnDemand ? count * NAMES_A_PLACE : count
      return [key, { profile, places: Array.from({ length }, (_, index) => `${prefix}${index + 1}`) }]
    }),
  )
}

/** A named defaults section can carry neither stick tables, nor a cookie that may be missing (3.4), nor a server. */
function canBeMadeWhenTaken({ sticky, features }: Profile): boolean {
  return sticky === null && !features?.static
}

/** Where HAProxy makes places when they are taken, so many names stand for each place it would hold ready. */
const NAMES_A_PLACE = 20

/** How the names of a profile's places in reserve begin. */
export function formatReservedPrefix(profile: string): string {
  return `bl_${createHash('sha256').update(profile).digest('hex').slice(0, 8)}_`
}

/** What the reserve depends on beside the Config. */
export type ReserveSettings = {
  readonly reserve: number
  readonly capabilities: Pick<ProcessSettings['capabilities'], 'dynamicBackends'>
}

/** The section of every place in reserve, or what they are made from when they are taken, and the tables their rate limits count in. */
export function renderReserve(reserve: Reserve, settings: ProcessSettings): string[][] {
  const sections = [...reserve.values()].flatMap(({ profile, places }) => renderPlaces(profile, places, settings))
  const profiles = [...reserve.values()].map(({ profile }) => profile)
  const lists = renderGuardSections(profiles.map((profile) => toBlankPool(profile, '')))
  return [...renderSharedTables(profiles), ...lists, ...sections]
}

function renderPlaces(profile: Profile, places: readonly string[], settings: ProcessSettings): string[][] {
  const title = `# in reserve: ${describeProfile(profile)}`
  const [first = ''] = places
  if (!settings.capabilities.rulesInDefaults)
    return places.map((place, index) => [...(index === 0 ? [title] : []), ...renderPlace(profile, place, settings)])
  const name = formatDefaultsName(first)
  const { defaults, own } = renderSharedPlace(profile, name, settings)
  const made = isMadeWhenTaken(first) ? [] : places.map((place) => [`backend ${place} from ${name}`, ...own])
  return [[title, ...defaults], ...made]
}
