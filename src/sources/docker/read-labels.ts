// The labels of a container as services: each label taken, or ignored with its reason, or found to be no good.
import { quoted } from '../../model/parsed.ts'
import { parseName } from '../../model/text.ts'
import { foldSegment } from '../../spec/key-path.ts'
import { findNearest } from '../../spec/nearest.ts'
import { parseSwitch, readText } from '../../spec/read-text.ts'
import type { Container } from './container.ts'
import { findLabelKey, isKnownSegment, listLabelNames } from './label-keys.ts'
import type { IgnoredLabel, Offer, Reading, TakenLabel } from './offer.ts'
import { NO_SETTINGS, type Settings, withSetting } from './settings.ts'
import { findShortForm, type Setting } from './short-forms.ts'
import { toWish } from './to-wish.ts'

const PREFIX = 'lb.'

/** A label as it stands, and its name below `lb.` or `lb.<service>.`. */
type Label = { readonly label: string; readonly segments: readonly string[]; readonly value: string }

/** Reads what a container's labels ask for. */
export function readLabels(container: Container): Reading {
  const labels = listLabels(container)
  const enable = labels.find(({ segments }) => segments.join() === 'enable')
  if (!enable) {
    const because = labels.length > 0 ? 'has lb. labels, but not lb.enable=Y' : 'has no label lb.enable=Y'
    return { ok: false, because: `it ${because}` }
  }
  const isEnabled = parseSwitch(enable.value)
  if (isEnabled === null)
    return {
      ok: false,
      because: `lb.enable is ${quoted(enable.value)}, which is neither yes nor no; write lb.enable=Y`,
    }
  if (!isEnabled) return { ok: false, because: `lb.enable is ${quoted(enable.value)}` }
  return {
    ok: true,
    services: readServices(
      container,
      labels.filter((label) => label !== enable),
      enable.label,
    ),
  }
}

function listLabels({ labels }: Container): Label[] {
  return Object.entries(labels)
    .filter(([label]) => label.toLowerCase().startsWith(PREFIX))
    .map(([label, value]) => ({ label, segments: label.slice(PREFIX.length).split('.'), value }))
    .map((one) => (foldSegment(one.segments.join('.')) === 'enable' ? { ...one, segments: ['enable'] } : one))
    .sort((a, b) => (a.label < b.label ? -1 : 1))
}

function readServices(container: Container, labels: readonly Label[], enable: string): Offer[] {
  const names = new Set(labels.flatMap(findServiceName))
  const of = (name: string | null) =>
    labels.flatMap((one) => {
      const first = one.segments[0] ?? ''
      const owner = names.has(first) && one.segments.length > 1 ? first : null
      return owner !== name ? [] : [name === null ? one : { ...one, segments: one.segments.slice(1) }]
    })
  const shared = of(null)
  const isPlainThere = names.size === 0 || shared.some(isPublish)
  const forAll = shared.filter(({ segments }) => ['network', 'family'].includes(foldSegment(segments.join('.'))))
  const named = [...names].sort().map((name) => readService(container, name, of(name), forAll))
  const [first, ...others] = isPlainThere ? [readService(container, null, shared, []), ...named] : named
  if (!first) return []
  const left = isPlainThere ? [] : shared.filter((one) => !forAll.includes(one)).map(tellUnowned)
  const taken = [{ label: enable, key: 'enable' }, ...first.taken]
  return [{ ...first, taken, ignored: [...first.ignored, ...left] }, ...others]
}

/** The service a label names: any word that is not one of ours, where something below it says what to publish. */
function findServiceName({ segments }: Label): string[] {
  const [name = '', ...rest] = segments
  const isOwn = isKnownSegment(name) || !parseName(name).ok
  return !isOwn && isPublish({ segments: rest }) ? [name] : []
}

function isPublish({ segments }: Pick<Label, 'segments'>): boolean {
  return ['publish', 'port'].includes(foldSegment(segments.join('.')))
}

function tellUnowned({ label }: Label): IgnoredLabel {
  return { label, reason: 'it belongs to the service without a name, which publishes nothing; add lb.publish' }
}

function readService(
  container: Container,
  name: string | null,
  own: readonly Label[],
  forAll: readonly Label[],
): Offer {
  const taken: TakenLabel[] = []
  const ignored: IgnoredLabel[] = []
  const faults: string[] = []
  const labels = [...forAll, ...own]
  let settings: Settings = NO_SETTINGS
  // Short forms come first: what is said of one key alone is said more exactly.
  const ordered = [...labels.filter(isShort), ...labels.filter((label) => !isShort(label))]
  const holders = new Map<string, Label>()
  for (const label of ordered) {
    const read = readLabel(label)
    if (read === null) ignored.push({ label: label.label, reason: tellUnknown(label, name) })
    else if ('fault' in read) faults.push(`${label.label}: ${read.fault}`)
    else {
      const key = read.settings.map(({ place, path }) => [place, ...path].join('.')).join()
      const holder = isShort(label) ? undefined : holders.get(key)
      if (holder && !forAll.includes(holder)) {
        ignored.push({ label: label.label, reason: `${holder.label} says the same already` })
        continue
      }
      holders.set(key, label)
      settings = read.settings.reduce(withSetting, settings)
      taken.push({ label: label.label, key: read.key })
    }
  }
  return toWish({ container, name, wish: null, taken, ignored, faults }, settings)
}

function isShort({ segments }: Label): boolean {
  return segments.length === 1 && findShortForm(segments[0] ?? '') !== undefined
}

type Read = { readonly key: string; readonly settings: readonly Setting[] } | { readonly fault: string }

function readLabel({ segments, value }: Label): Read | null {
  const short = segments.length === 1 ? findShortForm(segments[0] ?? '') : undefined
  if (short) {
    const read = short.read(value.trim())
    const path = short.label.slice(PREFIX.length).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
    return read.ok ? { key: path, settings: read.value } : { fault: read.message }
  }
  const found = findLabelKey(segments)
  if (!found || (found.key.path.at(-1) === '*' && found.rest === '')) return null
  const { place, path, label } = found.key
  const read = readText(found.key.schema, value, found.key.path.at(-1) === 'customSettings' ? '\n' : ',')
  if (!read.ok) return { fault: read.message }
  const whole = path.map((step) => (step === '*' ? found.rest : step))
  return {
    key: place === 'service' ? label.slice(PREFIX.length) : whole.join('.'),
    settings: [{ place, path: whole, value: read.value }],
  }
}

function tellUnknown({ segments }: Label, service: string | null): string {
  const near = findNearest(segments.join('.'), listLabelNames())
  const prefix = service === null ? PREFIX : `${PREFIX}${service}.`
  const hint = near === undefined ? '' : `; did you mean ${prefix}${near}?`
  const [name = ''] = segments
  const isService = service === null && segments.length > 1 && !isKnownSegment(name) && parseName(name).ok
  const other = isService ? `${near === undefined ? ';' : ' Or'} a service ${name} needs lb.${name}.publish` : ''
  return `there is no such label${hint}${other}`
}
