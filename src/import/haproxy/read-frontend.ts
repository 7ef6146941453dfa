// A frontend section becomes a site: where it listens, and which requests go to which backend.
import { parseBindAddress, parseHostPattern, parsePathPrefix } from '../../model/text.ts'
import { toName } from '../names.ts'
import { formatLine, type Remarks } from '../remark.ts'
import type { Site } from '../site.ts'
import type { ConfigLine, ConfigSection } from './parse-haproxy.ts'
import { toDuration } from './read-backend.ts'

/** What requests an acl is about: hosts, or paths. */
export type Condition = { readonly hosts: readonly string[]; readonly paths: readonly string[] }

/** A frontend; each of its rules is a site. */
export type Frontend = {
  readonly mode: 'http' | 'tcp'
  readonly sites: readonly Site[]
  readonly defaultPool: string | null
}

type Doors = Pick<
  Site,
  'name' | 'line' | 'bind' | 'plainPorts' | 'tlsPorts' | 'certificateFile' | 'minVersion' | 'timeouts'
>

/** Reads it; `defaults` are lines that hold where it says nothing itself. */
export function readFrontend(section: ConfigSection, defaults: readonly ConfigLine[], remarks: Remarks): Frontend {
  const { lines } = section
  const all = [...defaults, ...lines]
  const last = (keyword: string) => all.findLast(({ words }) => words[0] === keyword)?.words[1]
  const doors = readDoors(section, all, remarks)
  const defaultPool = last('default_backend') ?? null
  const rules = readRules(lines, remarks)
  if (defaultPool !== null) rules.push({ hosts: [null], routes: [{ path: '/', keys: { pool: toName(defaultPool) } }] })
  const redirect = lines.find(({ words }) => TO_HTTPS.test(words.join(' ')))
  const isWayToTls = redirect !== undefined && rules.length === 0
  if (isWayToTls)
    rules.push({ hosts: [null], routes: [{ path: '/', keys: { redirect: { scheme: 'https', status: 301 } } }] })
  else if (redirect) remarks.leaveOut(redirect.line, 'redirect: give tls.redirect; it stands beside other rules here')
  for (const one of lines)
    if (!isKnown(one.words)) remarks.leaveOut(one.line, `${formatLine(one.words)}: has no counterpart, or is not read`)
  const sites = rules.map((rule) => ({ ...doors, ...rule, isWayToTls }))
  return { mode: last('mode') === 'tcp' ? 'tcp' : 'http', sites, defaultPool }
}

/** The rules in their order. A rule for every host comes before a later one of one host: it is that host's too. */
function readRules(lines: readonly ConfigLine[], remarks: Remarks): Rule[] {
  const conditions = readConditions(lines, remarks)
  const rules: Rule[] = []
  for (const line of lines) {
    const rule = line.words[0] === 'use_backend' ? readRule(line, conditions, remarks) : null
    if (rule === null) continue
    const earlier = rule.hosts.includes(null) ? [] : rules.filter(({ hosts }) => hosts.includes(null))
    rules.push({ ...rule, routes: [...earlier.flatMap(({ routes }) => routes), ...rule.routes] })
  }
  return rules
}

const TO_HTTPS = /^(http-request )?redirect scheme https/

const KNOWN =
  /^(bind|mode|default_backend|use_backend|acl|(http-request )?redirect scheme https|timeout (client|http-request|http-keep-alive)|maxconn|log|option (forwardfor|httplog|tcplog|dontlognull|http-server-close|http-keep-alive)|description|http-request set-header X-Forwarded-(Proto|For))\b/

function isKnown(words: readonly string[]): boolean {
  return KNOWN.test(words.join(' '))
}

function readDoors({ name, line, lines }: ConfigSection, all: readonly ConfigLine[], remarks: Remarks): Doors {
  const binds = lines.filter(({ words }) => words[0] === 'bind').flatMap((bind) => readBind(bind, remarks))
  const timeout = (name: string) => {
    const text = all.findLast(({ words }) => words[0] === 'timeout' && words[1] === name)?.words[2]
    return text === undefined ? null : toDuration(text)
  }
  const [client, httpRequest, keepAlive] = ['client', 'http-request', 'http-keep-alive'].map(timeout)
  const addresses = new Set(binds.map(({ address }) => address))
  const [bind = null] = addresses
  if (addresses.size > 1) remarks.note(line, 'bind: one load balancer has one address; all of them were taken')
  return {
    name: name === '' ? null : name,
    line,
    bind: addresses.size > 1 ? null : bind,
    plainPorts: binds.flatMap(({ port, isTls }) => (isTls ? [] : [port])),
    tlsPorts: binds.flatMap(({ port, isTls }) => (isTls ? [port] : [])),
    certificateFile: binds.find(({ file }) => file !== null)?.file ?? null,
    minVersion: binds.some(({ isNewest }) => isNewest) ? '1.3' : null,
    timeouts: {
      ...(client ? { client } : {}),
      ...(httpRequest ? { httpRequest } : {}),
      ...(keepAlive ? { keepAlive } : {}),
    },
  }
}

