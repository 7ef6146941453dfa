// How large a request may be, as lines of a pool's section: told by its length before a byte of its body is taken.
import { formatSize } from '../../model/byte-size.ts'
import type { SizeLimits } from '../../model/features.ts'
import { renderWord } from './word.ts'

/** A length of more digits is not read as a number: HAProxy's numbers have 63 bits. */
const MOST_DIGITS = 18

/** How long the first byte of a body without a length may take to come, after which the client gets 408. */
const FIRST_BYTE = '5s'

/** The rules, which come before anything is reckoned for a request. */
export function renderSizeLimits({ bodyBytes, headerBytes, chunked }: SizeLimits): string[] {
  return [
    ...(headerBytes === undefined
      ? []
      : [
          refuse(
            431,
            `The headers are larger than ${formatSize(headerBytes)}.`,
            `{ req.hdrs -m len gt ${headerBytes} }`,
          ),
        ]),
    ...(bodyBytes === undefined ? [] : renderBodyLimit(bodyBytes, chunked === true)),
  ]
}

function renderBodyLimit(bytes: number, isChunkedAllowed: boolean): string[] {
  const length = 'req.hdr(content-length)'
  const tooLarge = `{ ${length} -m int gt ${bytes} } or { ${length} -m len gt ${MOST_DIGITS} }`
  return [
    refuse(413, `The body is larger than ${formatSize(bytes)}.`, tooLarge),
    ...(isChunkedAllowed ? [] : renderUnknownLength(`!{ ${length} -m found }`)),
  ]
}

/**
 * HTTP/2 does not say beforehand whether a body follows, so its first byte is awaited; a request that is over has none.
 * What is upgraded (a WebSocket, over HTTP/2 too) has no body, but a tunnel.
 */
function renderUnknownLength(isUnknown: string): string[] {
  const isLater = '{ fc_http_major ge 2 }'
  const isTunnel = '!{ req.hdr(upgrade) -m found } !{ method CONNECT }'
  return [
    `http-request wait-for-body time ${FIRST_BYTE} at-least 1 if ${isLater} ${isUnknown} ${isTunnel}`,
    refuse(
      411,
      'A body needs a Content-Length here.',
      `{ req.hdr(transfer-encoding) -m found } or ${isLater} ${isUnknown} ${isTunnel} { req.body_len gt 0 }`,
    ),
  ]
}

function refuse(status: number, why: string, condition: string): string {
  return `http-request return status ${status} content-type text/plain string ${renderWord(`${why}\n`)} if ${condition}`
}
