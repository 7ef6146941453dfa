// The API as typed methods: what the CLI, and any other program of ours, talks to a daemon with.
import { text as readText } from 'node:stream/consumers'
import { outcomeOf } from '../io/outcome.ts'
import { pathOf, query } from './client-changes.ts'
import { type Connection, type ConnectionChoice, findConnection } from './client-connection.ts'
import { notFairlead } from './client-error.ts'
import { type EventsOptions, type FollowOptions, readEvents, readLogLines } from './client-events.ts'
import { type ApiRequest, openResponse, type Sending, sendRequest } from './client-request.ts'
import type {
  CertificateInfo,
  EventRecord,
  Explanation,
  HaproxyStatus,
  HistoryEntry,
  LastApply,
  LoadBalancer,
  LogLine,
  LostLines,
  Node,
  PlanAnswer,
  RecordInfo,
  TopAnswer,
} from './wire.ts'

export type { LoadBalancerInput } from '../spec/schema.ts'
export * from './client-changes.ts'
export { ApiError } from './client-error.ts'
export type { ApiRequest } from './client-request.ts'

export type ClientOptions = ConnectionChoice & {
  /** For one answer, in milliseconds; a change answers when it is live. */
  readonly fetchTimeoutMs: number
}

/** What a deletion answers. */
export type Deleted = { readonly name: string; readonly deleted: true; readonly lastApply: LastApply | null }

/** Which lines of the access log are asked for; the API says what each may be. */
export type LogQuery = Readonly<
  Partial<Record<'limit' | 'status' | 'path' | 'host' | 'server' | 'method' | 'slowerThan' | 'requestId', string>>
>

/** A file of the configuration in force. */
export type ConfigurationFile = { readonly path: string; readonly content: string }

/**
 * A daemon, reached over HTTP. Every method answers what the API answered, or throws: `ApiError` where the API said no,
 * another `Failure` where nobody answered in time. The connection is looked for at the first call.
 */
export type Client = {
  /** All of them, page by page; a label is key=value, and all that are given must match. */
  list(labels?: readonly string[]): Promise<readonly LoadBalancer[]>
  get(name: string): Promise<LoadBalancer>
  /** Newest first. */
  history(name: string): Promise<readonly HistoryEntry[]>
  nodes(): Promise<readonly Node[]>
  haproxy(): Promise<HaproxyStatus>
  configuration(): Promise<readonly ConfigurationFile[]>
  /** What `haproxy -c` says to the files in force. */
  check(): Promise<{ readonly valid: boolean; readonly output: string }>
  /** The text of /metrics, as Prometheus reads it. */
  metrics(): Promise<string>
  /** What these resources would change together. */
  plan(resources: readonly unknown[]): Promise<PlanAnswer>
  /** Carries out a change and waits until it is live, or only until it is stored. */
  send(change: ApiRequest, options: { readonly wait: boolean }): Promise<LoadBalancer | Deleted>
  /** Sends something that changes no resource. */
  request(request: ApiRequest): Promise<unknown>
  /** The domains in our zones, as they stood at the last look, or from a look now. */
  records(): Promise<readonly RecordInfo[]>
  planRecords(): Promise<readonly RecordInfo[]>
  /** The certificates that are stored or obtained, without their keys. */
  certificates(): Promise<readonly CertificateInfo[]>
  /** One of them. */
  certificate(name: string): Promise<CertificateInfo>
  /** Adds, replaces or removes one. */
  sendCertificate(change: ApiRequest): Promise<CertificateInfo>
  /** What a change would do, without doing it. */
  dryRun(change: ApiRequest): Promise<PlanAnswer>
  events(options: EventsOptions): AsyncIterable<EventRecord>
  /** Rates, errors and latencies as they are now; with a name, of its servers too. */
  top(name?: string): Promise<TopAnswer>
  /** What became of a container. */
  explain(container: string): Promise<Explanation>
  /** The last lines of a load balancer's access log, the oldest first. */
  logs(name: string, asked: LogQuery): Promise<readonly LogLine[]>
  /** The same, and then each line as it comes. */
  followLogs(name: string, asked: LogQuery, options: FollowOptions): AsyncIterable<LogLine | LostLines>
  /** Stops HAProxy and the daemon; answers when it has begun. */
  down(): Promise<void>
  /** True where a daemon answers, healthy or not. */
  answers(): Promise<boolean>
}

