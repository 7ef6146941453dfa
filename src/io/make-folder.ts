// Folders with their parents.
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from './failure.ts'
import { outcomeOf } from './outcome.ts'

/**
 * Makes a folder and every missing one above it. Failure `folder-not-made` with the system's word where that cannot
 * be. Not mkdir's own `recursive`: that never returns where a file system refuses new entries as "not found" (/proc).
 */
export async function makeFolder(path: string, mode: number): Promise<void> {
  const found = await outcomeOf(stat(path))
  if (found.ok && found.value.isDirectory()) return
  if (dirname(path) !== path) await makeFolder(dirname(path), mode)
  const made = await outcomeOf(mkdir(path, { mode }))
  if (made.ok || made.error.code === 'EEXIST') return
  throw new Failure('folder-not-made', `${path} cannot be made (${made.error.code})`, made.error)
}
