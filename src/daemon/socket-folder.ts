// Where HAProxy's sockets lie: under the state dir, or where HAProxy's own user can reach them too.

import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, realpath, rm, stat, symlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { makeFolder } from '../io/make-folder.ts'
import { outcomeOf } from '../io/outcome.ts'
import { shortSocketFolder } from '../io/short-socket-path.ts'

/** Of root alone; others may pass through and not look. */
const RUNTIME_FOLDER = '/run/fairlead'

/**
 * Makes the folder `run` under the state dir and answers a path to it that is short enough for sockets. Workers run as
 * a user of their own and hand requests over through it: below a folder only root may enter (`/root`) it is a link to
 * one of ours under /run.
 */
export async function openSocketFolder(stateDir: string): Promise<string> {
  const folder = join(stateDir, 'run')
  const isRoot = process.getuid?.() === 0
  if (isRoot && !(await isPassable(dirname(resolve(stateDir))))) await linkFolder(folder)
  await makeFolder(folder, 0o711)
  // HAProxy's own user reaches its sockets through these; nobody can list what is in them.
  await chmod(folder, 0o711)
  await chmod(stateDir, 0o711)
  // By its own name: the way through the link is closed to them.
  return shortSocketFolder(await realpath(folder))
}

/** Whether everybody may pass through a folder and all above it. */
async function isPassable(folder: string): Promise<boolean> {
  const found = await outcomeOf(stat(folder))
  if (!found.ok || (found.value.mode & 0o001) === 0) return false
  return folder === dirname(folder) || isPassable(dirname(folder))
}

/** A folder that is there already stays: an HAProxy may run on it. */
async function linkFolder(folder: string): Promise<void> {
  const there = await outcomeOf(lstat(folder))
  if (there.ok && !there.value.isSymbolicLink()) return
  const target = join(RUNTIME_FOLDER, createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 12))
  await mkdir(RUNTIME_FOLDER, { recursive: true, mode: 0o755 })
  await mkdir(target, { recursive: true, mode: 0o711 })
  await rm(folder, { force: true })
  await symlink(target, folder)
}
