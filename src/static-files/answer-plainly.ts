// Answers without a file: one line of text that says nothing of where files lie.
import { type OutgoingHttpHeaders, type ServerResponse, STATUS_CODES } from 'node:http'

/** Ends the response with a status and its own words. */
export function answerPlainly(response: ServerResponse, status: number, headers: OutgoingHttpHeaders = {}): void {
  const text = `${STATUS_CODES[status] ?? 'Error'}.\n`
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    ...headers,
  })
  response.end(text)
}
