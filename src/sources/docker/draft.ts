// A load balancer in the making: where each container of a group stands in it, and what is told of them.
import type { Problem } from '../../model/fragment.ts'
import { formatTarget } from '../../model/target.ts'
import { toKebab } from '../../spec/key-path.ts'
import type { Container, FindAddress } from './container.ts'
import { compare, describeContainer, type Group, type Wishing } from './groups.ts'
import type { Json } from './json.ts'
import { withLastOnes } from './last-ones.ts'
import { findLife } from './life.ts'
import type { Offer } from './offer.ts'
import { findDifferences, type Member, toResource } from './to-resource.ts'

/** Where one service stands. */
export type Placed = {
  readonly state: 'serving' | 'waiting' | 'out'
  readonly because: string | null
  readonly target: string | null
  readonly network: string | null
  readonly remarks: readonly string[]
}

/** What becomes a fragment. */
export type Draft = {
  readonly id: string
  readonly name: string
  /** When its oldest and its newest container were made. */
  readonly since: number
  readonly newest: number
  /** null: it cannot be served; the problems say why. */
  readonly resource: Json | null
  readonly problems: readonly Problem[]
  readonly placed: ReadonlyMap<Offer, Placed>
}

/** Makes it, of a group that can be served under this name. */
export function toDraft(group: Group, name: string, findAddress: FindAddress): Draft {
  const placed = withDoubles(withLastOnes(group.members.map((member) => [member, place(member, group, findAddress)])))
  const members = group.members
    .filter((member) => !group.keptOut.has(member))
    .sort((a, b) => compare(a.container.name, b.container.name) || compare(a.name ?? '', b.name ?? ''))
    .map((member): Member & { service: Wishing } => {
      const { target = null, state: placing } = placed.get(member) ?? {}
      const state = placing === 'waiting' ? 'maint' : null
      return { service: member, wish: member.wish, target, state, since: member.container.createdAt }
    })
  return {
    ...agesOf(group.members),
    id: group.id,
    name,
    resource: toResource(name, group.eldest.wish, members),
    problems: group.members.flatMap((member) => tell(member, placed.get(member))),
    placed,
  }
}

/** The same of a group that cannot be served. */
export function toConflict(group: Group, name: string, reason: string): Draft {
  const placed: Placed = { state: 'out', because: reason, target: null, network: null, remarks: [] }
  return {
    ...agesOf(group.members),
    id: group.id,
    name,
    resource: null,
    problems: [{ code: 'conflict', message: `${describeContainer(group.eldest)}: ${reason}`, fatal: true }],
    placed: new Map(group.members.map((member) => [member, placed])),
  }
}

/** When the oldest and the newest of some containers were made. */
export function agesOf(services: readonly { readonly container: Container }[]): { since: number; newest: number } {
  const times = services.map(({ container }) => container.createdAt)
  return { since: Math.min(...times), newest: Math.max(...times) }
}

function place(member: Wishing, group: Group, findAddress: FindAddress): Placed {
  const nowhere = { target: null, network: null, remarks: [] }
  const reason = group.keptOut.get(member)
  if (reason !== undefined) return { ...nowhere, state: 'out', because: reason }
  const { container, wish } = member
  const life = findLife(container)
  const state = life.kind === 'serving' ? 'serving' : 'waiting'
  const remarks = findRemarks(member, group)
  const { targetPort: port, network, family } = wish
  if (port === null) return { ...nowhere, state, because: life.because, remarks }
  const found = findAddress(container, { port, network, family })
  if (!found.ok)
    return { ...nowhere, state: state === 'serving' ? 'out' : state, because: life.because ?? found.reason, remarks }
  const target = formatTarget({ host: found.address, port: found.port })
  return { state, because: life.because, target, network: found.network, remarks }
}

function findRemarks(member: Wishing, { eldest, members }: Group): string[] {
  const { wish } = member
  const remarks: string[] = []
  const prefix = member.name === null ? 'lb' : `lb.${member.name}`
  const other = member === eldest ? [] : findDifferences(eldest.wish, wish).map((key) => `${prefix}.${toKebab(key)}`)
  if (other.length > 0)
    remarks.push(
      `its ${other.join(', ')} ${other.length > 1 ? 'are' : 'is'} not what the older ${describeContainer(eldest)} says, which holds for this load balancer until that one is gone`,
    )
  if (member !== eldest && wish.name !== null && wish.name !== eldest.wish.name)
    remarks.push(
      `its lb.name is not what the older ${describeContainer(eldest)} says, which holds until that one is gone`,
    )
  if (wish.version !== null && wish.mode === 'tcp')
    remarks.push('lb.version needs mode http; with tcp all containers are in one pool')
  const { fallback } = wish.spec
  if (member === eldest && typeof fallback === 'string' && members.every((one) => one.wish.version !== fallback))
    remarks.push(`lb.fallback names a version that no container has now: ${fallback}`)
  return remarks
}

function tell(member: Wishing, placed: Placed | undefined): Problem[] {
  const who = describeContainer(member)
  const ignored = member.ignored.map(({ label, reason }) => told('label', `${who}: ${label} is ignored: ${reason}`))
  const remarks = (placed?.remarks ?? []).map((remark) => told('label', `${who}: ${remark}`))
  const isNews = placed?.state === 'out' || isAilment(member.container)
  const because = isNews && placed?.because ? [told('container', `${who} takes no traffic: ${placed.because}`)] : []
  return [...because, ...remarks, ...ignored]
}

/** Those with one address are told so: they count as one server. */
function withDoubles(all: readonly (readonly [Wishing, Placed])[]): Map<Offer, Placed> {
  const first = new Map<string, Wishing>()
  return new Map(
    all.map(([member, placed]) => {
      const other = placed.target === null ? undefined : first.get(placed.target)
      if (placed.target !== null && !other) first.set(placed.target, member)
      const remark = `it has the address of ${other ? describeContainer(other) : ''} too: the two count as one server`
      return [member, other ? { ...placed, remarks: [...placed.remarks, remark] } : placed]
    }),
  )
}

/** Starting and stopping are the usual way of things; the rest is something to look at. */
function isAilment({ state, health, stopping }: Container): boolean {
  return !stopping && (state === 'paused' || state === 'restarting' || health === 'unhealthy')
}

/** A problem that keeps nothing from being served. */
export function told(code: string, message: string): Problem {
  return { code, message, fatal: false }
}
