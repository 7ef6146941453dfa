// The access log: one line a request or connection, kept in the memory of HAProxy until someone asks for it.
//
// A ring costs no system call, never waits for a reader and never fills a disk: `show events access` on the worker's
// socket tells what is in it, with `-w` also what comes, with `-n` only that. It starts empty after a reload, so who
// reads on connects anew then. A worker of 2.6.12 spends 5,400 instructions more on a logged request (71,600 without);
// `option httplog` costs 7,700, and a datagram socket 6,300 with a system call on top and a process that must drain it.
import type { Mode } from '../../model/config.ts'

const NAME = 'access'

/** Bytes of the ring: the last 8,000 requests or so. */
const RING_BYTES = 1_048_576

/** Bytes of one line at most; a longer one is cut. A host's name has 253 at most, and the URL comes last. */
const LINE_BYTES = 2048

/**
 * Space between fields, `-` or -1 where one is unknown. The host stands in braces, for it is the client's and may hold
 * spaces; braces, quotes and control characters in it are written `#7B`. Times in milliseconds.
 *
 *     at client pool server queue connect answer total retries status bytes end {host} method url
 */
const HTTP_LINE = '%Ts%ms %ci %b %s %Tw %Tc %Tr %Ta %rc %ST %B %ts %hr %HM %HU'

/** As for HTTP, as far as a connection has it. */
const TCP_LINE = '%Ts%ms %ci %b %s %Tw %Tc -1 %Tt %rc - %B %ts'

/** The section that holds the lines, beside `global`. */
export function renderAccessRing(): string[] {
  return [`ring ${NAME}`, '  format raw', `  maxlen ${LINE_BYTES}`, `  size ${RING_BYTES}`]
}

/** The lines of a frontend. Nothing is logged of a connection that asks for nothing. */
export function renderAccessLog(mode: Mode): string[] {
  return [
    `log ring@${NAME} format raw local0`,
    'option dontlognull',
    ...(mode === 'http' ? [`capture request header Host len 253`] : []),
    `log-format '${mode === 'http' ? HTTP_LINE : TCP_LINE}'`,
  ]
}
