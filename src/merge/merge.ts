// Fragments of every source become one Config: oldest first, each taken whole or refused whole, every loser told why.
import { formatSource, type KnownCertificates } from '../model/certificate.ts'
import { type Config, EMPTY_CONFIG } from '../model/config.ts'
import {
  type BrokenFragment,
  certificateSourcesOf,
  compareAge,
  type Fragment,
  findWinners,
  type ListenerWish,
  type Problem,
  type Word,
} from '../model/fragment.ts'
import { Table } from '../model/table.ts'
import { diffWords } from '../model/word-change.ts'
import { type Claims, claim, idOf, isOfOneKind, NO_CLAIMS, release } from './claims.ts'
import { mayMoveDefault, tellOfDefault, withDefault } from './default-certificates.ts'
import { type Fit, findFit } from './fit.ts'
import { withObtained } from './obtained.ts'
import { type Addresses, namesOf, staysSame, toListener, toShare } from './shares.ts'

/** What merge needs to know beside the fragments. */
export type MergeContext = {
  /** The vpcs this node serves; empty: all. */
  readonly vpcs: readonly string[]
  readonly addresses: Addresses
  /** What is known of certificates, as values that stay the same objects while nothing of them changes; absent: nothing. */
  readonly certificates?: KnownCertificates
  /** The last version of each load balancer that served: stands in for one that is broken or refused now. */
  readonly kept: Kept
  /** Load balancers HAProxy or the machine refused, with the reason. */
  readonly setAside: ReadonlyMap<string, Problem>
}

/** Fragments by load balancer. */
export type Kept = { readonly get: (name: string) => Fragment | undefined }

/** What came of one load balancer. */
export type Placement = {
  readonly name: string
  /** The fragment in force; null when nothing of it serves. */
  readonly serving: Fragment | null
  /** The version asked for, which is not the serving one when that was refused. */
  readonly version: number
  readonly problems: readonly Problem[]
}

export type Merged = {
  readonly value: Config
  readonly placements: Table<string, Placement>
  readonly word: Word
  /** The same by name. */
  readonly byName: ByName
  readonly context: MergeContext
  /** Who holds what, for merging on from here. */
  readonly claims: Claims
  /** Load balancers placed anew by this merge, and those gone; null for all. Of all others everything is the same object as before. */
  readonly changed: ReadonlySet<string> | null
  /** Who did not get what was asked for. */
  readonly losers: ReadonlySet<string>
}

type ByName = Table<string, Word>

/**
 * Merges; the answer is the same for any order of the fragments. With the merge before, whose Config is in force, only
 * what is not the same any more is placed anew: the answer is the same as without it, and the cost is that of the change.
 */
export function merge(asked: Word, context: MergeContext, before?: Merged): Merged {
  const word = withObtained(asked, context.certificates ?? UNKNOWN)
  const news = diffWords(before?.word ?? [], word)
  const byName = indexAnew(before?.byName ?? Table(), news)
  const redo = before ? findRedo(before, word, news, context) : null
  const some = redo ? [...redo].flatMap((name) => byName.get(name) ?? []) : word
  const draft: Draft =
    before && redo ? without(before, redo) : { ...EMPTY_CONFIG, placements: Table(), claims: NO_CLAIMS }
  for (const candidate of inOrder(some, context.kept)) {
    const earlier = draft.placements.get(candidate.name)
    const placement = earlier ? withNameClash(earlier, candidate, some) : place(candidate, draft, context)
    draft.placements = draft.placements.set(candidate.name, placement)
  }
  const names = redo ?? draft.placements.keys()
  const told = new Set<string>()
  for (const id of findTouchedListeners(names, redo ? before : undefined, draft)) {
    joinListener(draft, id, context)
    for (const [name, problems] of tellOfDefault(draft.listeners.get(id), draft.claims.listeners.get(id), draft)) {
      draft.placements = draft.placements.update(name, (placement) => placement && { ...placement, problems })
      told.add(name)
    }
  }
  const { listeners, shares, placements, claims } = draft
  const losers = new Set([...(before?.losers ?? [])].filter((name) => redo !== null && !redo.has(name)))
  const looked = redo ?? placements.keys()
  for (const name of looked) if (isLoser(placements.get(name), byName)) losers.add(name)
  const changed = redo && told.size > 0 ? new Set([...redo, ...told]) : redo
  return { value: { listeners, shares }, placements, word, byName, context, claims, changed, losers }
}

