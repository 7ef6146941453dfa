// Directives of HAProxy 1.x and of a process of its own that HAProxy, as it is run here, no longer takes.
import { quoteWord, type Word } from './config-line.ts'
import { rewriteHeaderRule } from './legacy-headers.ts'
import { leftOut, type Rewrite, refusedFor, replacedBy } from './rewrite.ts'

/** Where a directive stands. */
export type Section = {
  /** `global`, `defaults`, `frontend`, …; empty before the first one. */
  readonly kind: string
  readonly hasStickTable: boolean
}

type Rewriter = (words: readonly Word[], section: Section) => Rewrite | null

const OURS = 'HAProxy runs as a child of Fairlead, which starts and ends it'
const THREADS = 'HAProxy has threads instead of processes since 2.5'

const TIMEOUTS: Readonly<Record<string, string>> = { contimeout: 'connect', clitimeout: 'client', srvtimeout: 'server' }

function rest(words: readonly Word[], from: number): string {
  return words
    .slice(from)
    .map(({ raw }) => ` ${raw}`)
    .join('')
}

function rewriteTimeout(words: readonly Word[]): Rewrite {
  return replacedBy([`timeout ${TIMEOUTS[words[0]?.value ?? '']}${rest(words, 1)}`], 'HAProxy 2.1 dropped it')
}

const IN_GLOBAL: Readonly<Record<string, Rewriter>> = {
  daemon: () => leftOut(OURS, 'note'),
  debug: () => leftOut(OURS, 'note'),
  'master-worker': () => leftOut(OURS, 'note'),
  nbproc: () => leftOut(THREADS, 'note'),
  pidfile: () => leftOut(OURS, 'note'),
  'tune.chksize': () => leftOut('HAProxy 2.4 dropped it; tune.bufsize counts'),
  stats: (words) => (words[1]?.value === 'bind-process' ? leftOut(THREADS, 'note') : null),
}

const IN_PROXIES: Readonly<Record<string, Rewriter>> = {
  appsession: rewriteAppsession,
  bind: rewriteBind,
  'bind-process': () => leftOut(THREADS, 'note'),
  block: (words) => replacedBy([`http-request deny${rest(words, 1)}`], 'HAProxy 2.1 dropped it'),
  clitimeout: rewriteTimeout,
  contimeout: rewriteTimeout,
  frontend: rewriteHead,
  grace: () => leftOut('HAProxy 2.5 dropped it; connections end by themselves'),
  listen: rewriteHead,
  'monitor-net': rewriteMonitorNet,
  no: (words) => (words[1]?.value === 'option' ? rewriteOption(words.slice(1), true) : null),
  option: (words) => rewriteOption(words, false),
  redispatch: () => replacedBy(['option redispatch'], 'HAProxy 2.1 dropped the short form'),
  srvtimeout: rewriteTimeout,
  timeout: (words) => (Object.hasOwn(TIMEOUTS, words[1]?.value ?? '') ? rewriteTimeout(words.slice(1)) : null),
}

/** What becomes of a directive; null where HAProxy still takes it, or will say itself why not. */
export function rewriteDirective(words: readonly Word[], section: Section): Rewrite | null {
  const table = section.kind === 'global' ? IN_GLOBAL : IN_PROXIES
  const keyword = words[0]?.value ?? ''
  const rewriter = Object.hasOwn(table, keyword) ? table[keyword] : undefined
  return rewriter ? rewriter(words, section) : section.kind === 'global' ? null : rewriteHeaderRule(words)
}

/** `listen web *:80` has its address on a line of its own since 1.7. */
function rewriteHead(words: readonly Word[]): Rewrite | null {
  const address = words[2]
  if (!address || !/:\d/.test(address.value)) return null
  const head = words.slice(0, 2).map(({ raw }) => raw)
  return replacedBy([head.join(' '), `bind${rest(words, 2)}`], 'an address stands on a bind line since HAProxy 1.7')
}

function rewriteBind(words: readonly Word[]): Rewrite | null {
  const at = words.findIndex(({ value }, index) => index > 1 && value === 'process')
  if (at < 0) return null
  const kept = [...words.slice(0, at), ...words.slice(at + 2)].map(({ raw }) => raw)
  return { kind: 'replaced', lines: [kept.join(' ')], level: 'note', because: THREADS }
}

function rewriteMonitorNet(words: readonly Word[], { kind }: Section): Rewrite {
  const network = words[1]
  const rule = `http-request return status 200 if { src ${network?.raw ?? 'NETWORK'} }`
  if (!network || kind === 'defaults') return refusedFor('monitor-net', `write into each frontend: ${rule}`)
  return replacedBy([rule], 'HAProxy 2.2 dropped it')
}

function rewriteAppsession(words: readonly Word[], { kind, hasStickTable }: Section): Rewrite {
  const { cookie, length, time } =
    /^appsession (?<cookie>[\w.-]+) len (?<length>\d+) timeout (?<time>\w+)$/.exec(
      words.map(({ value }) => value).join(' '),
    )?.groups ?? {}
  const lines = [
    `stick-table type string len ${length ?? 'LENGTH'} size 200k expire ${time ?? 'TIME'}`,
    `stick on req.cook(${cookie ?? 'NAME'})`,
    `stick store-response res.cook(${cookie ?? 'NAME'})`,
  ]
  if (cookie === undefined || hasStickTable || kind === 'defaults')
    return refusedFor('appsession', `write into the backend: ${lines.join('; ')}`)
  return replacedBy(lines, 'HAProxy 1.6 dropped it')
}

const OPTIONS_LEFT_OUT: Readonly<Record<string, string>> = {
  'http-tunnel': 'HAProxy 2.1 dropped it; it is not needed',
  'http-use-htx': 'HAProxy 2.5 dropped it; it is always so',
}

function rewriteOption(words: readonly Word[], isNegated: boolean): Rewrite | null {
  const option = words[1]?.value ?? ''
  if (Object.hasOwn(OPTIONS_LEFT_OUT, option)) return leftOut(OPTIONS_LEFT_OUT[option] ?? '')
  if (option === 'forceclose')
    return replacedBy([`${isNegated ? 'no ' : ''}option httpclose`], 'HAProxy 2.0 made them one')
  if (option === 'httpchk' && !isNegated) return rewriteHttpCheck(words)
  return null
}

/** Headers hidden in the version (`HTTP/1.1\r\nHost:\ x`) are refused since 3.0. */
function rewriteHttpCheck(words: readonly Word[]): Rewrite | null {
  const [version = '', ...lines] = (words[4]?.value ?? '').split('\r\n')
  if (words.length !== 5 || words[4]?.hasVariable || lines.length === 0) return null
  const headers = lines.filter((line) => line !== '').map((line) => /^([A-Za-z0-9_-]+): *(.*)$/.exec(line))
  if (headers.length === 0 || headers.some((header) => header === null) || lines.slice(0, -1).includes(''))
    return refusedFor('option httpchk', 'write its headers and body as: http-check send hdr NAME VALUE body TEXT')
  const sent = headers.map((header) => ` hdr ${header?.[1]} ${quoteWord((header?.[2] ?? '').replaceAll('%', '%%'))}`)
  const option = words.slice(0, 4).map(({ raw }) => raw)
  return replacedBy(
    [`${option.join(' ')} ${version}`, `http-check send${sent.join('')}`],
    'HAProxy 3.0 dropped headers there',
  )
}
