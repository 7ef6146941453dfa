// Services with labels that are no good: set aside alone, told, and what was served before them kept as far as it is theirs.
import type { Fragment, Problem, Word } from '../../model/fragment.ts'
import { parseTarget } from '../../model/target.ts'
import type { Container } from './container.ts'
import { agesOf, type Draft, type Placed, told } from './draft.ts'
import { listNames, listOwnNames, toName } from './group-names.ts'
import { describeContainer, formatGroupId } from './groups.ts'
import { isObject, type Json } from './json.ts'
import type { Offer } from './offer.ts'

/** Adds them to the drafts they would belong to, and makes drafts for those that stand alone. */
export function withFaulty(drafts: readonly Draft[], faulty: readonly Offer[], seen: Word): Draft[] {
  const homes = new Map(faulty.map((service) => [service, findHome(service, drafts, seen)] as const))
  const joined = drafts.map((draft) => {
    const guests = faulty.filter((service) => homes.get(service) === draft)
    if (guests.length === 0) return draft
    const placed = new Map([...draft.placed, ...placeAll(guests)])
    return { ...draft, placed, problems: [...draft.problems, ...guests.flatMap(tellJoined)] }
  })
  const homeless = faulty.filter((service) => homes.get(service) === undefined)
  const names = new Set(drafts.map(({ name }) => name))
  const alone = [...Map.groupBy(homeless, (service) => findId(service, seen))].map(([id, services]) => {
    const draft = toFaultyDraft(id, services, names, seen)
    names.add(draft.name)
    return draft
  })
  return [...joined, ...alone]
}

function placeAll(services: readonly Offer[]): [Offer, Placed][] {
  return services.map((service) => {
    const because = service.faults.join('; ')
    return [service, { state: 'out', because, target: null, network: null, remarks: [] }]
  })
}

function findHome(service: Offer, drafts: readonly Draft[], seen: Word): Draft | undefined {
  const id = findId(service, seen)
  const names = listOwnNames(service, service.wish)
  return drafts.find((draft) => draft.id === id) ?? drafts.find(({ name }) => names.includes(name))
}

/** What it is, or was, known by: who cannot be read any more is still the one that served under its name. */
function findId(service: Offer, seen: Word): string {
  const id = service.wish ? formatGroupId(service.wish) : null
  const names = listOwnNames(service, service.wish)
  const before = seen.find(({ origin }) => origin.id === id) ?? seen.find(({ name }) => names.includes(name))
  return before?.origin.id ?? id ?? `container ${names[0] ?? service.container.name}`
}

function toFaultyDraft(id: string, services: readonly Offer[], taken: ReadonlySet<string>, seen: Word): Draft {
  const before = seen.find(({ origin }) => origin.id === id)
  const last = before && !('broken' in before) ? before : null
  const [first] = services
  const names = [before?.name, ...(first ? listNames(first, first.wish) : []), toName(`docker-${id}`, id)]
  const containers = services.map(({ container }) => container)
  return {
    ...agesOf(services),
    id,
    name: names.find((name) => name !== undefined && !taken.has(name)) ?? id,
    resource: last ? keepHeld(last, containers) : null,
    problems: services.flatMap(tellAlone),
    placed: new Map(placeAll(services)),
  }
}

function tellAlone(service: Offer): Problem[] {
  return service.faults.map((fault) => ({
    code: 'invalid',
    message: `${describeContainer(service)}: ${fault}`,
    fatal: true,
  }))
}

function tellJoined(service: Offer): Problem[] {
  return service.faults.map((fault) => told('invalid', `${describeContainer(service)} is left out: ${fault}`))
}

/** The last good version with the servers that are still these containers': Docker gives an address that was freed to anybody. */
function keepHeld({ resource }: Fragment, containers: readonly Container[]): Json {
  const isHeld = (backend: unknown) =>
    isObject(backend) &&
    typeof backend['target'] === 'string' &&
    containers.some((one) => holds(one, backend['target'] as string))
  const keep = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(keep)
    if (!isObject(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) =>
        key === 'backends' && Array.isArray(inner) ? [key, inner.filter(isHeld)] : [key, keep(inner)],
      ),
    )
  }
  return keep(resource) as Json
}

function holds({ networks, publishedPorts }: Container, text: string): boolean {
  const target = parseTarget(text)
  if (!target.ok) return false
  const { host, port } = target.value
  return (
    networks.some(({ ipv4, ipv6 }) => ipv4 === host || ipv6 === host) ||
    publishedPorts.some(({ hostPort, protocol }) => protocol === 'tcp' && hostPort === port)
  )
}
