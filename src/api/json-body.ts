// Bodies are JSON, of any media type that says so; an empty one is no body.
import type { FastifyInstance } from 'fastify'
import { Failure } from '../io/failure.ts'

/** The largest body that is read. */
export const LARGEST_BODY_BYTES = 1024 * 1024

/** The code of the Failure that a body is which is not JSON. */
export const NOT_JSON = 'body-not-json'

/** Makes the app read `application/json` and its relatives (`application/merge-patch+json`), and nothing else. */
export function readJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    /^application\/([\w.-]+\+)?json\s*(;|$)/i,
    { parseAs: 'string' },
    async (_: unknown, text: string) => {
      const body = text.replace(/^\uFEFF/, '')
      return body.trim() === '' ? undefined : parseJson(body)
    },
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, refusePrototype)
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown
    throw new Failure(NOT_JSON, `the body is not JSON: ${formatPosition(String(thrown))}`)
  }
}

/** No key of ours is called so, and some code somewhere might take it for an object's prototype. */
function refusePrototype(key: string, value: unknown): unknown {
  if (key !== '__proto__') return value
  throw new Failure(NOT_JSON, 'the body holds a key that is not allowed: __proto__')
}

/** Where reading stopped, as far as V8 tells; without the text that stood there, which could hold a secret. */
function formatPosition(message: string): string {
  const place = /\(line (\d+) column (\d+)\)/.exec(message)
  if (place) return `it stops being JSON at line ${place[1]}, column ${place[2]}`
  return /end of/.test(message) ? 'it ends too early' : 'a word or a character in it stands where none may'
}
