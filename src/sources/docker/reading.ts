// What one answer of Docker's says of a container: an item of the list, or the inspection of one.
import { z } from 'zod'
import type { Container, ContainerHealth, ContainerNetwork, ContainerState, PublishedPort } from './container.ts'
import { DEFAULT_STOP_SIGNAL, parseSignal } from './stop-signal.ts'

/** A container at one moment, and how it is stopped. */
export type Reading = Omit<Container, 'stopping'> & {
  readonly stopSignal: number
  readonly stopTimeoutMs: number
  /** When its program was started last, in milliseconds since 1970 by the engine's clock; null where unknown. */
  readonly startedAt: number | null
}

/** A list tells nothing of the health of a container that does not run. */
export type ListedReading = Reading & { readonly isHealthKnown: boolean }

const STOP_TIMEOUT_MS = 10_000

/** Docker writes null for what is empty; what is of the wrong kind counts as empty too. */
const text = z.string().catch('')
const texts = z.record(z.string(), z.string()).catch({})
const attachment = z.object({ NetworkID: text, IPAddress: text, GlobalIPv6Address: text })
const attachments = z.object({ Networks: z.record(z.string(), attachment).catch({}) }).catch({ Networks: {} })
const mode = z.object({ NetworkMode: text }).catch({ NetworkMode: '' })

const listed = z.object({
  Id: z.string().min(1),
  Names: z.array(z.string()).catch([]),
  Image: text,
  Created: z.number().catch(0),
  Labels: texts,
  State: text,
  Status: text,
  HostConfig: mode,
  NetworkSettings: attachments,
  Ports: z
    .array(
      z.object({
        IP: text,
        PrivatePort: z.number(),
        PublicPort: z.number().optional(),
        Type: text,
      }),
    )
    .catch([]),
})

const binding = z.object({ HostIp: text, HostPort: text })

const inspected = z.object({
  Id: z.string().min(1),
  Name: text,
  Created: text,
  State: z.object({
    Status: text,
    StartedAt: text,
    Health: z.object({ Status: text }).nullish().catch(null),
  }),
  Config: z.object({
    Image: text,
    Labels: texts,
    Env: z.array(z.string()).catch([]),
    ExposedPorts: z.record(z.string(), z.unknown()).catch({}),
    StopSignal: text,
    StopTimeout: z.number().nullish().catch(null),
  }),
  HostConfig: mode,
  NetworkSettings: z.object({
    Networks: z.record(z.string(), attachment).catch({}),
    Ports: z.record(z.string(), z.array(binding).nullable()).catch({}),
  }),
})

/** The answer to `/containers/json`, whole or not at all: null where it is no list of containers. */
export function parseList(json: unknown): ListedReading[] | null {
  const list = z.array(listed).safeParse(json)
  return list.success ? list.data.map(toListedReading) : null
}

/** The answer to `/containers/{id}/json`; null where it is none. */
export function parseInspection(json: unknown): Reading | null {
  const found = inspected.safeParse(json)
  return found.success ? toReading(found.data) : null
}

function toListedReading(item: z.infer<typeof listed>): ListedReading {
  const ports = item.Ports.filter(({ Type }) => Type === 'tcp').map(({ PrivatePort }) => PrivatePort)
  const state = parseState(item.State)
  return {
    id: item.Id,
    // A linked container has further names with a slash in them.
    name: (item.Names.find((name) => name.lastIndexOf('/') <= 0) ?? item.Names[0] ?? item.Id.slice(0, 12)).slice(
      item.Names.length > 0 ? 1 : 0,
    ),
    image: item.Image,
    createdAt: item.Created * 1000,
    labels: item.Labels,
    environment: {},
    state,
    health: healthOfStatus(item.Status),
    isHealthKnown: state === 'running',
    networkMode: item.HostConfig.NetworkMode || 'default',
    networks: toNetworks(item.NetworkSettings.Networks),
    exposedPorts: ascending(ports),
    publishedPorts: sortPublished(
      item.Ports.flatMap(({ IP, PrivatePort, PublicPort, Type }) =>
        PublicPort === undefined ? [] : toPublished(`${PrivatePort}/${Type}`, IP, String(PublicPort)),
      ),
    ),
    stopSignal: DEFAULT_STOP_SIGNAL,
    stopTimeoutMs: STOP_TIMEOUT_MS,
    startedAt: null,
  }
}

