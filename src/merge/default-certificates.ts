// Which certificate answers on a listener where no name matches: of those who ask for that the oldest, else the oldest of all.
import {
  type Certificate,
  type DefaultCertificate,
  formatSource,
  type KnownCertificates,
  SELF_SIGNED,
} from '../model/certificate.ts'
import type { Config, Listener } from '../model/config.ts'
import { compareAge, type Fragment, type Problem } from '../model/fragment.ts'

/** What has been placed. */
type Ground = {
  readonly shares: Config['shares']
  readonly placements: { readonly get: (name: string) => Placed | undefined }
}

type Placed = { readonly serving: Fragment | null; readonly problems: readonly Problem[] }

type Candidate = { readonly fragment: Fragment; readonly certificate: Certificate; readonly isAsking: boolean }

/** What a fragment says of its certificate on a listener: to be the default, not to be it, or nothing. */
export function wishForDefault(fragment: Fragment | null | undefined, listener: string): boolean | undefined {
  return fragment?.certificates?.find((wish) => wish.listener === listener)?.isDefault
}

/**
 * The listener with the certificate that answers by default; without one where names nobody serves are refused. In tcp
 * those who ask clients for a certificate refuse everybody until they have one of their own to show.
 */
export function withDefault(
  listener: Listener,
  holders: Iterable<string>,
  ground: Ground,
  known: KnownCertificates,
): Listener {
  const { tls, id } = listener
  if (!tls) return listener
  if (isStrict(tls))
    return isGuardedTcp(listener) && !hasCertificate(holders, id, ground)
      ? { ...listener, tls: { ...tls, strict: true } }
      : listener
  let best: Candidate | null = null
  for (const name of holders) {
    const candidate = toCandidate(name, id, ground)
    if (candidate && (best === null || isBefore(candidate, best))) best = candidate
  }
  const [own] = known.get(formatSource(SELF_SIGNED))?.keys ?? []
  const found = best?.certificate ?? (own && { ...own, owner: null })
  return found ? { ...listener, tls: { ...tls, default: toDefault(found) } } : listener
}

function isStrict({ strict, clients }: NonNullable<Listener['tls']>): boolean {
  return strict === true || clients === true
}

function isGuardedTcp({ mode, tls }: Pick<Listener, 'mode' | 'tls'>): boolean {
  return mode === 'tcp' && tls?.clients === true
}

function hasCertificate(holders: Iterable<string>, id: string, { shares }: Ground): boolean {
  return [...holders].some((name) => shares.get(name)?.certificates?.some(({ listener }) => listener === id))
}

function toCandidate(name: string, listener: string, { shares, placements }: Ground): Candidate | null {
  const here = shares.get(name)?.certificates?.filter((one) => one.listener === listener) ?? []
  const firsts = here.filter(({ part }) => part === undefined)
  const all = firsts.length > 0 ? firsts : here.filter(({ source }) => source === here[0]?.source)
  // HAProxy 2.6 has one: whoever asks for no name is old, and knows RSA.
  const certificate = all.find(({ keyType }) => keyType === 'rsa') ?? all[0]
  const fragment = placements.get(name)?.serving
  const wish = wishForDefault(fragment, listener)
  return certificate && fragment && wish !== false ? { fragment, certificate, isAsking: wish === true } : null
}

function isBefore(a: Candidate, b: Candidate): boolean {
  return a.isAsking === b.isAsking ? compareAge(a.fragment, b.fragment) < 0 : a.isAsking
}

function toDefault({ owner, digest, fingerprint, names, notAfter }: DefaultCertificate): DefaultCertificate {
  return { owner, digest, fingerprint, names, notAfter }
}

/** Whether another one, or none, may answer by default now that `name` serves `fresh`, which says nothing of the listener that others do not. */
export function mayMoveDefault(
  listener: Listener,
  name: string,
  fresh: Fragment | null,
  { placements }: Ground,
): boolean {
  const { tls } = listener
  if (!tls || isStrict(tls)) return isGuardedTcp(listener)
  if (!tls.default || tls.default.owner === null || tls.default.owner === name) return true
  const holder = placements.get(tls.default.owner)?.serving
  return !holder || (fresh !== null && compareAge(fresh, holder) < 0)
}

const TAKEN = 'default_taken'

/** What those who ask for the default of a listener are told now, where that is not what they were told before. */
export function tellOfDefault(
  listener: Listener | undefined,
  holders: { readonly keys: () => Iterable<string> } | undefined,
  { shares, placements }: Ground,
): (readonly [name: string, problems: readonly Problem[]])[] {
  if (!listener?.tls) return []
  return [...(holders?.keys() ?? [])].flatMap((name) => {
    const { serving = null, problems = [] } = placements.get(name) ?? {}
    if (wishForDefault(serving, listener.id) !== true || !shares.get(name)?.certificates) return []
    const told = withDefaultTold(listener, name, problems)
    return told === problems ? [] : [[name, told]]
  })
}

function withDefaultTold({ id, tls }: Listener, name: string, problems: readonly Problem[]): readonly Problem[] {
  const others = problems.filter(({ code }) => code !== TAKEN)
  const owner = tls?.default?.owner ?? null
  if (owner === null || owner === name) return others.length === problems.length ? problems : others
  const message = `the certificate of load balancer ${owner}, which is older and asks for it too, is the default on ${id}; take default out of one of them, or use another port`
  if (problems.some((one) => one.code === TAKEN && one.message === message)) return problems
  return [...others, { code: TAKEN, path: 'spec.tls.default', message, fatal: false }]
}
