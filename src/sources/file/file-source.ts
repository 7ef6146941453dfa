// A YAML file somebody edits as a source: followed while it changes, its last good state kept while it is broken.
import { stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { readTextFile } from '../../io/atomic-file.ts'
import { outcomeOf } from '../../io/outcome.ts'
import type { BrokenFragment, Fragment, Problem, Word } from '../../model/fragment.ts'
import { formatFault, type Item, parseDocuments } from '../../spec/documents.ts'
import { toFragment } from '../../spec/to-fragment.ts'
import type { Source } from '../source.ts'

/** Between two looks. A file must look the same twice before it is read, so that a half-written one is not. */
const LOOK_MS = 100

/** Told of what keeps the file from being followed; null when it is well again. */
export type TellTrouble = (trouble: string | null) => void

/** Follows the file at `path`, whichever way an editor replaces it. */
export function fileSource(path: string, tell: TellTrouble, now: () => number = Date.now): Source {
  return {
    kind: 'file',
    title: `file ${path}`,
    async *watch(signal) {
      const seen: Seen = new Map()
      let last: Word = []
      let isFirst = true
      for await (const _change of changesOf(path, tell, signal)) {
        const text = (await readTextFile(path)) ?? ''
        // What a shell leaves while it writes a file anew, and a full disk for good; at first nothing is lost by it.
        const isCut = !isFirst && text.trim() === ''
        isFirst = false
        const word = isCut ? ({ ok: false, trouble: formatEmpty(path) } as const) : readWord(path, text, seen, now)
        tell(word.ok ? null : word.trouble)
        // A broken file that never said anything goes on saying nothing.
        if (!word.ok && last.length === 0) continue
        last = word.ok ? word.value : last.map((fragment) => toBroken(fragment, word.trouble))
        yield last
      }
    },
  }
}

/** Since when each name of the file is known, and a version that grows only when its own part of the file changes. */
type Seen = Map<string, { readonly since: number; readonly version: number; readonly text: string }>

function look(seen: Seen, item: Item, now: () => number): { since: number; version: number } {
  const name = item.name ?? ''
  const before = seen.get(name)
  const text = JSON.stringify(item.resource ?? item.faults)
  if (before?.text === text) return before
  const version = Math.max(now(), (before?.version ?? 0) + 1)
  const fresh = { since: before?.since ?? now(), version, text }
  seen.set(name, fresh)
  return fresh
}

/** Yields whenever the file has come to rest in a new state. */
export async function* changesOf(path: string, tell: TellTrouble, signal: AbortSignal): AsyncGenerator<void> {
  let read = ''
  let before = ''
  while (!signal.aborted) {
    const found = await outcomeOf(stat(path))
    const state = found.ok ? `${found.value.ino} ${found.value.size} ${found.value.mtimeMs}` : ''
    if (!found.ok && before !== 'missing')
      tell(`${path} cannot be read (${found.error.code}); what it said last goes on to hold`)
    if (found.ok && state === before && state !== read) {
      read = state
      yield
    }
    before = found.ok ? state : 'missing'
    await outcomeOf(sleep(LOOK_MS, undefined, { signal }))
  }
}

type ReadWord = { readonly ok: true; readonly value: Word } | { readonly ok: false; readonly trouble: string }

function readWord(path: string, text: string, seen: Seen, now: () => number): ReadWord {
  const documents = parseDocuments(text)
  if (!documents.ok) return { ok: false, trouble: documents.faults.map((fault) => formatFault(path, fault)).join('; ') }
  const nameless = documents.items.find((item) => item.name === null)
  if (nameless) return { ok: false, trouble: nameless.faults.map((fault) => formatFault(path, fault)).join('; ') }
  return { ok: true, value: documents.items.map((item) => readItem(path, item, look(seen, item, now))) }
}

function formatEmpty(path: string): string {
  return `${path} is empty, as a file is that was not written to its end; what it said last goes on to hold; write "items: []" into it if it is to hold no load balancer`
}

function readItem(
  path: string,
  item: Item,
  { since, version }: { since: number; version: number },
): Fragment | BrokenFragment {
  const name = item.name ?? ''
  const origin = { source: 'file', id: `${path}#${name}`, since, version }
  if (!item.resource) return { origin, name, broken: item.faults.map((fault) => toProblem(formatFault(path, fault))) }
  const checked = toFragment(item.resource, origin)
  if (checked.ok) return checked.value
  return { origin, name, broken: checked.problems.map((problem) => toProblem(formatFault(path, item.locate(problem)))) }
}

function toBroken(fragment: Fragment | BrokenFragment, trouble: string): BrokenFragment {
  return { origin: fragment.origin, name: fragment.name, broken: [toProblem(trouble)] }
}

function toProblem(message: string): Problem {
  return { code: 'invalid', message, fatal: true }
}
