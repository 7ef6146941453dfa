// Files that are served as they lie on the node: what a load balancer says of them, and how that is told with each request.
import { normalize } from 'node:path/posix'
import { accepted, type Parsed, quoted, refused } from './parsed.ts'
import { parseFilePath } from './text.ts'

/** Which files a pool serves, and how. All of it changes in the running process. */
export type StaticFiles = {
  /** Absolute; nothing outside of it is ever served. */
  readonly root: string
  /** The file that stands for its folder. */
  readonly index: string
  /** Whether names that begin with a dot are served. */
  readonly dotfiles: boolean
  /** The answers' Cache-Control; null: none. */
  readonly cacheControl: string | null
}

/** The files of a pool of which only the kind is known. */
export const ANY_FILES: StaticFiles = { root: '', index: '', dotfiles: false, cacheControl: null }

/** What HAProxy tells the process that serves files; whatever a client sends under these names is overwritten. */
export const STATIC_HEADERS = {
  /** Which files: the text of `formatStaticFiles`. */
  files: 'X-Fairlead-Static',
  /** The path as the client asked for it, before it was rewritten. */
  path: 'X-Fairlead-Static-Path',
} as const

/** The name of the process's socket, in the folder of HAProxy's own. */
export const STATIC_SOCKET = 'static.sock'

/** One word of ASCII, whatever is in it: a header's value and a row of a map at once. */
export function formatStaticFiles({ root, index, dotfiles, cacheControl }: StaticFiles): string {
  return new URLSearchParams({
    root,
    index,
    ...(dotfiles ? { dotfiles: 'true' } : {}),
    ...(cacheControl === null ? {} : { cache: cacheControl }),
  }).toString()
}

/** Reads it back; null for what no load balancer can have said. */
export function parseStaticFiles(text: string): StaticFiles | null {
  const words = new URLSearchParams(text)
  const [root, index] = [parseFolder(words.get('root') ?? ''), parseFileName(words.get('index') ?? '')]
  if (!root.ok || !index.ok) return null
  const dotfiles = words.get('dotfiles') === 'true'
  return { root: root.value, index: index.value, dotfiles, cacheControl: words.get('cache') }
}

/** The text travels in a header of each request. */
const LONGEST_FOLDER_BYTES = 512

/** A folder on the node, but never all of it. */
export function parseFolder(text: string): Parsed<string> {
  const isFolder = parseFilePath(text).ok && normalize(text) !== '/' && Buffer.byteLength(text) <= LONGEST_FOLDER_BYTES
  if (isFolder) return accepted(text)
  return refused(
    `${quoted(text)} is not a folder to serve; write it from the root, for example /var/www, not / itself, at most ${LONGEST_FOLDER_BYTES} bytes`,
  )
}

/** The name of a file, without a folder. */
export function parseFileName(text: string): Parsed<string> {
  if (/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(text)) return accepted(text)
  return refused(
    `${quoted(text)} is not the name of a file; use letters, digits, '-', '_' and '.', not a dot first, at most 128`,
  )
}
