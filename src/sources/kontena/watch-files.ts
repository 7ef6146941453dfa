// Files that belong together, followed whichever way an editor replaces them.
import { stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { outcomeOf } from '../../io/outcome.ts'

/** Between two looks. Files must look the same twice before they are read, so that a half-written one is not. */
const LOOK_MS = 100

/** Rings whenever they have come to rest in a new state; `paths` is asked at each look. Ends when the signal aborts. */
export async function watchFiles(paths: () => readonly string[], ring: () => void, signal: AbortSignal): Promise<void> {
  let [told, before] = ['', '']
  while (!signal.aborted) {
    const states = await Promise.all(paths().map(readState))
    const state = states.join('\n')
    if (state === before && state !== told) {
      told = state
      ring()
    }
    before = state
    await outcomeOf(sleep(LOOK_MS, undefined, { signal }))
  }
}

async function readState(path: string): Promise<string> {
  const found = await outcomeOf(stat(path))
  return `${path} ${found.ok ? `${found.value.ino} ${found.value.size} ${found.value.mtimeMs}` : found.error.code}`
}
