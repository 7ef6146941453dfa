// When a listener is busy its access log is thinned out: of ten requests one is logged, of a hundred, or of a thousand, and every error.
import type { Mode } from '../../model/config.ts'
import type { ProcessSettings } from './process-settings.ts'

/** Above so many requests or connections a second on a listener, one in `oneIn` is logged; the busiest last. */
const THINNING = [
  { above: 1000, oneIn: 10 },
  { above: 10_000, oneIn: 100 },
  // With more lines than this who reads them takes the processor that requests need.
  { above: 20_000, oneIn: 1000 },
] as const

/** From this status on every answer is logged. */
const FIRST_ERROR = 500

/** Where a busy listener's rate is kept, in requests or connections a second; absent where it is not busy. */
const BUSY = { http: 'txn.busy', tcp: 'sess.busy' } as const

/** The rate that decided over a line, for its log format. */
export function formatBusyRate(mode: Mode): string {
  return `%[var(${BUSY[mode]})]`
}

/** Which HAProxy can change its mind about a connection: HTTP every one can. */
type ThinningSettings = { readonly capabilities: Pick<ProcessSettings['capabilities'], 'tcpLogLevel'> }

function canThin(mode: Mode, { capabilities }: ThinningSettings): boolean {
  return mode === 'http' || capabilities.tcpLogLevel
}

/** The rules of a listener. Decided once a server has answered: until then a request may yet become an error. */
export function renderThinning(mode: Mode, settings: ThinningSettings): string[] {
  if (!canThin(mode, settings)) return []
  const rate = mode === 'http' ? 'fe_req_rate' : 'fe_sess_rate'
  const isBusy = `{ ${rate} gt ${THINNING[0].above} }`
  if (mode === 'tcp') return [`tcp-request content set-var(${BUSY.tcp}) ${rate} if ${isBusy}`]
  return [
    `http-request set-var(${BUSY.http}) ${rate} if ${isBusy}`,
    renderSilence('http', 'http-response', `{ status lt ${FIRST_ERROR} }`),
  ]
}

/** Of a tcp pool: once the server has taken the connection. */
export function renderConnectedThinning(mode: Mode, settings: ThinningSettings): string[] {
  return mode === 'tcp' && canThin(mode, settings) ? [renderSilence('tcp', 'tcp-response content')] : []
}

/**
 * Rules that may refuse a request, whose refusals are thinned out too: it is silenced before them and told again after
 * them. HAProxy 2.6 has no rule that comes after its own answers.
 */
export function thinRefusals(rules: readonly string[], mode: Mode, settings: ThinningSettings): string[] {
  if (rules.length === 0 || !canThin(mode, settings)) return [...rules]
  const rule = mode === 'http' ? 'http-request' : 'tcp-request content'
  return [renderSilence(mode, rule), ...rules, `${rule} set-log-level info if { var(${BUSY[mode]}) -m found }`]
}

/** A rule that leaves most out of the log; one in ten of one in ten is one in a hundred, and one in ten of those one in a thousand. */
export function renderSilence(mode: Mode, rule: string, also = ''): string {
  const [busy, ...busier] = THINNING
  const kinds = [
    `{ var(${BUSY[mode]}) -m found }`,
    ...busier.map(({ above }) => `{ var(${BUSY[mode]}) -m int gt ${above} }`),
  ]
  const cases = kinds.map((kind) => [kind, also, `!{ rand(${busy.oneIn}) eq 0 }`].filter(Boolean).join(' '))
  return `${rule} set-log-level silent if ${cases.join(' or ')}`
}

/** How HAProxy says that a rule refused or answered: request, tarpit. */
const REFUSED = ['LR', 'PR', 'PT']

/** What a line tells of how it came about. */
type Thinned = {
  /** null: of a connection. */
  readonly status: number | null
  readonly isHttp: boolean
  /** Whether a server answered a request, or took a connection. */
  readonly isServed: boolean
  readonly end: string
  /** null: the listener was not busy. */
  readonly rate: number | null
}

/** How many requests or connections a line stands for. */
export function countRequests({ status, isHttp, isServed, end, rate }: Thinned): number {
  const isError = isHttp && (status === null || status >= FIRST_ERROR)
  if (rate === null || isError || !(isServed || REFUSED.includes(end))) return 1
  return THINNING.findLast(({ above }) => rate > above)?.oneIn ?? 1
}
