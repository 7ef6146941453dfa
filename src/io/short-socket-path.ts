// Folders for sockets: the operating system allows about 107 bytes for a unix socket's whole path.
import { createHash } from 'node:crypto'
import { lstat, mkdir, readlink, rename, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Failure } from './failure.ts'
import { outcomeOf } from './outcome.ts'

/**
 * The longest folder that still leaves room: sun_path holds 107 bytes and a zero (unix(7)); a slash and a name of 14
 * follow, and programs that bind beside the final path add up to 12 (".4194304.tmp").
 */
const LONGEST_FOLDER_BYTES = 80

/**
 * A short path to `folder`, for sockets with names of at most 14 bytes: the folder itself where it is short enough,
 * else a symbolic link of our own to it, in `runtimeFolder`. The same folder and user get the same link each time; the
 * folder need not exist yet. Failure `socket-path` where the link's place is too long, or not ours alone.
 */
export async function shortSocketFolder(folder: string, runtimeFolder = defaultRuntimeFolder()): Promise<string> {
  const target = resolve(folder)
  if (Buffer.byteLength(target) <= LONGEST_FOLDER_BYTES) return target
  const hash = createHash('sha256').update(target).digest('hex').slice(0, 12)
  const link = join(runtimeFolder, `fairlead-${ownUid()}-${hash}`)
  if (Buffer.byteLength(link) > LONGEST_FOLDER_BYTES) throw refusal(link, 'is itself too long for a socket')
  await prepareRuntimeFolder(runtimeFolder)
  await pointLink(link, target)
  return link
}

/** Where our links live: /run/fairlead for root, else the user's own runtime folder, else the temporary one. */
function defaultRuntimeFolder(): string {
  if (ownUid() === 0 && process.platform === 'linux') return '/run/fairlead'
  return process.env['XDG_RUNTIME_DIR'] || tmpdir()
}

function ownUid(): number {
  return process.getuid?.() ?? 0
}

/** Others must not be able to replace our link: the folder is ours or root's, and closed or sticky. */
async function prepareRuntimeFolder(path: string): Promise<void> {
  await outcomeOf(mkdir(path, { mode: 0o755 }))
  const found = await outcomeOf(lstat(path))
  if (!found.ok || !found.value.isDirectory()) throw refusal(path, 'is not a folder')
  const { uid, mode } = found.value
  const closed = (mode & 0o022) === 0 || (mode & 0o1000) !== 0
  if (!closed || (uid !== ownUid() && uid !== 0)) throw refusal(path, 'can be changed by other users')
}

async function pointLink(link: string, target: string): Promise<void> {
  const found = await outcomeOf(lstat(link))
  if (found.ok) {
    if (!found.value.isSymbolicLink() || found.value.uid !== ownUid()) throw refusal(link, 'belongs to someone else')
    if ((await readlink(link)) === target) return
  }
  const fresh = `${link}.${process.pid}`
  const made = await outcomeOf(makeLink(target, fresh, link))
  if (!made.ok) throw refusal(link, `could not be made (${made.error.message})`)
}

/** Renaming replaces an older link at once; what a crash left of an earlier attempt goes first. */
async function makeLink(target: string, fresh: string, link: string): Promise<void> {
  await rm(fresh, { force: true })
  await symlink(target, fresh)
  await rename(fresh, link)
}

function refusal(path: string, why: string): Failure {
  const advice = 'choose a state directory with a shorter path, or set XDG_RUNTIME_DIR to a short folder of your own'
  return new Failure('socket-path', `${path} ${why}; ${advice}`)
}
