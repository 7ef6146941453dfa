// What a load balancer serves itself: the page where no service answers, challenges of ACME, statistics, lines of `global`.
import type { LoadBalancerSpec } from '../../spec/schema.ts'
import type { BalancerSettings } from './balancer-settings.ts'
import { readBalancerSettings } from './balancer-settings.ts'
import { CHALLENGE_PATH, renderChallenges } from './challenges.ts'
import type { Draft } from './draft.ts'
import type { KontenaBalancer } from './kontena.ts'
import { toName } from './names.ts'
import { listenOn, withBalancerLines } from './of-port.ts'
import { HTML, NO_SERVICE_PAGE } from './pages.ts'
import { MAIN_POOL } from './to-spec.ts'
import { hashPassword } from './user-list.ts'

const CHALLENGE_POOL = 'challenges'

/**
 * What answers on the port of http beside its services, whose hosts these are; null: nothing does. No service has a
 * star in its name.
 */
export function draftOwn(balancer: KontenaBalancer, hosts: ReadonlySet<string>, isAllTaken: boolean): Draft | null {
  const { challenges } = readBalancerSettings(balancer)
  if (isAllTaken && challenges.size === 0) return null
  const asked = challenges.size === 0 ? [] : [null, ...hosts]
  const spec: LoadBalancerSpec = {
    unavailable: { contentType: HTML, body: NO_SERVICE_PAGE },
    routes: [
      ...(isAllTaken ? [] : [{ match: { path: '/' }, pool: MAIN_POOL }]),
      ...asked.map((host) => ({
        match: { ...(host === null ? {} : { host }), path: CHALLENGE_PATH },
        pool: CHALLENGE_POOL,
      })),
    ],
    pools: {
      ...(isAllTaken ? {} : { [MAIN_POOL]: withBalancerLines({ backends: [] }, balancer, 'http') }),
      ...(challenges.size === 0
        ? {}
        : { [CHALLENGE_POOL]: { backends: [], customSettings: renderChallenges(challenges) } }),
    },
  }
  return { id: `${balancer.name}/*`, wanted: [toName(balancer.name)], spec, problems: [] }
}

/** What it has beside ports of services. */
export function draftBeside(balancer: KontenaBalancer): Draft[] {
  const settings = readBalancerSettings(balancer)
  return [...draftStatistics(balancer, settings), ...draftGlobal(balancer, settings)]
}

/** HAProxy's own page. Kept is only a hash of the password. */
function draftStatistics(balancer: KontenaBalancer, { statsPassword }: BalancerSettings): Draft[] {
  const { name, ports } = balancer
  if (statsPassword === null) return []
  const users = { [STATS_USER]: hashPassword(statsPassword, `${name} statistics`) }
  const spec: LoadBalancerSpec = {
    type: 'http',
    ...listenOn(balancer, ports.stats),
    routes: [{ match: { path: '/' }, pool: MAIN_POOL }],
    pools: {
      [MAIN_POOL]: {
        backends: [],
        auth: { basic: { realm: 'Statistics', users } },
        customSettings: ['stats enable', 'stats uri /', 'stats refresh 10s', 'stats hide-version'],
      },
    },
  }
  return [{ id: `${name}/*stats`, wanted: [toName(`${name}-stats`)], spec, problems: [] }]
}

const STATS_USER = 'stats'

/** A section in a file of its own, so that HAProxy's word against it is about nobody else. */
function draftGlobal({ name }: KontenaBalancer, { globalLines }: BalancerSettings): Draft[] {
  if (globalLines.length === 0) return []
  const text = ['global', ...globalLines.map((line) => `  ${line}`), ''].join('\n')
  return [{ id: `${name}/*global`, wanted: [toName(`${name}-global`)], spec: {}, text, problems: [] }]
}
