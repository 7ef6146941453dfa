// The http services of a load balancer: each its own resource, on the port they share.
import { isDetour } from '../../model/detour.ts'
import type { Fragment, Problem } from '../../model/fragment.ts'
import type { PoolSpec } from '../../spec/schema.ts'
import { formatMatch } from '../../spec/to-routes.ts'
import { type Assigned, assignRoutes, type Claimant } from './assign-routes.ts'
import { readBalancerSettings } from './balancer-settings.ts'
import { hasCertificate } from './balancer-tls.ts'
import { readBundles } from './certificate-bundles.ts'
import { type Before, type Draft, describe, fault, formatId, lastOf, remark, sinceOf } from './draft.ts'
import { formatMatchKey, type Match } from './hosts-and-paths.ts'
import { keepLast } from './keep-last.ts'
import type { KontenaBalancer } from './kontena.ts'
import { toName } from './names.ts'
import { withHttpPort } from './of-port.ts'
import { draftOwn } from './own-drafts.ts'
import { toHttpSpec } from './to-spec.ts'
import { toBackends } from './upstreams.ts'
import type { Reading } from './wish.ts'

/** Makes them, and what answers where none of them does. */
export function draftHttp(balancer: KontenaBalancer, readings: readonly Reading[], before: Before): Draft[] {
  const claimants = readings.flatMap((reading) => toClaimant(balancer, reading, before))
  const assigned = assignRoutes(claimants)
  const names = new Map(readings.map(({ service }) => [formatId(balancer, service), describe(balancer, service)]))
  const drafts = readings.map((reading) => {
    const id = formatId(balancer, reading.service)
    const wanted = [toName(`${balancer.name}-${reading.service.name}`)]
    return { id, wanted, ...draftService({ balancer, readings, before, assigned, names }, reading, id) }
  })
  const routes = [...assigned].flatMap(([id, own]) => own.routes.map((match) => ({ id, ...match })))
  const taker = routes.find(({ host, path }) => host === null && path === '/')?.id
  const hosts = new Set(routes.flatMap(({ host }) => host ?? []))
  const isOpen = readings.length > 0 || isAlwaysOpen(balancer)
  const own = isOpen ? draftOwn(balancer, hosts, taker !== undefined) : null
  const speaker = own?.id ?? taker
  const all = own ? [own, ...drafts] : drafts
  return all.map((draft) => {
    const { redirect = false, ...rest }: Draft & { readonly redirect?: boolean } = draft
    const spec = rest.spec && withHttpPort(rest.spec, balancer, { isSpeaker: rest.id === speaker, redirect })
    return { ...rest, spec }
  })
}

/** Nothing listens where there is nothing to serve, but for a load balancer that is to prove that it lives, or who it is. */
function isAlwaysOpen(balancer: KontenaBalancer): boolean {
  const { healthUri, challenges } = readBalancerSettings(balancer)
  return healthUri !== null || challenges.size > 0 || readBundles(balancer.environment).length > 0
}

/** One that cannot be served as it is holds what it has; without that it asks for nothing. */
function toClaimant(balancer: KontenaBalancer, { service, wish, faults }: Reading, before: Before): Claimant[] {
  const id = formatId(balancer, service)
  const last = lastOf(before, id)
  const had = last ? listRoutes(last) : []
  if (faults.length > 0 && !last) return []
  const wanted = faults.length > 0 ? had : wish.matches
  return [{ id, since: sinceOf(before, id), held: new Set(had.map(formatMatchKey)), wanted }]
}

function listRoutes({ routes }: Fragment): Match[] {
  const plain = routes.filter(({ host }) => host === null || !isDetour(host))
  const all = plain.map(({ host, path }) => ({ host, path, hasPath: true }))
  return [...new Map(all.map((match) => [formatMatchKey(match), match])).values()]
}

/** What the services of one load balancer are drafted with. */
type Scene = {
  readonly balancer: KontenaBalancer
  readonly readings: readonly Reading[]
  readonly before: Before
  readonly assigned: ReadonlyMap<string, Assigned>
  /** Services as a person knows them, by id. */
  readonly names: ReadonlyMap<string, string>
}

type HttpDraft = Pick<Draft, 'spec' | 'problems'> & { readonly redirect?: boolean }

function draftService(scene: Scene, reading: Reading, id: string): HttpDraft {
  const { balancer, before, assigned } = scene
  const { service, wish, faults } = reading
  const who = describe(balancer, service)
  const remarks = [...reading.remarks]
  const tell = () => remarks.map((message) => remark(`${who}: ${message}`))
  if (faults.length > 0) {
    const last = lastOf(before, id)
    const standIn = scene.readings.find((one) => one.service.name === wish.fallback)?.service ?? null
    const spec = last ? keepLast(last, service, standIn) : null
    const redirect = spec?.tls?.redirect ?? false
    return { spec, redirect, problems: [...faults.map((message) => fault('invalid', `${who}: ${message}`)), ...tell()] }
  }
  const { routes, lost } = assigned.get(id) ?? { routes: [], lost: [] }
  const losses = lost.map(({ match, holder }) => describeLoss(match, scene.names.get(holder) ?? holder))
  if (routes.length === 0)
    return { spec: null, problems: [...losses.map((loss) => fault('conflict', `${who}: ${loss}`)), ...tell()] }
  const main = { ...wish.pool, backends: toBackends(service.upstreams, false, remarks) }
  const fallback = findFallback(scene, reading, remarks)
  if (wish.redirectsToHttps && !hasCertificate(balancer))
    remarks.push(`KONTENA_LB_HTTPS_REDIRECT waits until load balancer ${balancer.name} has a certificate`)
  const spec = toHttpSpec(balancer, wish, routes, { main, fallback })
  const problems = [...losses.map((loss): Problem => conflict(`${who}: ${loss}`)), ...tell()]
  return { spec, redirect: wish.redirectsToHttps, problems }
}

function describeLoss(match: Match, holder: string): string {
  return `${formatMatch(match)} is taken by ${holder}; give one of them another KONTENA_LB_VIRTUAL_HOSTS or KONTENA_LB_VIRTUAL_PATH`
}

/** Of one that serves all the same. */
function conflict(message: string): Problem {
  return { code: 'conflict', message, fatal: false }
}

/** The pool of the service that stands in, as that one has it; its paths are this one's. */
function findFallback({ readings, balancer }: Scene, { service, wish }: Reading, remarks: string[]): PoolSpec | null {
  const { fallback } = wish
  if (fallback === null) return null
  const other = readings.find((one) => one.service.name === fallback)
  const reason = findObstacle(other, { service, wish })
  if (reason !== null)
    remarks.push(`KONTENA_LB_FALLBACK is ${fallback}, ${reason.replace('BALANCER', balancer.name)}; nobody stands in`)
  if (reason !== null || !other) return null
  const { rewrite: _rewrite, ...pool } = other.wish.pool
  const { rewrite } = wish.pool
  const backends = toBackends(other.service.upstreams, false)
  // Without a word of its own it would take over nothing: neither pool says anything at the top.
  return { ...pool, ...(rewrite ? { rewrite } : {}), backends }
}

function findObstacle(other: Reading | undefined, { service, wish }: Pick<Reading, 'service' | 'wish'>): string | null {
  if (!other) return 'which is no http service of BALANCER'
  if (other.service === service) return 'which is the service itself'
  if (other.faults.length > 0) return 'which cannot be served as it is'
  return other.wish.sendProxy === wish.sendProxy ? null : 'which has another KONTENA_LB_SEND_PROXY'
}
