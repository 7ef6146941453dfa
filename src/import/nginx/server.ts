// A server block becomes a site: its ports, names and certificate, and a route for each location.
import { parseBindAddress, parseHostPattern } from '../../model/text.ts'
import { formatLine, type Remarks } from '../remark.ts'
import type { Site, SiteRoute } from '../site.ts'
import { remarkOn } from './directives.ts'
import { readAnswer, readLocation, type Surroundings } from './location.ts'
import type { Directive } from './parse-nginx.ts'
import { isWayToTls } from './redirects.ts'
import { inherit, REQUEST_DIRECTIVES } from './request-keys.ts'
import { toDuration } from './times.ts'

/** What stands in a server block and belongs to the block as a whole. */
const OF_SERVER = new Set([
  'listen',
  'server_name',
  'ssl_certificate',
  'ssl_certificate_key',
  'ssl_protocols',
  'location',
])
const TIMES = {
  client_header_timeout: 'httpRequest',
  keepalive_timeout: 'keepAlive',
  client_body_timeout: 'client',
} as const
/** What answers requests that no location takes. */
const ANSWERS = ['return', 'proxy_pass', 'rewrite']

/** The site; its routes may be none. */
export function readServer(server: Directive, surroundings: Surroundings): Site {
  const { remarks } = surroundings
  const block = server.block ?? []
  const inside = { ...surroundings, outer: inherit(surroundings.outer, block) }
  const ports = readPorts(block, remarks)
  const routes = readRoutes(server, inside)
  const [only] = routes
  const way = routes.length === 1 && only?.path === '/' ? only.keys.redirect : undefined
  const hosts = readHosts(block, remarks)
  const tls = readTls(block, ports.tlsPorts.length > 0, remarks)
  remarkOnRest(block, remarks)
  return {
    name: null,
    line: server.line,
    ...ports,
    ...tls,
    hosts: ports.isDefault ? [...new Set([...hosts, null])] : hosts,
    routes,
    isWayToTls: ports.tlsPorts.length === 0 && way !== undefined && isWayToTls(way),
    timeouts: readTimeouts(block, remarks),
  }
}

function readRoutes(server: Directive, inside: Surroundings): SiteRoute[] {
  const block = server.block ?? []
  const answers = block.filter(({ name }) => ANSWERS.includes(name))
  const isAnswered = answers.some(({ name }) => name !== 'rewrite')
  const hasRest = block.some(({ name, words }) => name === 'location' && words.at(-1) === '/')
  // Without a location for the rest, files answer it where there are some.
  const isOfFiles = !hasRest && inside.outer.some(({ name }) => name === 'root')
  const whole =
    isAnswered || isOfFiles ? readAnswer('/', { ...server, block: answers }, { ...inside, outer: inside.outer }) : null
  const locations = block.filter(({ name }) => name === 'location').flatMap((one) => readLocation(one, inside) ?? [])
  // A `return` beside locations comes before them all.
  return whole?.keys.redirect ? [whole] : [...(whole ? [whole] : []), ...locations]
}

type Ports = Pick<Site, 'plainPorts' | 'tlsPorts' | 'bind'> & { readonly isDefault: boolean }

function readPorts(block: readonly Directive[], remarks: Remarks): Ports {
  const listens = block.filter(({ name }) => name === 'listen')
  const read = listens.flatMap((listen) => readListen(listen, remarks) ?? [])
  // nginx's own, where a server block has none.
  const ports = listens.length === 0 ? [{ port: 80, address: null, isTls: false, isDefault: false }] : read
  const unique = (isTls: boolean) => [...new Set(ports.filter((one) => one.isTls === isTls).map(({ port }) => port))]
  const addresses = new Set(ports.map(({ address }) => address))
  const [bind = null] = addresses
  if (addresses.size > 1)
    remarks.note(listens[0]?.line ?? 0, 'listen: one load balancer has one address; all of them were taken')
  return {
    plainPorts: unique(false),
    tlsPorts: unique(true),
    bind: addresses.size > 1 ? null : bind,
    isDefault: ports.some(({ isDefault }) => isDefault),
  }
}

