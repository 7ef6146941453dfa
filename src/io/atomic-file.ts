// Files that are either the old one or the new one, whatever happens in between.
import { open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Failure } from './failure.ts'
import { outcomeOf } from './outcome.ts'

let writes = 0

/**
 * Replaces a file atomically and durably: a reader, also one after a crash or a power cut, sees the whole old content
 * or the whole new one. `mode` is the file's permission whatever the umask says, 0o644 unless told otherwise.
 * Failure `file-not-written` leaves the old file as it was and nothing beside it.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  { mode = 0o644 }: { mode?: number } = {},
): Promise<void> {
  const temporary = temporaryOf(path)
  const written = await outcomeOf(replace(path, temporary, content, mode))
  if (written.ok) return
  await rm(temporary, { force: true })
  throw new Failure('file-not-written', `${path} could not be written: ${written.error.message}`, written.error)
}

/**
 * The same without waiting for the disk: for files that are made anew after a power cut. A reader, also one after a
 * crash of this process, sees the whole old content or the whole new one.
 */
export async function replaceFile(
  path: string,
  content: string,
  { mode = 0o644 }: { mode?: number } = {},
): Promise<void> {
  const temporary = temporaryOf(path)
  const written = await outcomeOf(
    writeFile(temporary, content, { mode, flag: 'wx' }).then(() => rename(temporary, path)),
  )
  if (written.ok) return
  await rm(temporary, { force: true })
  throw new Failure('file-not-written', `${path} could not be written: ${written.error.message}`, written.error)
}

/** The text of a file, or undefined where there is none. Failure `file-not-read` where it cannot be read. */
export async function readTextFile(path: string): Promise<string | undefined> {
  const read = await outcomeOf(readFile(path, 'utf8'))
  if (read.ok) return read.value
  if (read.error.code === 'ENOENT') return undefined
  throw new Failure('file-not-read', `${path} could not be read: ${read.error.message}`, read.error)
}

function temporaryOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}-${writes++}.tmp`)
}

async function replace(path: string, temporary: string, content: string | Uint8Array, mode: number): Promise<void> {
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(content)
    await file.chmod(mode)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  await syncFolder(dirname(path))
}

/** A rename is durable only once its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
