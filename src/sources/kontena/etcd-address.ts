// Where etcd listens and which balancer's tree is read, as `--source kontena=…` and the variables say.
import { isIP } from 'node:net'
import { unescape as decode } from 'node:querystring'
import { accepted, type Parsed, quoted, refused } from '../../model/parsed.ts'
import type { KontenaBalancer } from './kontena.ts'

export type EtcdHost = { readonly host: string; readonly port: number }

/** Files in PEM; null: the system's authorities, no certificate of ours. */
export type EtcdTls = { readonly ca: string | null; readonly cert: string | null; readonly key: string | null }

/** An etcd cluster and who we are to it. */
export type EtcdEndpoint = {
  readonly api: 2 | 3
  /** At least one. */
  readonly hosts: readonly EtcdHost[]
  readonly user: { readonly name: string; readonly password: string } | null
  readonly tls: EtcdTls | null
}

/** Everything a source needs to be told. */
export type EtcdSetting = {
  readonly endpoint: EtcdEndpoint
  readonly balancer: string
  readonly ports: KontenaBalancer['ports']
}

/** What the argument alone says; hosts may be none, the balancer null. */
type EtcdArgument = Omit<EtcdSetting, 'balancer'> & { readonly balancer: string | null }

const VARIABLES = [
  'ETCD_NODE',
  'ETCD_USER',
  'ETCD_PASSWORD',
  'ETCD_CA_FILE',
  'ETCD_CERT_FILE',
  'ETCD_KEY_FILE',
  'KONTENA_SERVICE_NAME',
  'KONTENA_STACK_NAME',
] as const

/** The variables that matter here. */
export type EtcdEnvironment = Readonly<Partial<Record<(typeof VARIABLES)[number], string | undefined>>>

const SCHEMES: Readonly<Record<string, { api: 2 | 3; isTls: boolean }>> = {
  etcd: { api: 2, isTls: false },
  etcds: { api: 2, isTls: true },
  etcd3: { api: 3, isTls: false },
  etcd3s: { api: 3, isTls: true },
}

const KEYS = ['lb', 'http', 'https', 'stats', 'tls', 'ca', 'cert', 'key']

const PORTS = { http: 80, https: 443, stats: 1000 } as const

const DEFAULT_PORT = 2379

const FORM = 'write etcd://HOST:PORT?lb=NAME, for example etcd://10.0.0.5:2379?lb=lb; etcd3:// for the v3 API'

/** The argument with what it does not say taken from the variables; a sentence where neither says it. */
export function findEtcd(text: string, environment: EtcdEnvironment): Parsed<EtcdSetting> {
  const parsed = parseEtcdArgument(text, environment)
  if (!parsed.ok) return parsed
  const { endpoint, balancer, ports } = parsed.value
  const hosts = endpoint.hosts.length > 0 ? accepted(endpoint.hosts) : parseHosts(environment.ETCD_NODE ?? '')
  if (!hosts.ok) return refused(`ETCD_NODE: ${hosts.message}`)
  if (hosts.value.length === 0)
    return refused(`kontena names no etcd: ${FORM}, or set ETCD_NODE to the host that etcd listens on`)
  const name = balancer ?? findBalancer(environment)
  if (name === null)
    return refused('kontena names no load balancer: write ?lb=NAME, or ?lb=STACK/NAME, or set KONTENA_SERVICE_NAME')
  return accepted({ endpoint: { ...endpoint, hosts: hosts.value }, balancer: name, ports })
}

