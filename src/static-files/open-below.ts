// Opens what lies below a root, so that it cannot become something else between the look and the reading.
import { constants } from 'node:fs'
import { access, type FileHandle, open, readlink, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { outcomeOf } from '../io/outcome.ts'

/** A file or folder that was looked at. `path` leads to this very one, whatever happens to its name. */
export type Opened = {
  readonly handle: FileHandle
  readonly path: string
  readonly kind: 'file' | 'folder'
  readonly size: number
}

/**
 * Stands for a place in the tree without reading it (open(2), O_PATH; the same number on x86-64 and arm64): a pipe does
 * not wake its writer, a device does nothing. Node has no name for it.
 */
const O_PATH = 0o10000000

/** What the system says of what is not there, or not for us. Clients are not told which. */
const ABSENT: ReadonlySet<string | undefined> = new Set([
  'ENOENT',
  'ENOTDIR',
  'ENAMETOOLONG',
  'ELOOP',
  'EACCES',
  'EPERM',
])

/**
 * Opens the file or folder of these names; null where there is none that may be served: links may lead anywhere below
 * the root and nowhere else, and pipes, devices and sockets are not served. The caller closes the handle. What the
 * system refuses for other reasons (no file descriptors left) is thrown.
 */
export async function openBelow(root: string, names: readonly string[]): Promise<Opened | null> {
  const real = await absentIsNull(realpath(root))
  const handle = real === null ? null : await absentIsNull(open(join(real, ...names), O_PATH))
  if (real === null || handle === null) return null
  const opened = await outcomeOf(look(handle, real))
  if (opened.ok && opened.value) return opened.value
  await handle.close()
  if (!opened.ok && !ABSENT.has(opened.error.code)) throw opened.error
  return null
}

/** Links were followed when it was opened: the system says where they led, of this very file. */
async function look(handle: FileHandle, root: string): Promise<Opened | null> {
  const path = `/proc/self/fd/${handle.fd}`
  const [place, stat] = await Promise.all([readlink(path), handle.stat()])
  if (place !== root && !place.startsWith(root === '/' ? root : `${root}/`)) return null
  if (stat.isDirectory()) return { handle, path, kind: 'folder', size: 0 }
  if (!stat.isFile()) return null
  await access(path, constants.R_OK)
  return { handle, path, kind: 'file', size: stat.size }
}

async function absentIsNull<T>(asked: Promise<T>): Promise<T | null> {
  const outcome = await outcomeOf(asked)
  if (outcome.ok) return outcome.value
  if (ABSENT.has(outcome.error.code)) return null
  throw outcome.error
}
