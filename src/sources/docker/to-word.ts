// Containers become load balancers: read, grouped, named, placed, and told of, container by container.
import type { BrokenFragment, Fragment, Problem, Word } from '../../model/fragment.ts'
import { checkWith, formatSpecProblem } from '../../spec/parse-resource.ts'
import { resourceSchema } from '../../spec/schema.ts'
import { toFragment } from '../../spec/to-fragment.ts'
import type { Container, FindAddress } from './container.ts'
import { type Draft, type Placed, toConflict, toDraft } from './draft.ts'
import { withFaulty } from './faulty.ts'
import { nameGroups } from './group-names.ts'
import { compare, compareOffers, formatPublished, makeGroups, type Wishing } from './groups.ts'
import { findLife } from './life.ts'
import type { Offer, Reading } from './offer.ts'
import { readContainer } from './read-container.ts'
import type { ServiceVerdict, Verdict } from './verdict.ts'

/** What the containers say together, and what became of each. */
export type Told = { readonly word: Word; readonly verdicts: readonly Verdict[] }

/**
 * Makes it; the same for any order of the containers. `seen` is the word before: what has not changed is the same object
 * again, versions grow from there, names and places of those who serve stay theirs.
 */
export function toWord(containers: readonly Container[], findAddress: FindAddress, seen: Word = []): Told {
  const readings = containers.map((container) => ({ container, reading: readContainer(container) }))
  const services = readings.flatMap(({ reading }) => (reading.ok ? reading.services : [])).sort(compareOffers)
  const there = services.filter(({ container }) => findLife(container).kind !== 'gone')
  const groups = makeGroups(there.filter(isWell), seen)
  const names = nameGroups(groups, seen)
  const drafts = groups.map((group) => {
    const { name, conflict: taken } = names.get(group) ?? { name: group.id, conflict: null }
    const reason = group.conflict ?? taken
    return reason === null ? toDraft(group, name, findAddress) : toConflict(group, name, reason)
  })
  const all = withFaulty(
    drafts,
    there.filter((service) => !isWell(service)),
    seen,
  )
  const before = new Map(seen.map((one) => [one.origin.id, one]))
  const word = all.map((draft) => toWordItem(draft, before.get(draft.id)))
  const homes = new Map(all.flatMap((draft) => [...draft.placed.keys()].map((service) => [service, draft] as const)))
  const verdicts = readings.map(({ container, reading }) => toVerdict(container, reading, homes))
  return {
    word: word.sort((a, b) => compare(a.name, b.name) || compare(a.origin.id, b.origin.id)),
    verdicts: verdicts.sort((a, b) => compare(a.name, b.name) || compare(a.id, b.id)),
  }
}

function isWell(service: Offer): service is Wishing {
  return service.wish !== null && service.faults.length === 0
}

/** What an item was made of, so that the same is not made again. */
const MADE_OF = new WeakMap<Word[number], string>()

/** The fragment of a draft; the one before where nothing of it has changed. */
function toWordItem(draft: Draft, before: Word[number] | undefined): Word[number] {
  const { id, name, since, newest, resource, problems } = draft
  const text = JSON.stringify([name, since, resource, problems])
  if (before && MADE_OF.get(before) === text) return before
  const version = before ? Math.max(before.origin.version + 1, newest) : newest
  const item = toItem(draft, { source: 'docker', id, since, version })
  MADE_OF.set(item, text)
  return item
}

function toItem({ name, resource, problems }: Draft, origin: Fragment['origin']): Word[number] {
  if (resource === null) return { origin, name, broken: problems }
  const checked = checkWith(resourceSchema, resource)
  const fragment = checked.ok ? toFragment(checked.value, origin) : checked
  if (!fragment.ok) return toBroken(name, origin, problems, fragment.problems.map(formatSpecProblem))
  return { ...fragment.value, problems: [...problems, ...fragment.value.problems] }
}

function toBroken(
  name: string,
  origin: Fragment['origin'],
  problems: readonly Problem[],
  messages: readonly string[],
): BrokenFragment {
  return {
    origin,
    name,
    broken: [...messages.map((message) => ({ code: 'invalid', message, fatal: true })), ...problems],
  }
}

function toVerdict(
  { id, name, image, state, health, ...container }: Container,
  reading: Reading,
  homes: ReadonlyMap<Offer, Draft>,
): Verdict {
  const head = { id, name, image, state: container.stopping ? 'stopping' : state, health }
  if (!reading.ok) return { ...head, because: reading.because, services: [] }
  return { ...head, because: null, services: reading.services.map((service) => toServiceVerdict(service, homes)) }
}

function toServiceVerdict(service: Offer, homes: ReadonlyMap<Offer, Draft>): ServiceVerdict {
  const home = homes.get(service)
  const { state, because, target, network, remarks } = home?.placed.get(service) ?? placeGone(service)
  return {
    service: service.name,
    state,
    because,
    loadBalancer: home?.name ?? null,
    publishes: service.wish ? formatPublished(service.wish) : null,
    target,
    network,
    taken: service.taken,
    ignored: service.ignored,
    remarks,
  }
}

/** One whose container does not run is in no load balancer. */
function placeGone({ container, faults }: Offer): Placed {
  return { state: 'out', because: findLife(container).because, target: null, network: null, remarks: faults }
}
