// What comes of a case: its resources go the way of the daemon's loop, as far as that is pure.
import { isDeepStrictEqual } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { type Merged, merge } from '../src/merge/merge.ts'
import type { BrokenFragment, Fragment, Origin, Problem, Word } from '../src/model/fragment.ts'
import { formatPlan } from '../src/plan/format-plan.ts'
import { makePlan } from '../src/plan/plan.ts'
import type { RenderedFile } from '../src/render/files.ts'
import type { ProcessSettings } from '../src/render/haproxy/process-settings.ts'
import { renderHaproxy } from '../src/render/haproxy/render-haproxy.ts'
import { PARAMETER_MAPS } from '../src/render/haproxy/rows.ts'
import { parseResource } from '../src/spec/parse-resource.ts'
import { toFragment } from '../src/spec/to-fragment.ts'
import { OWN_CERTIFICATE } from './arbitrary/own-certificate.ts'
import { bodyOf, type CaseFile, type Section, WRITTEN } from './case-file.ts'
import { SAME, toRunning } from './plan/to-running.ts'
import { SETTINGS } from './render/settings.ts'

/** What surrounds the resources; a document that has one of these keys tells it, and `before` tells it for `given` too. */
type Surroundings = {
  readonly vpcs: readonly string[]
  readonly addresses: Readonly<Record<string, string>>
  /** Load balancers HAProxy refused, with its words. */
  readonly refused: Readonly<Record<string, string>>
  /** About how many places HAProxy was started with for new pools. */
  readonly reserve: number
}

/** One document: a resource, and where and since when it is told. */
type Told = { readonly source: string; readonly since: number; readonly version: number; readonly resource: object }

/** Both states of a case, and the settings HAProxy gets. */
export type Outcome = {
  readonly before: Merged | null
  readonly after: Merged
  readonly word: Word
  readonly settings: ProcessSettings
}

/** Carries out a case. A document may say `since` (its place in the file otherwise) and `source` (store otherwise). */
export function carryOut(file: CaseFile): Outcome {
  const nothing = { vpcs: [], addresses: {}, refused: {}, reserve: SETTINGS.reserve }
  const earlier = readSection(bodyOf(file, 'before'), nothing, [])
  const before = earlier.told.length === 0 ? null : mergeTold(earlier.told, earlier.around, new Map())
  const given = readSection(bodyOf(file, 'given'), earlier.around, earlier.told)
  const kept = new Map(
    [...(before?.placements ?? [])].flatMap(([name, { serving }]) => (serving ? [[name, serving]] : [])),
  )
  const settings = { ...SETTINGS, reserve: given.around.reserve }
  return { before, after: mergeTold(given.told, given.around, kept), word: given.told.map(toWordItem), settings }
}

/** The files of a state, as HAProxy would get them. */
export function renderState(state: Merged, settings: ProcessSettings): RenderedFile[] {
  return renderHaproxy(state.value, settings)
}

/** What a case's file should say: its own words, then everything that came of them. */
export function toExpected(file: CaseFile, { before, after, settings }: Outcome): CaseFile {
  const running = before ? toRunning(before.value, settings.reserve) : null
  const plan = formatPlan(makePlan(running, { config: after.value, processDigest: SAME }))
  const wanted = file.sections.map(({ name }) => name)
  const files = renderState(after, settings).filter(
    ({ path }) => !ALWAYS_THE_SAME.includes(path) || wanted.includes(path),
  )
  const expectations: Section[] = [
    { name: 'problems', body: formatPlacements(after).join('\n') },
    { name: 'plan', body: plan.join('\n') },
    ...files.map(({ path, content, link }) => ({ name: path, body: link ? `-> ${link}` : content.trimEnd() })),
  ]
  return { head: file.head, sections: [...file.sections.filter(({ name }) => WRITTEN.includes(name)), ...expectations] }
}

/** Shown only where a case asks for them: they are the same in all of them. */
const ALWAYS_THE_SAME: readonly string[] = [
  'config/10-process.cfg',
  'config/60-reserve.cfg',
  'maps/own.map',
  ...Object.values(PARAMETER_MAPS),
]

function formatPlacements({ placements }: Merged): string[] {
  const sorted = [...placements.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  return sorted.flatMap(({ name, serving, version, problems }) => {
    const lines = problems.map((problem) => `${name}: ${formatProblem(problem)}`)
    const serves = serving === null ? 'nothing of it serves' : `version ${serving.origin.version} serves`
    return serving?.origin.version === version ? lines : [...lines, `${name}: ${serves}`]
  })
}

function formatProblem({ code, path, message, fatal }: Problem): string {
  return `${fatal ? 'fatal ' : ''}${code}${path === undefined ? '' : ` at ${path}`}: ${message}`
}

function mergeTold(
  told: readonly Told[],
  { vpcs, addresses, refused }: Surroundings,
  kept: ReadonlyMap<string, Fragment>,
): Merged {
  const setAside = Object.entries(refused).map(
    ([name, message]) => [name, { code: 'invalid', message, fatal: true }] as const,
  )
  return merge(told.map(toWordItem), {
    vpcs,
    addresses: new Map(Object.entries(addresses)),
    certificates: OWN_CERTIFICATE,
    kept,
    setAside: new Map(setAside),
  })
}

function toWordItem({ source, since, version, resource }: Told): Fragment | BrokenFragment {
  const name = nameOf(resource)
  const origin: Origin = { source, id: name, since, version }
  const parsed = parseResource(resource)
  const checked = parsed.ok ? toFragment(parsed.value, origin) : parsed
  if (checked.ok) return checked.value
  return { origin, name, broken: checked.problems.map((problem) => ({ code: 'invalid', fatal: true, ...problem })) }
}

function nameOf(resource: object): string {
  const { name, metadata } = resource as { name?: string; metadata?: { name?: string } }
  return name ?? metadata?.name ?? ''
}

function readSection(
  text: string,
  around: Surroundings,
  earlier: readonly Told[],
): { told: Told[]; around: Surroundings } {
  const documents = parseAllDocuments(text).flatMap((document) =>
    document.contents === null ? [] : [document.toJS() as object],
  )
  const surroundings = documents.filter((document) => nameOf(document) === '')
  const resources = documents.filter((document) => nameOf(document) !== '')
  const told = resources.map((document, index) => toTold(document, earlier.length * 10 + index + 1, earlier))
  return { told, around: Object.assign({}, around, ...surroundings) as Surroundings }
}

function toTold(document: object, place: number, earlier: readonly Told[]): Told {
  const { source = 'store', since, ...resource } = document as { source?: string; since?: number }
  const known = earlier.find((one) => one.source === source && nameOf(one.resource) === nameOf(resource))
  const version = known === undefined || isDeepStrictEqual(known.resource, resource) ? 1 : known.version + 1
  return { source, since: since ?? known?.since ?? place, version, resource }
}
