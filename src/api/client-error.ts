// What the API refused, and what to say when nobody answers.
import { Failure } from '../io/failure.ts'
import type { Connection } from './client-connection.ts'
import type { ErrorBody } from './wire.ts'

/** The API answered and said no. `details` name the keys that are wrong. */
export class ApiError extends Failure {
  /** HTTP status, 400 to 599. */
  readonly status: number
  readonly details: readonly { readonly path: string; readonly message: string }[]

  constructor(status: number, body: ErrorBody) {
    super(body.code, body.error)
    this.status = status
    this.details = body.details ?? []
  }
}

/** The error of an answer of 400 or above, whatever stands in its body. */
export function toApiError(status: number, body: unknown, connection: Connection): ApiError {
  const known = isErrorBody(body) ? body : { error: `the API answered ${status} without a reason`, code: 'unknown' }
  if (status !== 401) return new ApiError(status, known)
  const key = connection.keyFrom
    ? `the key came from ${connection.keyFrom}`
    : 'no key was found; set FAIRLEAD_API_KEY, or give --state-dir'
  return new ApiError(status, { ...known, error: `${known.error} (${key})` })
}

/** Nothing answered: one sentence that says where we looked and what to do. */
export function unreachable(connection: Connection, cause: NodeJS.ErrnoException, program: string): Failure {
  const dir = connection.stateDirGiven ? ` --state-dir ${connection.stateDir}` : ''
  const places = [...connection.tried, `${formatPlace(connection)} ${formatRefusal(cause)}`].join(', ')
  const owner = connection.tried.some((text) => text.includes('another user'))
    ? `run this as the user that runs ${program}, or set FAIRLEAD_API_KEY`
    : `start it with \`${program} up${dir}\`, or see what is wrong with \`${program} doctor${dir}\``
  return new Failure('unreachable', `no Fairlead answers: ${places}; ${owner}`, cause)
}

/** Something answered, and not as our API does. */
export function notFairlead(connection: Connection): Failure {
  const place = formatPlace(connection)
  return new Failure('not-fairlead', `${place} does not answer as Fairlead does; another program may listen there`)
}

/** Where requests of this connection go, for a person. */
export function formatPlace({ to }: Connection): string {
  return 'url' in to ? to.url.href.replace(/\/$/, '') : to.socketPath
}

function formatRefusal(cause: NodeJS.ErrnoException): string {
  if (cause.code === 'ECONNREFUSED') return 'refuses connections'
  if (cause.code === 'ENOENT') return 'is not there'
  if (cause.code === 'ENOTFOUND' || cause.code === 'EAI_AGAIN') return 'has a name that cannot be resolved'
  return `cannot be reached (${cause.message})`
}

function isErrorBody(body: unknown): body is ErrorBody {
  return typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string'
}