/** A client of the daemon the options point at; nothing is opened yet. */
export function createClient(options: ClientOptions): Client {
  let connection: Promise<Connection> | undefined
  const program = options.env['FAIRLEAD_PROGRAM'] || 'fairlead'
  const sending = async (): Promise<Sending> => {
    connection ??= findConnection(options)
    return { connection: await connection, program, timeoutMs: options.fetchTimeoutMs }
  }
  // The key an answer of ours has: another program may answer with JSON too.
  const call = async <T>(request: ApiRequest, key: string): Promise<T> => {
    const answer = await sendRequest(request, await sending())
    if (!hasKey(answer, key)) throw notFairlead((await sending()).connection)
    return answer as T
  }
  const read = <T>(path: string, key = 'items') => call<T>({ method: 'GET', path }, key)
  return {
    list: (labels = []) => listPages(read, labels),
    get: (name) => read(pathOf(name), 'status'),
    history: async (name) => itemsOf(await read(pathOf(name, 'history'))),
    nodes: async () => itemsOf(await read('/v1/nodes')),
    haproxy: () => read('/v1/haproxy', 'version'),
    configuration: async () => itemsOf(await read('/v1/configuration')),
    check: () => read('/v1/check', 'valid'),
    metrics: async () => readText(await openResponse({ method: 'GET', path: '/metrics' }, await sending())),
    plan: (resources) => call({ method: 'POST', path: '/v1/plan', body: { resources } }, 'plan'),
    send: (change, { wait }) => call(wait ? change : withQuery(change, 'wait=false'), 'name'),
    request: async (request) => sendRequest(request, await sending()),
    records: async () => itemsOf(await read('/v1/dns')),
    planRecords: async () => itemsOf(await read('/v1/dns/plan')),
    certificates: async () => itemsOf(await read('/v1/certificates')),
    certificate: (name) => read(`/v1/certificates/${encodeURIComponent(name)}`, 'name'),
    sendCertificate: (change) => call(change, 'name'),
    dryRun: (change) => call(withQuery(change, 'dryRun=true'), 'plan'),
    events: (eventsOptions) => followEvents(sending, eventsOptions),
    top: (name) => read(`/v1/top${query({ name })}`),
    explain: (container) => read(`/v1/explain/${encodeURIComponent(container)}`, 'container'),
    logs: async (name, asked) => itemsOf(await read(`${pathOf(name, 'logs')}${query(asked)}`)),
    followLogs: (name, asked, followOptions) => followLines(sending, name, asked, followOptions),
    down: () => call({ method: 'POST', path: '/v1/down' }, 'stopping'),
    answers: async () => {
      const asked = { ...(await sending()), timeoutMs: 2000 }
      const answer = await outcomeOf(sendRequest({ method: 'GET', path: '/healthz' }, asked))
      return answer.ok || answer.error.code !== 'unreachable'
    },
  }
}

async function listPages(
  read: <T>(path: string) => Promise<T>,
  labels: readonly string[],
): Promise<readonly LoadBalancer[]> {
  const items: LoadBalancer[] = []
  let cursor: string | undefined
  do {
    const page: Page<LoadBalancer> = await read(`/v1/load-balancers${query({ label: labels, cursor })}`)
    items.push(...page.items)
    cursor = page.nextCursor ?? page.next_cursor ?? undefined
  } while (cursor !== undefined)
  return items
}

async function* followEvents(sending: () => Promise<Sending>, options: EventsOptions): AsyncGenerator<EventRecord> {
  yield* readEvents(await sending(), options)
}

async function* followLines(
  sending: () => Promise<Sending>,
  name: string,
  asked: LogQuery,
  options: FollowOptions,
): AsyncGenerator<LogLine | LostLines> {
  const pathFor = (more: LogQuery) => `${pathOf(name, 'logs')}${query({ ...asked, ...more, follow: 'true' })}`
  yield* readLogLines(await sending(), { first: pathFor({}), again: pathFor({ limit: '0' }) }, options)
}

type Page<T> = {
  readonly items: readonly T[]
  readonly nextCursor?: string | null
  readonly next_cursor?: string | null
}

/** Lists come with or without their envelope, so a list will do. */
function hasKey(answer: unknown, key: string): boolean {
  return Array.isArray(answer) || (typeof answer === 'object' && answer !== null && key in answer)
}

/** Lists come with or without their envelope. */
function itemsOf<T>(answer: readonly T[] | Page<T>): readonly T[] {
  return 'items' in answer ? answer.items : answer
}

function withQuery(request: ApiRequest, text: string): ApiRequest {
  return { ...request, path: `${request.path}${request.path.includes('?') ? '&' : '?'}${text}` }
}
