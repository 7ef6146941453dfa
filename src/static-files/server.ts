// The HTTP server behind HAProxy: it knows nothing but what each request tells it.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { outcomeOf } from '../io/outcome.ts'
import { parseStaticFiles, STATIC_HEADERS, type StaticFiles } from '../model/static-files.ts'
import { answerPlainly } from './answer-plainly.ts'
import { type Opened, openBelow } from './open-below.ts'
import { formatFolderLocation, readTarget } from './read-target.ts'
import { sendFile } from './send-file.ts'

/** What the process says of itself to a daemon. */
export type Greeting = { readonly version: string; readonly pid: number }

/** HAProxy has a whole request in 16 kB, and adds its own headers. */
const MOST_HEADER_BYTES = 65_536

/** A server that listens nowhere yet. */
export function createStaticServer(version: string): Server {
  const greeting: Greeting = { version, pid: process.pid }
  // Idle connections are HAProxy's to close, which it does after 5 s.
  const limits = { maxHeaderSize: MOST_HEADER_BYTES, keepAliveTimeout: 0 }
  return createServer(limits, (request, response) => void answer(request, response, greeting))
}

async function answer(request: IncomingMessage, response: ServerResponse, greeting: Greeting): Promise<void> {
  const told = request.headers[STATIC_HEADERS.files.toLowerCase()]
  // HAProxy always says which files; who does not is a daemon.
  if (told === undefined) return void response.end(JSON.stringify(greeting))
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return answerPlainly(response, 405, { Allow: 'GET, HEAD', Connection: 'close' })
  const files = typeof told === 'string' ? parseStaticFiles(told) : null
  const done = await outcomeOf(
    files ? answerFrom(files, request, response) : Promise.resolve(answerPlainly(response, 404)),
  )
  if (done.ok) return
  if (response.headersSent) response.destroy()
  else answerPlainly(response, 503, { 'Retry-After': '1' })
}

async function answerFrom(files: StaticFiles, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = request.url ?? '/'
  const asked = readTarget(target, files.dotfiles)
  if (!asked.ok) return answerPlainly(response, asked.status)
  const found = await openBelow(files.root, asked.names)
  if (found === null) return answerPlainly(response, 404)
  const name = asked.names.at(-1) ?? ''
  if (found.kind === 'file')
    return asked.isFolder ? refuse(response, found) : sendAndClose(request, response, found, { ...files, name })
  await found.handle.close()
  const publicPath = readPublicPath(request, target)
  if (!asked.isFolder || !publicPath.endsWith('/'))
    return answerPlainly(response, 301, { Location: formatFolderLocation(publicPath, target) })
  const index = await openBelow(files.root, [...asked.names, files.index])
  if (index?.kind === 'file') return sendAndClose(request, response, index, { ...files, name: files.index })
  return index ? refuse(response, index) : answerPlainly(response, 404)
}

/** The path as the client knows it. */
function readPublicPath(request: IncomingMessage, target: string): string {
  const told = request.headers[STATIC_HEADERS.path.toLowerCase()]
  return typeof told === 'string' && told !== '' ? told : (target.split('?', 1)[0] ?? '')
}

async function refuse(response: ServerResponse, { handle }: Opened): Promise<void> {
  await handle.close()
  answerPlainly(response, 404)
}

async function sendAndClose(
  request: IncomingMessage,
  response: ServerResponse,
  file: Opened,
  manner: StaticFiles & { readonly name: string },
): Promise<void> {
  const sent = await outcomeOf(sendFile(request, response, file, manner))
  await file.handle.close()
  if (!sent.ok) throw sent.error
}
