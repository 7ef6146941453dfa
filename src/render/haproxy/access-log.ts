// The access log: one line a request or connection, kept in the memory of HAProxy until someone asks for it.
//
// A ring costs no system call, never waits for a reader and never fills a disk: `show events access` on the worker's
// socket tells what is in it, with `-w` also what comes, with `-n` only that. It starts empty after a reload, so who
// reads on connects anew then. A worker of 2.6.12 spends 6,700 instructions of its own code more on a logged request than
// on one without any of this (30,700), 1,900 on one that is thinned out, and 900 of both on the rule and the rate;
// `option httplog` costs 2,000 more, and a datagram socket a system call on top and a process that must drain it.
import type { Mode } from '../../model/config.ts'

const NAME = 'access'

/** Bytes of the ring: the last 8,000 requests or so. */
const RING_BYTES = 1_048_576

/** Bytes of one line at most; a longer one is cut. A host's name has 253 at most, and the URL comes last. */
const LINE_BYTES = 2048

/**
 * Space between fields, `-` or -1 where one is unknown. The host stands in braces, for it is the client's and may hold
 * spaces; braces, quotes and control characters in it are written `#7B`. Times in milliseconds. The rate is that of the
 * listener at this moment, in requests a second: it tells how many requests the line stands for. Without the query of
 * the URL, where people send tokens.
 *
 *     at client pool server queue connect answer total retries status bytes end rate {host} method path
 */
const HTTP_LINE = '%Ts%ms %ci %b %s %Tw %Tc %Tr %Ta %rc %ST %B %ts %[fe_req_rate] %hr %HM %HP'

/** As for HTTP, as far as a connection has it; the rate is in connections. */
const TCP_LINE = '%Ts%ms %ci %b %s %Tw %Tc -1 %Tt %rc - %B %ts %[fe_sess_rate]'

/** Above so many requests a second on a listener, one in `oneIn` is logged; the busiest last. */
const THINNING = [
  { above: 1000, oneIn: 10 },
  { above: 10_000, oneIn: 100 },
] as const

/** From this status on every answer is logged. */
const FIRST_ERROR = 500

/**
 * Decided when a server has answered: what HAProxy answers itself (no server, a timeout, a rate limit) never comes here
 * and is always logged, as in 2.6 no rule could undo a decision made earlier. One in ten of one in ten is one in a hundred.
 */
const THIN_OUT = `http-response set-log-level silent if ${THINNING.map(
  ({ above }) => `{ fe_req_rate gt ${above} } { status lt ${FIRST_ERROR} } !{ rand(10) eq 0 }`,
).join(' or ')}`

/** How many requests a line of HTTP stands for: answered by a server or not, its status, and the rate in the line. */
export function countRequests(isAnswered: boolean, status: number | null, rate: number): number {
  if (!isAnswered || status === null || status >= FIRST_ERROR) return 1
  return THINNING.findLast(({ above }) => rate > above)?.oneIn ?? 1
}

/** The section that holds the lines, beside `global`. */
export function renderAccessRing(): string[] {
  return [`ring ${NAME}`, '  format raw', `  maxlen ${LINE_BYTES}`, `  size ${RING_BYTES}`]
}

/** The lines of a frontend. Nothing is logged of a connection that asks for nothing; of TCP every connection is. */
export function renderAccessLog(mode: Mode): string[] {
  return [
    `log ring@${NAME} format raw local0`,
    'option dontlognull',
    ...(mode === 'http' ? [`capture request header Host len 253`, THIN_OUT] : []),
    `log-format '${mode === 'http' ? HTTP_LINE : TCP_LINE}'`,
  ]
}