function readBind({ words, line }: ConfigLine, remarks: Remarks) {
  const [, places = '', ...settings] = words
  const isTls = settings.includes('ssl')
  const files = settings.flatMap((word, index) => (word === 'crt' ? [settings[index + 1] ?? ''] : []))
  const file = files.find((path) => path.startsWith('/') && !path.endsWith('/')) ?? null
  if (isTls && (files.length !== 1 || file === null))
    remarks.leaveOut(
      line,
      `bind ${formatLine(words.slice(1))}: one PEM file by its whole path can be taken, not folders or several`,
    )
  const isNewest = settings.join(' ').includes('ssl-min-ver TLSv1.3')
  return places.split(',').flatMap((place) => {
    const [, host = '*', port = ''] = /^(.*?):(\d+)$/.exec(place) ?? []
    const address = parseBindAddress(host === '' ? '*' : host)
    if (port !== '' && address.ok) {
      const isAny = ['0.0.0.0', '::'].includes(address.value)
      return [{ port: Number(port), address: isAny ? null : address.value, isTls, file, isNewest }]
    }
    remarks.leaveOut(line, `bind ${formatLine([place])}: only an address and one port can be listened on`)
    return []
  })
}

function readConditions(lines: readonly ConfigLine[], remarks: Remarks): Map<string, Condition | null> {
  const conditions = new Map<string, Condition | null>()
  for (const { words, line } of lines) {
    const [keyword, name = '', ...test] = words
    if (keyword !== 'acl') continue
    const before = conditions.get(name)
    const found = readTest(test)
    if (found === null)
      remarks.leaveOut(
        line,
        `acl ${formatLine([name, ...test])}: only exact and *. hosts and path prefixes can be matched`,
      )
    // Lines of one name are alternatives.
    const joined =
      before && found ? { hosts: [...before.hosts, ...found.hosts], paths: [...before.paths, ...found.paths] } : found
    conditions.set(name, before === null ? null : joined)
  }
  return conditions
}

/** `hdr(host) -i a.example`, `path_beg /api`, `hdr_end(host) .example.com`; null for other tests. */
function readTest([sample = '', ...words]: readonly string[]): Condition | null {
  const values = words.filter((word) => !['-i', '-m', 'beg', 'end', 'str', 'dom', '--'].includes(word))
  const mode = words[words.indexOf('-m') + 1]
  const way = words.includes('-m') ? (mode ?? '') : (/_(beg|end)\b/.exec(sample)?.[1] ?? 'str')
  const kind = /^(hdr|req\.hdr|hdr_beg|hdr_end|hdr_dom|req\.fhdr|ssl_fc_sni)(?:\(host\)?.*)?$/i.test(
    sample.split(',')[0] ?? '',
  )
    ? 'host'
    : 'path'
  if (kind === 'host') {
    const hosts = values.map((value) =>
      way === 'end' && value.startsWith('.') ? `*${value}` : value.replace(/:\d+$/, ''),
    )
    const isPlain = way === 'str' || (way === 'end' && values.every((value) => value.startsWith('.')))
    return isPlain && hosts.every((host) => parseHostPattern(host).ok) ? { hosts, paths: [] } : null
  }
  const isPath = /^path(_beg)?$/.test(sample) && way === 'beg'
  return isPath && values.every((value) => parsePathPrefix(value).ok) ? { hosts: [], paths: values } : null
}

type Rule = Pick<Site, 'hosts' | 'routes'>

function readRule(
  { words, line }: ConfigLine,
  conditions: ReadonlyMap<string, Condition | null>,
  remarks: Remarks,
): Rule | null {
  const [, pool = '', when, ...tests] = words
  const found = splitTests(tests).map((test) =>
    typeof test === 'string' ? (conditions.get(test) ?? null) : readTest(test),
  )
  const isAnd = when === 'if' && found.length > 0 && found.every((one) => one !== null)
  const known = found.flatMap((one) => one ?? [])
  const [hosts, paths] = [known.filter((one) => one.hosts.length > 0), known.filter((one) => one.paths.length > 0)]
  const isMixed = known.some((one) => one.hosts.length > 0 && one.paths.length > 0)
  if (!isAnd || isMixed || hosts.length > 1 || paths.length > 1 || pool.includes('%')) {
    remarks.leaveOut(line, `${formatLine(words)}: only "if" with one test of the host and one of the path can be taken`)
    return null
  }
  const keys = { pool: toName(pool) }
  const routes = (paths[0]?.paths ?? ['/']).map((path) => ({ path: path.replace(/(?<=.)\/+$/, ''), keys }))
  return { hosts: hosts[0]?.hosts.map((host) => host.toLowerCase()) ?? [null], routes }
}

/** Names of acls, and tests in braces as their words. */
function splitTests(words: readonly string[]): (string | string[])[] {
  const tests: (string | string[])[] = []
  let open: string[] | null = null
  for (const word of words) {
    if (word === '{') open = []
    else if (word === '}' && open) {
      tests.push(open)
      open = null
    } else if (open) open.push(word)
    else tests.push(word)
  }
  return tests
}
