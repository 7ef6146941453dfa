// Who gets in, and how often: the key, and the limit of requests. The unix socket needs neither.
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendAnswer } from './add-route.ts'
import { type Answer, refuse } from './answer.ts'
import { createKeyCheck } from './api-key.ts'
import { isLocal } from './author.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** True: no key is asked for. */
    open?: boolean
  }
}

const UNAUTHORIZED = 'this needs the API key: send Authorization: Bearer KEY or X-API-Key: KEY (KEY is in DIR/api-key)'

/** Adds the checks before every route, the unknown ones included. */
export async function guardAccess(app: FastifyInstance, apiKey: string, requestsPerMinute: number): Promise<void> {
  const hasKey = createRequestCheck(apiKey)
  await app.register(rateLimit, {
    global: false,
    max: requestsPerMinute,
    timeWindow: 60_000,
    // Guesses share one count, whatever they guess.
    keyGenerator: (request) => `${hasKey(request) ? 'key' : 'none'} ${request.ip}`,
  })
  const take = app.createRateLimit()
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    if (isLocal(request)) return
    const taken = await take(request)
    const tooMany = taken.isAllowed ? undefined : limit(reply, taken)
    if (tooMany) return sendAnswer(request, reply, tooMany)
    if (request.routeOptions.config.open || hasKey(request)) return
    const challenge = { 'www-authenticate': 'Bearer' }
    return sendAnswer(request, reply, { ...refuse(401, 'unauthorized', UNAUTHORIZED), headers: challenge })
  })
}

type Taken = {
  readonly max: number
  readonly remaining: number
  readonly ttlInSeconds: number
  readonly isExceeded: boolean
}

/** Tells the caller its share on every answer; refuses where it is used up. */
function limit(reply: FastifyReply, { max, remaining, ttlInSeconds, isExceeded }: Taken): Answer | undefined {
  reply.headers({ 'x-ratelimit-limit': max, 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': ttlInSeconds })
  if (!isExceeded) return undefined
  const sentence = `more than ${max} requests in a minute; come back in ${ttlInSeconds} s`
  return { ...refuse(429, 'too_many_requests', sentence), headers: { 'retry-after': String(ttlInSeconds) } }
}

/** Whether a request carries the key, in either header. */
function createRequestCheck(apiKey: string): (request: FastifyRequest) => boolean {
  const isKey = createKeyCheck(apiKey)
  return ({ headers }) => {
    const bearer = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
    const header = headers['x-api-key']
    return [bearer, header].some((given) => typeof given === 'string' && isKey(given))
  }
}