/** What has been taken so far. */
type Draft = {
  listeners: Config['listeners']
  shares: Config['shares']
  placements: Table<string, Placement>
  claims: Claims
}

type News = ReturnType<typeof diffWords>

function indexAnew(before: ByName, { gone, come }: News): ByName {
  return before.withMutations((draft) => {
    for (const fragment of gone) {
      const left = (draft.get(fragment.name) ?? []).filter((other) => other !== fragment)
      if (left.length > 0) draft.set(fragment.name, left)
      else draft.delete(fragment.name)
    }
    for (const fragment of come) draft.set(fragment.name, [...(draft.get(fragment.name) ?? []), fragment])
  })
}

/** Who must be placed anew: who changed, and everybody who did not get what was asked for; null for everyone. */
function findRedo(before: Merged, word: Word, { gone, come }: News, context: MergeContext): Set<string> | null {
  if (before.context.vpcs.join() !== context.vpcs.join()) return null
  const redo = new Set([...gone, ...come].map(({ name }) => name))
  for (const name of context.setAside.keys()) redo.add(name)
  for (const name of before.losers) redo.add(name)
  if (before.context.addresses !== context.addresses) {
    for (const fragment of word) if (!('broken' in fragment) && namesOf(fragment).length > 0) redo.add(fragment.name)
  }
  if (before.context.certificates !== context.certificates) {
    const isOther = (source: string) => before.context.certificates?.get(source) !== context.certificates?.get(source)
    for (const fragment of word) if (sourcesOf(fragment, context.kept).some(isOther)) redo.add(fragment.name)
  }
  return redo
}

/** The certificates of what is asked for and of what may stand in for it. */
function sourcesOf(fragment: Fragment | BrokenFragment, kept: Kept): string[] {
  const asked = 'broken' in fragment ? [] : certificateSourcesOf(fragment)
  return [...asked, ...certificateSourcesOf(kept.get(fragment.name) ?? {})].map(formatSource)
}

function isLoser(placement: Placement | undefined, byName: ByName): boolean {
  if (!placement) return false
  const { name, serving, problems } = placement
  const isAsked = serving !== null && (byName.get(name)?.includes(serving) ?? false)
  return !isAsked || problems.some(({ fatal, code }) => fatal || code === 'conflict')
}

function without(before: Merged, names: ReadonlySet<string>): Draft {
  let { claims } = before
  for (const name of names) {
    const serving = before.placements.get(name)?.serving
    if (serving) claims = release(claims, serving, before.value.shares.get(name)?.certificates ?? [])
  }
  const { listeners, shares } = before.value
  return { listeners, shares: shares.deleteAll(names), placements: before.placements.deleteAll(names), claims }
}

/** Listeners that may come out other than they were. */
function findTouchedListeners(names: Iterable<string>, before: Merged | undefined, draft: Draft): Set<string> {
  const touched = new Set<string>()
  for (const name of names) {
    const [old, fresh] = [before?.placements.get(name)?.serving ?? null, draft.placements.get(name)?.serving ?? null]
    const had = new Map(old?.listeners.map((wish) => [idOf(wish), wish]))
    const has = new Map(fresh?.listeners.map((wish) => [idOf(wish), wish]))
    for (const id of new Set([...had.keys(), ...has.keys()])) {
      const listener = draft.listeners.get(id)
      const pair = [had.has(id) ? old : null, has.has(id) ? fresh : null] as const
      const isQuiet = listener && staysSame(listener, ...pair) && !mayMoveDefault(listener, name, pair[1], draft)
      if (!isQuiet || !draft.claims.listeners.has(id) || isOtherKind(had.get(id), has.get(id))) touched.add(id)
    }
  }
  return touched
}

function isOtherKind(had: ListenerWish | undefined, has: ListenerWish | undefined): boolean {
  return had !== undefined && has !== undefined && !isOfOneKind(had, has)
}

