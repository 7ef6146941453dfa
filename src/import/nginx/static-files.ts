// Files that nginx serves by itself: `root` and `alias`, with the file that stands for a folder.
import { parseFileName, parseFolder } from '../../model/static-files.ts'
import { formatLine, type Remarks } from '../remark.ts'
import type { RouteKeys } from '../site.ts'
import type { Directive } from './parse-nginx.ts'

/** Whether a location answers with files: nothing in it sends requests elsewhere. */
export function isOfFiles(directives: readonly Directive[]): boolean {
  return !directives.some(({ name }) => /^(?:[a-z]+_pass|return|stub_status|empty_gif)$/.test(name))
}

/** What of a location is said here, where it answers with files. */
export const OF_FILES: ReadonlySet<string> = new Set(['alias', 'try_files'])

/** The files of a location; null where it has none. `directives` are its own and those that hold in it from around. */
export function readStatic(directives: readonly Directive[], path: string, remarks: Remarks): RouteKeys | null {
  const find = (wanted: string) => directives.findLast(({ name }) => name === wanted)
  const alias = find('alias')
  const folder = alias ?? find('root')
  if (!folder) return null
  const root = parseFolder(folder.words[0]?.replace(/(?<=.)\/+$/, '') ?? '')
  if (!root.ok) {
    remarks.leaveOut(folder.line, `${formatLine([folder.name, ...folder.words])}: ${root.message}`)
    return null
  }
  const [tried, index] = [find('try_files'), find('index')]
  const isUsual = tried?.words.every((word) => ['$uri', '$uri/', '=404'].includes(word)) ?? true
  if (tried && !isUsual)
    remarks.leaveOut(tried.line, `${formatLine(['try_files', ...tried.words])}: what is missing gets 404`)
  return {
    static: { root: root.value, ...readIndex(index, remarks) },
    // `root` takes the whole path below it, `alias` what comes after the location's.
    ...(alias && path !== '/' ? { rewrite: { stripPrefix: true } } : {}),
  }
}

function readIndex(directive: Directive | undefined, remarks: Remarks): { index?: string } {
  if (!directive) return {}
  const { words, line } = directive
  const [first = '', ...others] = words
  const name = parseFileName(first)
  if (!name.ok) remarks.leaveOut(line, `${formatLine(['index', ...words])}: ${name.message}`)
  else if (others.length > 0)
    remarks.note(line, `${formatLine(['index', ...words])}: one file stands for a folder; ${first} was taken`)
  return name.ok && first !== 'index.html' ? { index: first } : {}
}