/** The argument alone. The refusal shows no password. */
export function parseEtcdArgument(text: string, environment: EtcdEnvironment = {}): Parsed<EtcdArgument> {
  const [, word = '', rest = '', query = ''] =
    /^([a-z0-9]+):\/\/([^/?#\s\p{Cc}]*)\/?(\?[^#\s\p{Cc}]*)?$/u.exec(text === '' ? 'etcd://' : text) ?? []
  const scheme = Object.hasOwn(SCHEMES, word) ? SCHEMES[word] : undefined
  if (scheme === undefined) return refused(`${quoted(withoutSecrets(text))} is not the address of an etcd; ${FORM}`)
  const at = rest.lastIndexOf('@')
  const hosts = parseHosts(rest.slice(at + 1))
  if (!hosts.ok) return hosts
  const options = parseQuery(query)
  if (!options.ok) return options
  const { balancer, ports, files, isTls } = options.value
  const endpoint = {
    api: scheme.api,
    hosts: hosts.value,
    user: findUser(at < 0 ? '' : rest.slice(0, at), environment),
    tls: scheme.isTls || isTls ? withVariables(files, environment) : null,
  }
  return accepted({ endpoint, balancer, ports })
}

/** The argument, or what a list in a variable left of it, as it may be shown: who stands before the `@` is left out. */
export function withoutSecrets(argument: string): string {
  const [, scheme = ''] = /^(.*?:\/\/)/s.exec(argument) ?? []
  const at = argument.lastIndexOf('@')
  return at < 0 ? argument : `${scheme}***${argument.slice(at)}`
}

/** As a user would write it, without who we are. */
export function formatEtcd({ api, hosts, tls }: EtcdEndpoint): string {
  const places = hosts.map(({ host, port }) => `${isIP(host) === 6 ? `[${host}]` : host}:${port}`)
  return `etcd${api === 3 ? '3' : ''}${tls === null ? '' : 's'}://${places.join(',')}`
}

function parseHosts(text: string): Parsed<readonly EtcdHost[]> {
  const hosts: EtcdHost[] = []
  for (const part of text === '' ? [] : text.split(',')) {
    const [whole, v6, name = '', portText] =
      /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_][\w.-]*))(?::(\d{1,5}))?$/.exec(part.trim()) ?? []
    const port = portText === undefined ? DEFAULT_PORT : Number(portText)
    if (whole === undefined || (v6 !== undefined && isIP(v6) !== 6) || !isPort(port))
      return refused(
        `${quoted(part.replace(/:(?!\d*$).*$/s, ':…'))} is not HOST or HOST:PORT of an etcd; for example 10.0.0.5:2379`,
      )
    hosts.push({ host: v6 ?? name, port })
  }
  return accepted(hosts)
}

function parseQuery(query: string) {
  const given = new URLSearchParams(query)
  const unknown = [...given.keys()].find((key) => !KEYS.includes(key))
  if (unknown !== undefined) return refused(`${quoted(unknown)} is not known after etcd://…?; use ${KEYS.join(', ')}`)
  const ports = { ...PORTS } as Record<keyof typeof PORTS, number>
  for (const name of ['http', 'https', 'stats'] as const) {
    const text = given.get(name) ?? String(ports[name])
    ports[name] = /^\d{1,5}$/.test(text) ? Number(text) : 0
    if (!isPort(ports[name])) return refused(`${name}=${quoted(text)} is not a port; use 1 to 65535`)
  }
  const balancer = given.get('lb')
  if (balancer !== null && !/^[\w.-]+(\/[\w.-]+)?$/.test(balancer))
    return refused(`lb=${quoted(balancer)} is not the name of a load balancer; write NAME or STACK/NAME`)
  const tls = given.get('tls') ?? 'false'
  if (!['', 'true', 'false'].includes(tls)) return refused(`tls=${quoted(tls)} is neither true nor false`)
  const files = { ca: given.get('ca') || null, cert: given.get('cert') || null, key: given.get('key') || null }
  const isTls = tls !== 'false' || Object.values(files).some((file) => file !== null)
  return accepted({ balancer, ports, files, isTls })
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65_535
}

function findUser(text: string, { ETCD_USER, ETCD_PASSWORD }: EtcdEnvironment): EtcdEndpoint['user'] {
  const [name = '', ...password] = text.split(':')
  if (name !== '') {
    return { name: decode(name), password: password.length > 0 ? decode(password.join(':')) : (ETCD_PASSWORD ?? '') }
  }
  return ETCD_USER ? { name: ETCD_USER, password: ETCD_PASSWORD ?? '' } : null
}

function withVariables({ ca, cert, key }: EtcdTls, { ETCD_CA_FILE, ETCD_CERT_FILE, ETCD_KEY_FILE }: EtcdEnvironment) {
  return {
    ca: ca ?? (ETCD_CA_FILE || null),
    cert: cert ?? (ETCD_CERT_FILE || null),
    key: key ?? (ETCD_KEY_FILE || null),
  }
}

/** As Kontena names the container: `lb`, in a stack `stack/lb`. */
function findBalancer({ KONTENA_SERVICE_NAME: name, KONTENA_STACK_NAME: stack }: EtcdEnvironment): string | null {
  if (!name) return null
  return !stack || stack === 'null' ? name : `${stack}/${name}`
}
