// What Kontena says becomes load balancers: one for each balanced service, so that a bad one is set aside alone.
import type { Fragment, Word } from '../../model/fragment.ts'
import { checkWith, formatSpecProblem } from '../../spec/parse-resource.ts'
import { resourceSchema } from '../../spec/schema.ts'
import { toFragment } from '../../spec/to-fragment.ts'
import { readBalancerSettings } from './balancer-settings.ts'
import { type Before, type Draft, fault, remark } from './draft.ts'
import { draftHttp } from './http-drafts.ts'
import type { KontenaBalancer } from './kontena.ts'
import { nameAll } from './names.ts'
import { draftBeside } from './own-drafts.ts'
import { draftTcp } from './tcp-drafts.ts'
import { readService } from './wish.ts'

/**
 * Makes them; the same for any order of balancers and services, whose names are told once each. `seen` is the word
 * before: what has not changed is the same object again, versions grow from there, names, ports and routes of those who
 * serve stay theirs. `now` is the time in milliseconds since 1970, since when what is new here is there.
 */
export function toWord(balancers: readonly KontenaBalancer[], seen: Word, now = 0): Word {
  const before: Before = { items: new Map(seen.map((one) => [one.origin.id, one])), now }
  const drafts = [...balancers].sort(compareNames).flatMap((balancer) => draftBalancer(balancer, before))
  const { names, holders } = nameAll(drafts, new Map(seen.map(({ origin, name }) => [origin.id, name])))
  const word = drafts.map((draft) => {
    const name = names.get(draft.id) ?? ''
    return toWordItem(withNameRemark(draft, name, holders), name, before)
  })
  return word.sort((a, b) => compare(a.name, b.name) || compare(a.origin.id, b.origin.id))
}

function draftBalancer(balancer: KontenaBalancer, before: Before): Draft[] {
  const readings = [...balancer.services].sort(compareNames).map((service) => readService(service, balancer))
  const [http, tcp] = (['http', 'tcp'] as const).map((mode) => readings.filter(({ service }) => service.mode === mode))
  const drafts = [
    ...draftHttp(balancer, http ?? [], before),
    ...draftTcp(balancer, tcp ?? [], before),
    ...draftBeside(balancer),
  ]
  const [first, ...more] = drafts
  return first ? [withBalancerProblems(first, balancer), ...more] : []
}

/** What is wrong with the load balancer's own variables is told where it answers itself, or by the first of its services. */
function withBalancerProblems(draft: Draft, balancer: KontenaBalancer): Draft {
  const sentences = [...(balancer.trial?.faults ?? []), ...readBalancerSettings(balancer).remarks]
  const told = sentences.map((message) => remark(`load balancer ${balancer.name}: ${message}`))
  return told.length > 0 ? { ...draft, problems: [...draft.problems, ...told] } : draft
}

function withNameRemark(draft: Draft, name: string, holders: ReadonlyMap<string, string>): Draft {
  const [first = ''] = draft.wanted
  const holder = holders.get(first)
  if (holder === undefined || holder === draft.id) return draft
  const told = remark(
    `the name ${first} is taken by the load balancer of kontena ${holder}; this one is called ${name}`,
  )
  return { ...draft, problems: [...draft.problems, told] }
}

/** What an item was made of, so that the same is not made again. */
const MADE_OF = new WeakMap<Word[number], string>()

/** The fragment of a draft; the one before where nothing of it has changed. */
function toWordItem(draft: Draft, name: string, { items, now }: Before): Word[number] {
  const { id, spec, text: sections, problems } = draft
  const last = items.get(id)
  const text = JSON.stringify([name, spec, sections, problems])
  if (last && MADE_OF.get(last) === text) return last
  const version = last ? Math.max(last.origin.version + 1, now) : now
  const item = toItem(draft, name, { source: 'kontena', id, since: last?.origin.since ?? now, version })
  MADE_OF.set(item, text)
  return item
}

function toItem({ spec, text, problems }: Draft, name: string, origin: Fragment['origin']): Word[number] {
  if (spec === null) return { origin, name, broken: problems }
  const nothing = { vpc: null, listeners: [], routes: [], pools: [] }
  if (text !== undefined) return { origin, name, ...nothing, text, resource: { name, spec }, problems }
  const checked = checkWith(resourceSchema, { name, spec })
  const fragment = checked.ok ? toFragment(checked.value, origin) : checked
  if (fragment.ok) return { ...fragment.value, problems: [...problems, ...fragment.value.problems] }
  const faults = fragment.problems.map((problem) => fault('invalid', formatSpecProblem(problem)))
  return { origin, name, broken: [...faults, ...problems] }
}

function compareNames(a: { readonly name: string }, b: { readonly name: string }): number {
  return compare(a.name, b.name)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
