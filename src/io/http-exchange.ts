// One HTTP request and its whole answer, in bounded size.
import { type IncomingHttpHeaders, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

/** What came back. */
export type Exchanged = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string }

/** Sends `body` (undefined: none) and reads an answer of `mostBytes` at most; rejects with what the system says. */
export async function exchangeHttp(
  url: string | URL,
  options: RequestOptions,
  body: string | undefined,
  mostBytes: number,
): Promise<Exchanged> {
  const done = Promise.withResolvers<Exchanged>()
  const request = new URL(url).protocol === 'http:' ? requestHttp : requestHttps
  const sent = request(url, options, (response) => {
    collect(response, mostBytes).then(
      (text) => done.resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      done.reject,
    )
  })
  sent.on('error', done.reject)
  sent.end(body)
  return done.promise
}

async function collect(response: IncomingMessage, mostBytes: number): Promise<string> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of response as AsyncIterable<Buffer>) {
    length += piece.length
    if (length > mostBytes) throw new Error(`its answer is longer than ${mostBytes / 1000} KB`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}
