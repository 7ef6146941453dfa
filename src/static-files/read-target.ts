// The target of a request as names to go down from the root; whatever could lead anywhere else is refused here already.
import { isUtf8 } from 'node:buffer'

/** Names below the root, or the status of the refusal. `isFolder`: the path ends with a slash. */
export type Asked =
  | { readonly ok: true; readonly names: readonly string[]; readonly isFolder: boolean }
  | { readonly ok: false; readonly status: 400 | 404 }

/** Of a file's name (NAME_MAX) and of a path (PATH_MAX), in bytes. */
const LONGEST_NAME = 255
const LONGEST_PATH = 4096

/** A folder for what is public by definition (RFC 8615), although it begins with a dot. */
const WELL_KNOWN = '.well-known'

/** Reads a target (`/a/b?c`, or a whole address). It is decoded once, and what is then still encoded is a name like any other. */
export function readTarget(target: string, dotfiles: boolean): Asked {
  const path = pathOf(target)
  if (!path.startsWith('/') || /%(?:2f|5c|00)|\\|#/i.test(path)) return { ok: false, status: 400 }
  const decoded = decode(path)
  if (decoded === null || decoded.includes('\0')) return { ok: false, status: 400 }
  const names = decoded.split('/').filter((name) => name !== '')
  const isRefused = (name: string, index: number) =>
    name === '.' || name === '..' || (!dotfiles && name.startsWith('.') && !(index === 0 && name === WELL_KNOWN))
  const isTooLong = names.some((name) => Buffer.byteLength(name) > LONGEST_NAME) || decoded.length > LONGEST_PATH
  if (isTooLong || names.some(isRefused)) return { ok: false, status: 404 }
  return { ok: true, names, isFolder: decoded.endsWith('/') }
}

/** Where a folder is that was asked for without its slash: the same path with it, as the client knows it. */
export function formatFolderLocation(publicPath: string, target: string): string {
  const query = target.includes('?') ? target.slice(target.indexOf('?')) : ''
  // Two slashes at the beginning would be another host's.
  const path = pathOf(publicPath).replace(/^[/\\]+/, '/')
  return `${path.startsWith('/') ? path : `/${path}`}/${query}`
}

function pathOf(target: string): string {
  const path = target.split('?', 1)[0] ?? ''
  return path.replace(/^https?:\/\/[^/]*/i, '') || '/'
}

/** The text behind the percent signs; null where they are none of UTF-8. */
function decode(path: string): string | null {
  if (/%(?![0-9a-f]{2})/i.test(path)) return null
  const bytes = Buffer.from(
    path.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )
  return isUtf8(bytes) ? bytes.toString('utf8') : null
}
