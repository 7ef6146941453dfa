// The access log: one line a request or connection, kept in the memory of HAProxy until someone asks for it.
//
// A ring costs no system call, never waits for a reader and never fills a disk: `show events access` on the worker's
// socket tells what is in it, with `-w` also what comes, with `-n` only that. It starts empty after a reload, so who
// reads on connects anew then. A worker of 2.6.12 spends 6,700 instructions of its own code more on a logged request than
// on one without any of this (30,700), 1,900 on one that is thinned out, and 900 of both on the rule and the rate;
// `option httplog` costs 2,000 more, and a datagram socket a system call on top and a process that must drain it.
import type { Mode } from '../../model/config.ts'
import type { ProcessSettings } from './process-settings.ts'
import { REQUEST_ID } from './request-id.ts'
import { formatBusyRate, renderThinning } from './thinning.ts'

const NAME = 'access'

/** Bytes of the ring: the last 8,000 requests or so. */
const RING_BYTES = 1_048_576

/** Bytes of one line at most; a longer one is cut. A host's name has 253 at most, and the URL comes last. */
const LINE_BYTES = 2048

/**
 * Space between fields, `-` or -1 where one is unknown. The host stands in braces, for it is the client's and may hold
 * spaces; braces, quotes and control characters in it are written `#7B`. Times in milliseconds. The rate is that of a
 * busy listener when the request came, a second: it tells how many requests the line stands for. Without the query of
 * the URL, where people send tokens.
 *
 *     at client pool server queue connect answer total retries status bytes end rate id {host} method path
 */
const HTTP_LINE = `%Ts%ms %ci %b %s %Tw %Tc %Tr %Ta %rc %ST %B %ts ${formatBusyRate('http')} %[var(${REQUEST_ID})] %hr %HM %HP`

/** As for HTTP, as far as a connection has it; the rate is in connections. */
const TCP_LINE = `%Ts%ms %ci %b %s %Tw %Tc -1 %Tt %rc - %B %ts ${formatBusyRate('tcp')}`

/** The section that holds the lines, beside `global`. */
export function renderAccessRing(): string[] {
  return [`ring ${NAME}`, '  format raw', `  maxlen ${LINE_BYTES}`, `  size ${RING_BYTES}`]
}

/**
 * The lines of a frontend. Of HTTP nothing is logged of a connection that asks for nothing; in tcp it may be the server
 * that speaks first, and clients that nobody took are gone before they have said a word.
 */
export function renderAccessLog(mode: Mode, settings: Pick<ProcessSettings, 'capabilities'>): string[] {
  return [
    `log ring@${NAME} format raw local0`,
    ...(mode === 'http' ? ['option dontlognull', 'capture request header Host len 253'] : []),
    ...renderThinning(mode, settings),
    `log-format '${mode === 'http' ? HTTP_LINE : TCP_LINE}'`,
  ]
}