function toReading({
  Id,
  Name,
  Created,
  State,
  Config,
  HostConfig,
  NetworkSettings,
}: z.infer<typeof inspected>): Reading {
  const exposed = Object.keys(Config.ExposedPorts).flatMap((key) => /^(\d+)\/tcp$/.exec(key)?.[1] ?? [])
  const startedAt = Date.parse(State.StartedAt)
  return {
    id: Id,
    name: Name.replace(/^\//, '') || Id.slice(0, 12),
    image: Config.Image,
    createdAt: Date.parse(Created) || 0,
    labels: Config.Labels,
    environment: toEnvironment(Config.Env),
    state: parseState(State.Status),
    health: parseHealth(State.Health?.Status ?? ''),
    networkMode: HostConfig.NetworkMode || 'default',
    networks: toNetworks(NetworkSettings.Networks),
    exposedPorts: ascending(exposed.map(Number)),
    publishedPorts: sortPublished(
      Object.entries(NetworkSettings.Ports).flatMap(([key, bindings]) =>
        (bindings ?? []).flatMap(({ HostIp, HostPort }) => toPublished(key, HostIp, HostPort)),
      ),
    ),
    stopSignal: parseSignal(Config.StopSignal) ?? DEFAULT_STOP_SIGNAL,
    stopTimeoutMs: toStopTimeoutMs(Config.StopTimeout),
    startedAt: startedAt > 0 ? startedAt : null,
  }
}

/** In seconds; a negative one waits for ever. */
function toStopTimeoutMs(seconds: number | null | undefined): number {
  if (seconds === null || seconds === undefined) return STOP_TIMEOUT_MS
  return seconds < 0 ? Number.POSITIVE_INFINITY : seconds * 1000
}

function parseState(word: string): ContainerState {
  const states: readonly ContainerState[] = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']
  return states.find((state) => state === word) ?? 'dead'
}

/** `health_status: healthy` of an event, or the word alone. */
export function parseHealth(word: string): ContainerHealth {
  return (['starting', 'healthy', 'unhealthy'] as const).find((health) => word === health) ?? 'none'
}

/** "Up 5 minutes (healthy)", "Up 2 seconds (health: starting)". */
function healthOfStatus(status: string): ContainerHealth {
  return parseHealth(/\((?:health: )?(starting|healthy|unhealthy)\)/.exec(status)?.[1] ?? '')
}

function toNetworks(networks: Readonly<Record<string, z.infer<typeof attachment>>>): ContainerNetwork[] {
  return Object.entries(networks)
    .map(([name, { NetworkID, IPAddress, GlobalIPv6Address }]) => ({
      name,
      id: NetworkID,
      ipv4: IPAddress || null,
      ipv6: GlobalIPv6Address || null,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Only what rules of ours are written in: the rest often holds secrets, which nobody here needs. */
function toEnvironment(lines: readonly string[]): Record<string, string> {
  const pairs = lines.flatMap((line) => {
    const [, name, value] = /^(KONTENA_[^=]*)=(.*)$/s.exec(line) ?? []
    return name === undefined || value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(pairs)
}

function toPublished(key: string, hostAddress: string, hostPort: string): PublishedPort[] {
  const [, port, protocol] = /^(\d+)\/(tcp|udp)$/.exec(key) ?? []
  if (port === undefined || !/^[1-9]\d{0,4}$/.test(hostPort)) return []
  return [
    {
      containerPort: Number(port),
      protocol: protocol === 'udp' ? 'udp' : 'tcp',
      hostAddress: hostAddress || '0.0.0.0',
      hostPort: Number(hostPort),
    },
  ]
}

function sortPublished(ports: readonly PublishedPort[]): PublishedPort[] {
  const key = ({ containerPort, protocol, hostAddress, hostPort }: PublishedPort) =>
    `${String(containerPort).padStart(5)} ${protocol} ${hostAddress} ${String(hostPort).padStart(5)}`
  return [...ports].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

function ascending(ports: readonly number[]): number[] {
  return [...new Set(ports)].sort((a, b) => a - b)
}