function joinListener(draft: Draft, id: string, { certificates = UNKNOWN }: MergeContext): void {
  const holders = draft.claims.listeners.get(id)
  const plain = holders ? toListener(id, holders, (name) => draft.placements.get(name)?.serving ?? null) : null
  const listener = plain && holders ? withDefault(plain, holders.keys(), draft, certificates) : null
  draft.listeners = listener ? draft.listeners.set(id, listener) : draft.listeners.delete(id)
}

/**
 * The order in which load balancers get what they ask for: those that serve just as they are come first, so that nobody
 * who serves loses to a change of another; then the oldest. Of one name only the oldest counts, wherever it stands.
 */
function inOrder(word: Word, kept: MergeContext['kept']): (Fragment | BrokenFragment)[] {
  const winners = new Set(findWinners(word))
  const rank = (fragment: Fragment | BrokenFragment) =>
    !winners.has(fragment) ? 2 : isIncumbent(fragment, kept) ? 0 : 1
  return [...word].sort((a, b) => rank(a) - rank(b) || compareAge(a, b))
}

function isIncumbent({ name, origin }: Fragment | BrokenFragment, kept: MergeContext['kept']): boolean {
  const before = kept.get(name)?.origin
  return before?.source === origin.source && before.id === origin.id && before.version === origin.version
}

function place(candidate: Fragment | BrokenFragment, draft: Draft, context: MergeContext): Placement {
  const { name } = candidate
  const { version } = candidate.origin
  const problems: Problem[] = []
  const refusal = context.setAside.get(name)
  const known = context.certificates ?? UNKNOWN
  if ('broken' in candidate) problems.push(...candidate.broken)
  else if (!isPlaced(candidate, context.vpcs))
    return { name, serving: null, version, problems: [describeUnplaced(candidate, context.vpcs)] }
  else if (refusal) problems.push(refusal)
  else {
    const fit = findFit(candidate, draft.claims, known, isIncumbent(candidate, context.kept))
    if ('certificates' in fit) return take(candidate, candidate, draft, context, fit)
    problems.push(fit)
  }
  const kept = context.kept.get(name)
  const fit = kept && isPlaced(kept, context.vpcs) ? findFit(kept, draft.claims, known, true) : null
  if (!kept || !fit || !('certificates' in fit)) return { name, serving: null, version, problems }
  return take(kept, candidate, draft, context, { ...fit, problems: [...problems, ...fit.problems] })
}

const UNKNOWN: KnownCertificates = { get: () => undefined }

function take(
  fragment: Fragment,
  asked: Fragment | BrokenFragment,
  draft: Draft,
  context: MergeContext,
  { certificates, problems }: Fit,
): Placement {
  draft.claims = claim(draft.claims, fragment, certificates)
  draft.shares = draft.shares.set(fragment.name, toShare(fragment, context.addresses, certificates))
  return {
    name: fragment.name,
    serving: fragment,
    version: asked.origin.version,
    problems: [...problems, ...fragment.problems, ...findUnresolved(fragment, context.addresses)],
  }
}

function isPlaced(fragment: Fragment, vpcs: readonly string[]): boolean {
  return fragment.vpc === null || vpcs.length === 0 || vpcs.includes(fragment.vpc)
}

function describeUnplaced(fragment: Fragment, vpcs: readonly string[]): Problem {
  const message = `no node serves vpc ${fragment.vpc}: this node serves ${vpcs.join(', ')}; start a node with --vpc ${fragment.vpc}, or change the vpc`
  return { code: 'unplaced', path: 'spec.vpc', message, fatal: false }
}

function withNameClash(earlier: Placement, loser: Fragment | BrokenFragment, word: Word): Placement {
  const winner = findWinners(word).find((fragment) => fragment.name === loser.name)
  const message = `${loser.origin.source} ${loser.origin.id} also describes ${loser.name}; the older one, of ${winner?.origin.source} ${winner?.origin.id}, serves: rename one of them`
  return { ...earlier, problems: [...earlier.problems, { code: 'name_taken', message, fatal: false }] }
}

function findUnresolved(fragment: Fragment, addresses: Addresses): Problem[] {
  const names = namesOf(fragment).filter((name) => !addresses.has(name))
  return names.map((host) => ({
    code: 'unresolved',
    message: `the name ${host} does not resolve: its servers take no traffic until it does; add it to DNS or /etc/hosts, or write an IP address`,
    fatal: false,
  }))
}
