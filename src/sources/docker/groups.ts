// Services that publish the same become one load balancer; of those that cannot stand beside each other the oldest stays.
import { formatListenerId } from '../../model/config.ts'
import type { Word } from '../../model/fragment.ts'
import { isObject, isSame } from './json.ts'
import type { Offer, Wish } from './offer.ts'

/** A service whose wish is well. */
export type Wishing = Offer & { readonly wish: Wish }

/** What shares address, port, mode, host and path. */
export type Group = {
  /** Of its load balancer's origin: "0.0.0.0:80 app.example.com/api". */
  readonly id: string
  /** The one whose labels hold for all; its pool settings are everybody's. */
  readonly eldest: Wishing
  /** Oldest first. */
  readonly members: readonly Wishing[]
  /** Members that cannot join, with the reason. */
  readonly keptOut: ReadonlyMap<Wishing, string>
  /** Why it cannot be served beside an older one; null when it can. */
  readonly conflict: string | null
}

/** Oldest first, then the alphabet. */
export function compareOffers(a: Offer, b: Offer): number {
  return (
    a.container.createdAt - b.container.createdAt ||
    compare(a.container.name, b.container.name) ||
    compare(a.container.id, b.container.id) ||
    compare(a.name ?? '', b.name ?? '')
  )
}

/** What a load balancer of this wish is known by among those of Docker. */
export function formatGroupId({ bind, port, mode, host, path }: Wish): string {
  const where = `${host ?? ''}${path === '/' ? '' : path}`
  const words = [formatListenerId(bind, port), ...(mode === 'tcp' ? ['tcp'] : []), ...(where === '' ? [] : [where])]
  return words.join(' ')
}

/** Groups services; those that serve already come first, then the oldest. */
export function makeGroups(services: readonly Wishing[], seen: Word): Group[] {
  const incumbents = new Set(seen.flatMap((one) => ('broken' in one ? [] : [one.origin.id])))
  const byId = Map.groupBy([...services].sort(compareOffers), ({ wish }) => formatGroupId(wish))
  const groups = [...byId].map(([id, members]) => toGroup(id, members))
  const rank = ({ id }: Group) => (incumbents.has(id) ? 0 : 1)
  const ordered = groups.sort((a, b) => rank(a) - rank(b) || compareOffers(a.eldest, b.eldest) || compare(a.id, b.id))
  const holders = new Map<string, Wishing>()
  return ordered.map((group) => {
    const conflict = findConflict(group.eldest, holders)
    const taken = conflict === null ? listenersOf(group.eldest.wish) : []
    for (const { id } of taken) holders.set(id, holders.get(id) ?? group.eldest)
    return { ...group, conflict }
  })
}

function toGroup(id: string, members: readonly Wishing[]): Group {
  const [eldest] = members as [Wishing]
  const keptOut = new Map<Wishing, string>()
  for (const member of members) {
    const reason = findDisagreement(eldest, member)
    if (reason !== null) keptOut.set(member, reason)
  }
  return { id, eldest, members, keptOut, conflict: null }
}

/** What cannot be shared by the servers of one address: a certificate where no host tells them apart. */
function findDisagreement(eldest: Wishing, member: Wishing): string | null {
  const [ours, theirs] = [certificateOf(member.wish), certificateOf(eldest.wish)]
  if (isSame(ours, theirs)) return null
  const older = describeContainer(eldest)
  const where = formatPort(eldest.wish)
  if (ours === null || theirs === null)
    return `the older ${older} has ${where} ${theirs === null ? 'without' : 'with'} a certificate; give both the same, or this one another port`
  if (member.wish.host !== null) return null
  return `the older ${older} has ${where} with another certificate; give both the same, a host each, or another port`
}

type Listening = { readonly id: string; readonly isEncrypted: boolean }

function listenersOf(wish: Wish): Listening[] {
  const { bind, port } = wish
  const plain = { id: formatListenerId(bind, port), isEncrypted: false }
  if (certificateOf(wish) === null) return [plain]
  const encrypted = { id: formatListenerId(bind, encryptedPortOf(wish)), isEncrypted: true }
  return isAlone(wish) ? [encrypted] : [plain, encrypted]
}

/** Why one cannot listen beside who does already. */
function findConflict(service: Wishing, holders: ReadonlyMap<string, Wishing>): string | null {
  for (const { id, isEncrypted } of listenersOf(service.wish)) {
    const holder = holders.get(id)
    if (!holder) continue
    const who = describeContainer(holder)
    const { mode } = holder.wish
    if (mode !== service.wish.mode)
      return `${who} has ${id} with mode ${mode}, this one asks for ${service.wish.mode}; give it another port or address`
    const theirs = listenersOf(holder.wish).find((one) => one.id === id)
    if (theirs && theirs.isEncrypted !== isEncrypted)
      return `${who} has ${id} ${theirs.isEncrypted ? 'with' : 'without'} TLS; give this one another port or address`
    const isHostless = service.wish.host === null && holder.wish.host === null
    if (isEncrypted && isHostless && !isSame(certificateOf(service.wish), certificateOf(holder.wish)))
      return `${who} has ${id} with another certificate; give both the same, a host each, or another port`
  }
  return null
}

/** What is served there, as far as it is a certificate of ours. */
function certificateOf({ spec }: Wish): unknown {
  const { tls } = spec
  if (!isObject(tls)) return null
  const { certificate, certificateFile } = tls
  return certificate === undefined && certificateFile === undefined ? null : { certificate, certificateFile }
}

function encryptedPortOf({ spec }: Wish): number {
  const { tls } = spec
  return isObject(tls) && typeof tls['port'] === 'number' ? tls['port'] : 443
}

/** https alone, on the published port. */
function isAlone(wish: Wish): boolean {
  return certificateOf(wish) !== null && encryptedPortOf(wish) === wish.port
}

/** "container web1". */
export function describeContainer({ container }: Offer): string {
  return `container ${container.name}`
}

/** "port 80", or "127.0.0.1:80" where it is not every address. */
export function formatPort({ bind, port }: Wish): string {
  return bind === '0.0.0.0' ? `port ${port}` : formatListenerId(bind, port)
}

/** "http port 80, host app.example.com, path /api". */
export function formatPublished(wish: Wish): string {
  const { mode, host, path } = wish
  const words = [
    `${isAlone(wish) ? 'https' : mode} ${formatPort(wish)}`,
    ...(host === null ? [] : [`host ${host}`]),
    ...(path === '/' ? [] : [`path ${path}`]),
  ]
  return words.join(', ')
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
