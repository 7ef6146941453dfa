// What the API needs of the daemon: judge a change before it is stored, wait until it is live, tell the state.
import type { Origin, Problem } from '../model/fragment.ts'
import type { LoadBalancerInput } from '../spec/schema.ts'
import type { CertificateDesk } from './certificate-desk.ts'
import type {
  EventRecord,
  Explanation,
  HaproxyStatus,
  LastApply,
  LogLine,
  LostLines,
  Node,
  PlanAnswer,
  RecordInfo,
  Status,
  TopAnswer,
  WireProblem,
} from './wire.ts'

/** A load balancer of another source than the API's own store. */
export type Foreign = { readonly resource: LoadBalancerInput; readonly origin: Origin; readonly id: string }

/** What became of a change: live and how, or why not. */
export type Outcome = {
  readonly live: boolean
  readonly version: number
  readonly lastApply: LastApply | null
  readonly problems: readonly WireProblem[]
}

/** What a review found against a change; `conflict` is another owner or process (409), `invalid` is its own fault (422). */
export type Verdict = {
  readonly answer: PlanAnswer
  readonly refusal: (Problem & { readonly code: 'conflict' | 'invalid' }) | null
}

/** A change to judge: the new form of a resource, or null for its deletion. */
export type Proposal = { readonly name: string; readonly resource: LoadBalancerInput | null }

/** Which lines of the access log are asked for; what is missing does not count. */
export type LogFilter = {
  /** First and last. */
  readonly status?: readonly [number, number] | undefined
  /** A prefix by whole segments. */
  readonly path?: string | undefined
  readonly host?: string | undefined
  /** A target, or its host alone. */
  readonly server?: string | undefined
  readonly method?: string | undefined
  readonly slowerThanMs?: number | undefined
  readonly requestId?: string | undefined
  /** How many of those that are there already, the newest. */
  readonly last: number
}

/** What is known of a container: what became of it, or why nothing is known. */
export type Explained =
  | { readonly kind: 'known'; readonly explanation: Explanation }
  | { readonly kind: 'unknown'; readonly near: string | undefined }
  /** No source of this daemon reads containers, or it has not been told of any yet. */
  | { readonly kind: 'no-source' | 'silent' }

/** The daemon as the API sees it. Nothing here changes the store. */
export interface Engine {
  /** Merges, plans and validates the changes beside everything that stands, with real HAProxy, without applying anything. */
  review(proposals: readonly Proposal[]): Promise<Verdict>
  /** Resolves when the node has applied at least this version of it (or its deletion) or set it aside, or at the deadline with `live: false`. */
  settled(
    name: string,
    version: number,
    options: { readonly timeoutMs: number; readonly deleted?: boolean },
  ): Promise<Outcome>
  status(name: string): Promise<Status>
  /** The status of several at once, read from HAProxy in one go. */
  statuses(names: readonly string[]): Promise<ReadonlyMap<string, Status>>
  foreign(): readonly Foreign[]
  foreignNamed(name: string): Foreign | undefined
  /** Asks for the certificates of a load balancer's domains now; answers those domains. */
  renew(name: string): readonly string[]
  /** The domains in our zones, as they stood at the last look. */
  records(): readonly RecordInfo[]
  /** The same from a look at the zones now. */
  planRecords(): Promise<readonly RecordInfo[]>
  /** Makes a domain ours at the next look, whosever it was; false where no load balancer has it. */
  takeOverRecord(domain: string): boolean
  /** The certificates of this node: those of its store, and those it obtains. */
  readonly certificates: CertificateDesk
  nodes(): Promise<readonly Node[]>
  /** HAProxy's processes and reloads, and why old workers still live. */
  haproxy(): Promise<HaproxyStatus>
  /** True when every source has spoken and a configuration serves. */
  isReady(): { readonly ready: boolean; readonly because: string }
  /** The configuration in force, file by file, secrets blanked. */
  configuration(): Promise<readonly { readonly path: string; readonly content: string }[]>
  /** Validates the files on disk with `haproxy -c`; HAProxy's own words. */
  check(): Promise<{ readonly valid: boolean; readonly output: string }>
  /** Prometheus text. */
  metrics(): Promise<string>
  /** Events after the given id (all kept ones without), then live ones until the signal aborts. */
  events(after: string | undefined, signal: AbortSignal): AsyncIterable<EventRecord>
  /** The last lines of a load balancer's access log that HAProxy still has. */
  logs(name: string, filter: LogFilter): Promise<readonly LogLine[]>
  /** The same, and then each new one until the signal aborts. Who is slow loses lines and is told how many. */
  followLogs(name: string, filter: LogFilter, signal: AbortSignal): AsyncIterable<readonly (LogLine | LostLines)[]>
  /** Rates, errors and latencies as they are now: of all load balancers (null), or of one and its servers. */
  top(name: string | null): Promise<TopAnswer>
  /** What became of a container, by its name or the beginning of its id. */
  explain(container: string): Explained
  /** Stops HAProxy too, after draining, and then the daemon. */
  down(): Promise<void>
}
