// A route as data: what it is called, what it takes, what it answers, and the function that does it.
import type { z } from 'zod'
import type { Answer } from './answer.ts'

/** A request as a route's function sees it: read, and freed of HTTP. */
export type Asked<Query = unknown> = {
  readonly params: Readonly<Record<'name' | 'target' | 'container', string>>
  readonly query: Query
  /** JSON yet to be checked; undefined where there was none. */
  readonly body: unknown
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Whose name a revision bears. */
  readonly author: string
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export type Route = {
  readonly method: Method
  /** As Fastify writes it: `/v1/load-balancers/:name`. */
  readonly url: string
  readonly tag: string
  readonly summary: string
  readonly description?: string
  readonly query?: z.ZodObject
  /** For the documentation alone: bodies come in two dialects and are read by the route itself. */
  readonly body?: z.ZodType
  /** What is answered where all goes well: JSON of a schema, or a text of a media type. */
  readonly answers: Readonly<Record<number, Documented>>
  /** The refusals this route has beside those every route has. */
  readonly refusals?: readonly number[]
  /** True: no key is asked for. */
  readonly open?: true
  handle(asked: Asked): Promise<Answer> | Answer
}

export type Documented = {
  readonly description: string
  readonly schema: z.ZodType
  /** JSON where nothing is said. */
  readonly mediaType?: string
}

/** Declares a route; the type of its query follows from the query's schema. */
export function route<Query extends z.ZodObject>(
  declared: Omit<Route, 'handle' | 'query'> & {
    readonly query?: Query
    handle(asked: Asked<z.output<Query>>): Promise<Answer> | Answer
  },
): Route {
  return declared as Route
}

/** The refusals of every route that writes. */
export const WRITE_REFUSALS = [400, 404, 409, 413, 415, 422] as const
