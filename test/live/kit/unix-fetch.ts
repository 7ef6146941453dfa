// fetch over a unix socket, which is reached from any network namespace.
import { request } from 'node:http'

type Init = { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string }

/** As fetch; the address says only path and query. */
export function unixFetch(socketPath: string, url: string, { method = 'GET', headers = {}, body }: Init = {}) {
  const { pathname, search } = new URL(url)
  return new Promise<Response>((resolve, reject) => {
    const sent = request({ socketPath, path: pathname + search, method, headers }, (answer) => {
      const pieces: Buffer[] = []
      answer.on('data', (piece: Buffer) => pieces.push(piece)).on('error', reject)
      answer.on('end', () => {
        const told = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as [string, string])
        const status = answer.statusCode ?? 0
        const isEmpty = status === 204 || status === 304
        resolve(new Response(isEmpty ? null : Buffer.concat(pieces), { status, headers: told }))
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
