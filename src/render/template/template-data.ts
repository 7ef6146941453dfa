// What a template may name: the services with their backends, as plain values and as the engine's.
import { quoted } from '../../model/parsed.ts'
import { toBytes } from './bytes.ts'
import type { List, Struct, Value } from './value.ts'

type TemplateBackend = { readonly Name: string; readonly IP: string; readonly Port: number }

type TemplateService = {
  readonly Publish: {
    readonly Port: number
    /** The address to listen on; empty for all. */
    readonly IP: string
    /** The PEM file; empty for plain HTTP. */
    readonly Ssl: string
  }
  /** By name. */
  readonly Backends: readonly TemplateBackend[]
}

/** The root of a template: `.Services`, `.Stats` and so on. */
export type TemplateData = {
  /** By the text "IP Port", so 10000 comes before 80. */
  readonly Services: readonly TemplateService[]
  /** "Y" where a page with statistics is wanted, else empty. */
  readonly Stats: 'Y' | ''
  /** -1 where none is wanted. */
  readonly StatsPort: number
  readonly PidFile: string
  readonly SockFile: string
}

/** Servers that are published together. */
export type TemplateGroup = {
  /** The address to listen on; empty for all. */
  readonly address: string
  readonly port: number
  /** The PEM file; empty for plain HTTP. */
  readonly pem: string
  readonly servers: readonly { readonly name: string; readonly address: string; readonly port: number }[]
}

/** What data is made from; `statsPort` is null where no page with statistics is wanted. */
export type TemplateInput = {
  readonly groups: readonly TemplateGroup[]
  readonly statsPort: number | null
  readonly pidFile: string
  readonly sockFile: string
}

/** A group that is left out of the data, with the reason in a sentence. */
export type RefusedGroup = { readonly group: TemplateGroup; readonly message: string }

/** The data of these groups. A template writes values as they are, so a group with a value that is not one word is left out. */
export function makeTemplateData(input: TemplateInput): {
  readonly data: TemplateData
  readonly refused: readonly RefusedGroup[]
} {
  const refused: RefusedGroup[] = []
  const services = new Map<string, TemplateService>()
  for (const group of input.groups) {
    const key = `${group.address} ${group.port}`
    const message = explainGroup(group) ?? (services.has(key) ? `${nameOf(group)} is published twice` : null)
    if (message === null) services.set(key, makeService(group))
    else refused.push({ group, message })
  }
  const data: TemplateData = {
    Services: [...services].sort(([a], [b]) => compare(a, b)).map(([, service]) => service),
    Stats: input.statsPort === null ? '' : 'Y',
    StatsPort: input.statsPort ?? -1,
    PidFile: input.pidFile,
    SockFile: input.sockFile,
  }
  return { data, refused }
}

function makeService({ address, port, pem, servers }: TemplateGroup): TemplateService {
  const backends = servers.map((server) => ({ Name: server.name, IP: server.address, Port: server.port }))
  return {
    Publish: { Port: port, IP: address, Ssl: pem },
    Backends: backends.sort((a, b) => compare(a.Name, b.Name)),
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function nameOf({ address, port }: TemplateGroup): string {
  return `the service on ${quoted(address === '' ? '*' : address)} port ${port}`
}

/** Why a group cannot be written into a configuration; null where it can. */
function explainGroup(group: TemplateGroup): string | null {
  const { address, port, pem, servers } = group
  const wrong = [
    explainPort(port),
    address === '' ? null : explainWord('address', address),
    pem === '' ? null : explainWord('PEM file', pem),
    ...servers.flatMap((server) => [
      explainWord('server name', server.name),
      explainWord(`address of ${quoted(server.name)}`, server.address),
      explainPort(server.port),
    ]),
    explainTwins(servers.map(({ name }) => name)),
  ].find((reason) => reason !== null)
  return wrong === undefined ? null : `${nameOf(group)}: ${wrong}`
}

function explainPort(port: number): string | null {
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? null : `${port} is not a port; use 1 to 65535`
}

/** Visible ASCII without what HAProxy reads in its own way: quotes, `#`, `\` and `$`. */
function explainWord(what: string, text: string): string | null {
  if (/^[\x21-\x7e]+$/.test(text) && !/["'`#\\$]/.test(text)) return null
  return `the ${what} ${quoted(text)} cannot be written into a configuration; it has visible ASCII characters only, no blanks, quotes, #, \\ or $`
}

function explainTwins(names: readonly string[]): string | null {
  const twin = names.find((name, index) => names.indexOf(name) !== index)
  return twin === undefined ? null : `two servers are called ${quoted(twin)}`
}

/** The data as the engine's values: only what stands here can be named by a template. */
export function toValue(data: TemplateData): Struct {
  return struct('Root', {
    Services: list('Service', data.Services.map(toService)),
    Stats: data.Stats,
    StatsPort: BigInt(data.StatsPort),
    PidFile: toBytes(data.PidFile),
    SockFile: toBytes(data.SockFile),
  })
}

function toService({ Publish, Backends }: TemplateService): Struct {
  const publish = { Port: BigInt(Publish.Port), IP: toBytes(Publish.IP), Ssl: toBytes(Publish.Ssl) }
  const backends = Backends.map(({ Name, IP, Port }) =>
    struct('Backend', { Name: toBytes(Name), IP: toBytes(IP), Port: BigInt(Port) }),
  )
  return struct('Service', { Publish: struct('Publish', publish), Backends: list('Backend', backends) })
}

function struct(type: string, fields: Readonly<Record<string, Value>>): Struct {
  return { kind: 'struct', type: `main.${type}`, fields: new Map(Object.entries(fields)) }
}

function list(type: string, items: readonly Value[]): List {
  return { kind: 'list', type: `[]main.${type}`, items }
}
