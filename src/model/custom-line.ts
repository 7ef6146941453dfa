// Raw HAProxy lines of a user: the one deliberate raw door, kept from opening any other.
import { accepted, type Parsed, quoted, refused } from './parsed.ts'

/** Words that start a section in any HAProxy from 2.4 to 3.5: a raw line may not leave its own pool. */
const SECTIONS = new Set(
  'global defaults frontend backend listen peers resolvers mailers userlist cache program http-errors ring log-forward log-profile crt-store fcgi-app traces acme namespace_list'.split(
    ' ',
  ),
)

/** Lines that would make servers Fairlead does not know of, so that its picture of the pool would be wrong. */
const OWNED = new Set([
  'server',
  'server-template',
  'default-server',
  'use-server',
  'mode',
  'id',
  'guid',
  'disabled',
  'enabled',
  'load-server-state-from-file',
])

/** Lines of `global` that would change how Fairlead itself starts, reaches and replaces HAProxy. */
const OWNED_GLOBAL = new Set(
  'stats user group uid gid chroot daemon master-worker nbproc pidfile localpeer server-state-file server-state-base hard-stop-after unix-bind default-path ca-base crt-base key-base zero-warning tune.ssl.cachesize setenv presetenv resetenv unsetenv'.split(
    ' ',
  ),
)

/** Takes one raw line of a pool; its words are HAProxy's own affair and are checked by `haproxy -c`. */
export function parseCustomLine(text: string): Parsed<string> {
  const line = toLine(text)
  if (!line.ok) return line
  // HAProxy reads back"end" and back\end as backend: a keyword with quotes or escapes in it hides what it is.
  const word = line.value.split(/\s/, 1)[0] ?? ''
  if (!/^[a-z][a-z0-9_-]*$/.test(word))
    return refused(`${quoted(text)} must start with an HAProxy keyword of a backend`)
  if (SECTIONS.has(word))
    return refused(`${quoted(text)} would open the section ${word}; a custom line stays inside its own pool`)
  if (OWNED.has(word))
    return refused(
      `${quoted(text)}: ${word} is set by Fairlead itself; use backends, type or the other keys of the resource`,
    )
  return withoutContinuation(line.value, text)
}

/** What only a frontend can have: up to 3.1 a backend of HAProxy ignores it, from 3.2 on it is refused there. */
const OF_LISTENERS =
  /^(no +)?option +(accept-(invalid|unsafe-violations-in)-http-request|clitcpka|contstats|disable-h2-upgrade|dontlog-normal|dontlognull|h1-case-adjust-bogus-client|http-ignore-probes|http-use-proxy-header|idle-close-on-response|log-separate-errors|logasap|socket-stats|tcp-smart-accept)( +#.*)?$/

/** Whether a line does nothing in a pool. It is left out there, so that it means the same with every HAProxy. */
export function isOfListeners(line: string): boolean {
  return OF_LISTENERS.test(line)
}

/** Takes one raw line of the section `global`, in the same way. */
export function parseGlobalLine(text: string): Parsed<string> {
  const line = toLine(text)
  if (!line.ok) return line
  const word = line.value.split(/\s/, 1)[0] ?? ''
  if (!/^[a-z][a-z0-9._-]*$/.test(word)) return refused(`${quoted(text)} must start with an HAProxy keyword of global`)
  if (SECTIONS.has(word))
    return refused(`${quoted(text)} would open the section ${word}; a global line stays inside of global`)
  if (OWNED_GLOBAL.has(word) || word.startsWith('mworker'))
    return refused(`${quoted(text)}: ${word} is set by Fairlead itself; take the line out`)
  return withoutContinuation(line.value, text)
}

function toLine(text: string): Parsed<string> {
  const line = text.trim().replaceAll('\t', ' ')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f\u2028\u2029]/.test(line))
    return refused(`${quoted(text)} is not one line; give each HAProxy line as its own item`)
  if (line.length > 2048) return refused(`${quoted(text)} is too long; a custom line has at most 2048 characters`)
  if (line === '' || line.startsWith('#')) return refused(`${quoted(text)} says nothing; leave it out`)
  return accepted(line)
}

function withoutContinuation(line: string, text: string): Parsed<string> {
  if (!line.endsWith('\\')) return accepted(line)
  return refused(`${quoted(text)} ends with a backslash; a custom line may not run into the next one`)
}
