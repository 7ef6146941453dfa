// Before the live tests: the program as it is shipped, in a folder of its own, so that they see what users get.
import { execFile } from 'node:child_process'
import { chmod, cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** Makes it, once for all test files; answers how to remove it. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env['FAIRLEAD_SHIPPED'] !== undefined) return
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-shipped-'))
  // Files are served by a process with a user of its own.
  await chmod(folder, 0o755)
  await promisify(execFile)(process.execPath, [join(ROOT, 'scripts/build.mjs'), join(folder, 'dist')])
  for (const path of ['bin', 'package.json']) await cp(join(ROOT, path), join(folder, path), { recursive: true })
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  process.env['FAIRLEAD_SHIPPED'] = folder
  return () => rm(folder, { recursive: true })
}