function readListen({ words, line }: Directive, remarks: Remarks) {
  const [address = '', ...settings] = words
  const [, host = '*', port = '80'] =
    /^(?:(\[[^\]]+\]|[^:]*[^:\d][^:]*|\d+\.\d+\.\d+\.\d+|\*)(?::|$))?(\d+)?$/.exec(address) ?? []
  const bound = parseBindAddress(host === 'localhost' ? '127.0.0.1' : host)
  if (!bound.ok || address.startsWith('unix:')) {
    remarks.leaveOut(line, `listen ${formatLine(words)}: only addresses and ports can be listened on`)
    return null
  }
  for (const setting of settings) {
    if (setting === 'proxy_protocol')
      remarks.leaveOut(line, 'proxy_protocol: write proxyProtocol: { accept: true } into the load balancer')
    if (setting === 'quic') remarks.leaveOut(line, 'quic: HTTP/3 is not offered')
  }
  if (settings.includes('quic')) return null
  const isAny = ['0.0.0.0', '::'].includes(bound.value)
  return {
    port: Number(port),
    address: isAny ? null : bound.value,
    isTls: settings.includes('ssl'),
    isDefault: settings.includes('default_server') || settings.includes('default'),
  }
}

function readHosts(block: readonly Directive[], remarks: Remarks): (string | null)[] {
  const named = block.filter(({ name }) => name === 'server_name')
  const hosts = named.flatMap(({ words, line }) => words.flatMap((word) => readHost(word, line, remarks)))
  return hosts.length > 0 || named.some(({ words }) => words.some((word) => !isAnyName(word)))
    ? [...new Set(hosts)]
    : [null]
}

function isAnyName(word: string): boolean {
  return word === '_' || word === ''
}

function readHost(word: string, line: number, remarks: Remarks): (string | null)[] {
  if (isAnyName(word)) return [null]
  const names = word.startsWith('.') ? [word.slice(1), `*${word}`] : [word]
  const parsed = names.map((name) => parseHostPattern(name))
  const hosts = parsed.flatMap((one) => (one.ok ? [one.value] : []))
  if (hosts.length < names.length || word.startsWith('~')) {
    remarks.leaveOut(line, `server_name ${formatLine([word])}: a host is a name, or *. and a name`)
    return []
  }
  return hosts
}

function readTls(
  block: readonly Directive[],
  isTls: boolean,
  remarks: Remarks,
): Pick<Site, 'certificateFile' | 'minVersion'> {
  if (!isTls) return { certificateFile: null, minVersion: null }
  const [certificate, ...others] = block.filter(({ name }) => name === 'ssl_certificate')
  const key = block.find(({ name }) => name === 'ssl_certificate_key')
  const file = certificate?.words[0] ?? null
  for (const { line, words } of others)
    remarks.leaveOut(
      line,
      `ssl_certificate ${formatLine(words)}: put both certificates, each with its key, into one file`,
    )
  const keyFile = key?.words[0]
  if (key && file !== null && keyFile !== file && keyFile !== `${file}.key`)
    remarks.note(
      key.line,
      `ssl_certificate_key: the key is looked for in ${file} or beside it; do once: ln -s ${keyFile} ${file}.key (or put both into one file with cat)`,
    )
  if (file !== null && !file.startsWith('/'))
    remarks.note(
      certificate?.line ?? 0,
      `ssl_certificate ${formatLine([file])}: write the path from the root; nginx takes it from its own folder`,
    )
  const protocols = block.find(({ name }) => name === 'ssl_protocols')
  const versions = protocols?.words ?? []
  const old = versions.filter((version) => !['TLSv1.2', 'TLSv1.3'].includes(version))
  if (protocols && old.length > 0)
    remarks.leaveOut(protocols.line, `ssl_protocols ${formatLine(old)}: TLS 1.2 is the oldest that is spoken`)
  const isNewest = versions.length > 0 && versions.every((version) => version === 'TLSv1.3')
  return { certificateFile: file?.startsWith('/') ? file : null, minVersion: isNewest ? '1.3' : null }
}

function readTimeouts(block: readonly Directive[], remarks: Remarks): Site['timeouts'] {
  const found = block.flatMap(({ name, words, line }) => {
    const key = TIMES[name as keyof typeof TIMES]
    const time = key === undefined ? null : toDuration(words[0] ?? '')
    if (key !== undefined && time === null)
      remarks.leaveOut(line, `${name} ${formatLine(words)}: is no duration that can be set`)
    return key === undefined || time === null ? [] : [[key, time] as const]
  })
  return Object.fromEntries(found)
}

function remarkOnRest(block: readonly Directive[], remarks: Remarks): void {
  for (const directive of block) {
    const { name } = directive
    const isKnown = OF_SERVER.has(name) || ANSWERS.includes(name) || REQUEST_DIRECTIVES.has(name) || name in TIMES
    if (!isKnown) remarkOn(directive, remarks)
  }
}
