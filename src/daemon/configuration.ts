// The configuration in force, file by file, for a person to read: secrets blanked.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Haproxy } from '../haproxy/haproxy.ts'
import { readTextFile } from '../io/atomic-file.ts'

/** Directives whose argument is a secret. */
const SECRETS =
  /^(\s*(?:dynamic-cookie-key|stats auth|user \S+ (?:insecure-)?password|http-request set-var\(txn\.jwt_secret\))\s+)\S.*$/gm

/** Every file HAProxy reads, in its order; empty before the first configuration. */
export async function readConfiguration(haproxy: Haproxy): Promise<{ path: string; content: string }[]> {
  const folder = await haproxy.currentFolder()
  if (folder === null) return []
  const paths = await Promise.all(
    ['config', 'maps'].map(async (part) => (await readdir(join(folder, part))).sort().map((name) => join(part, name))),
  )
  return Promise.all(
    paths.flat().map(async (path) => ({
      path,
      content: ((await readTextFile(join(folder, path))) ?? '').replace(SECRETS, '$1(secret)'),
    })),
  )
}
