// The API put together: one app, its routes, and the two listeners before it.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify, { type FastifyInstance } from 'fastify'
import { z } from 'zod'
import { Failure } from '../io/failure.ts'
import type { Logger } from '../io/log.ts'
import { outcomeOf } from '../io/outcome.ts'
import type { LoadBalancerInput } from '../spec/schema.ts'
import type { Store } from '../store/store.ts'
import { guardAccess } from './access.ts'
import { addRoute, sendAnswer } from './add-route.ts'
import { answer } from './answer.ts'
import { markLocal } from './author.ts'
import type { Context } from './context.ts'
import type { Engine } from './engine.ts'
import { createErrorHandler, refuseBroken } from './error-handler.ts'
import { LARGEST_BODY_BYTES, readJsonBodies } from './json-body.ts'
import { documentApi } from './openapi.ts'
import { readToEnd } from './read-to-end.ts'
import { type Route, route } from './route.ts'
import { backendRoutes } from './routes/backends.ts'
import { certificateRoutes } from './routes/certificates.ts'
import { dnsRoutes } from './routes/dns.ts'
import { eventRoutes } from './routes/events.ts'
import { explainRoutes } from './routes/explain.ts'
import { haproxyRoutes } from './routes/haproxy.ts'
import { healthRoutes } from './routes/health.ts'
import { historyRoutes } from './routes/history.ts'
import { loadBalancerRoutes } from './routes/load-balancers.ts'
import { logRoutes } from './routes/logs.ts'
import { nodeRoutes } from './routes/node.ts'
import { planRoutes } from './routes/plan.ts'
import { poolSettingRoutes } from './routes/pool-settings.ts'
import { requestRoutes } from './routes/request-routes.ts'
import { tlsRoutes } from './routes/tls.ts'
import { topRoutes } from './routes/top.ts'
import { createTurns } from './turns.ts'
import { closeServer, listenOnUnixSocket, REQUEST_TIMEOUT_MS } from './unix-listener.ts'
import { refusePath } from './unknown-path.ts'

export type ApiOptions = {
  readonly store: Store<LoadBalancerInput>
  readonly engine: Engine
  readonly apiKey: string
  readonly log: Logger
  /** Of the program, as the OpenAPI document tells it. */
  readonly version: string
  readonly program?: string
  /** For each address, with the key and without it apart; 6000 where nothing is said. */
  readonly requestsPerMinute?: number
  /** How long a write waits until it is live; 15 s where nothing is said. */
  readonly settleTimeoutMs?: number
  /** 15 s where nothing is said. */
  readonly heartbeatMs?: number
}

/** Where to listen; `port` 0 takes a free one. */
export type Listening = {
  readonly tcp?: { readonly host: string; readonly port: number } | undefined
  readonly unixPath?: string
}

export type Api = {
  /** The app itself, for tests without a port. */
  readonly app: FastifyInstance
  /**
   * Listens on one or both; answers the TCP address in use ("127.0.0.1:8080"). Failures: `address-unusable`,
   * `socket-in-use`, `socket-unusable`.
   */
  listen(where: Listening): Promise<{ readonly tcp: string | undefined }>
  /** Ends event streams, then every connection. */
  close(): Promise<void>
}

/** How long event streams have to tell their end before connections are cut. */
const FAREWELL_MS = 500

/** Makes the API; it listens nowhere yet. */
export async function createApi(options: ApiOptions): Promise<Api> {
  const closing = new AbortController()
  const context = createContext(options, closing.signal)
  const { app, forward } = await createApp(options, context)
  const servers: Server[] = []
  return {
    app,
    listen: async ({ tcp, unixPath }) => {
      if (unixPath !== undefined) servers.push(await listenOnUnixSocket(unixPath, forward))
      return { tcp: tcp === undefined ? undefined : await listenOnTcp(app, tcp) }
    },
    close: async () => {
      closing.abort()
      await Promise.race([Promise.all([...context.streams].map((stream) => once(stream, 'close'))), sleep(FAREWELL_MS)])
      await Promise.all([...servers.map(closeServer), app.close()])
    },
  }
}

function createContext(options: ApiOptions, closing: AbortSignal): Context {
  const { store, engine, log, settleTimeoutMs = 15_000, heartbeatMs = 15_000 } = options
  return { store, engine, log, turns: createTurns(), closing, streams: new Set(), settleTimeoutMs, heartbeatMs }
}

async function createApp(options: ApiOptions, context: Context) {
  const { apiKey, log, version, program = 'Fairlead', requestsPerMinute = 6000 } = options
  const answerError = createErrorHandler(log)
  const app: FastifyInstance = Fastify({
    bodyLimit: LARGEST_BODY_BYTES,
    forceCloseConnections: true,
    requestTimeout: REQUEST_TIMEOUT_MS,
    genReqId: () => `req-${randomBytes(6).toString('hex')}`,
    routerOptions: { maxParamLength: 1024, ignoreTrailingSlash: true },
    rewriteUrl: ({ url = '/' }) => url.replace(/^\/v1\/loadbalancers(?=[/?]|$)/, '/v1/load-balancers'),
    frameworkErrors: (error, request, reply) => {
      answerError(error, request, reply)
    },
    clientErrorHandler: refuseBroken,
  })
  // Queries are read by the routes, bodies by the spec; answers are held against their types by the compiler.
  app.setValidatorCompiler(() => (value) => ({ value }))
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  app.setErrorHandler(answerError)
  readJsonBodies(app)
  app.addHook('onSend', (request) => readToEnd(request.raw))
  await guardAccess(app, apiKey, requestsPerMinute)
  await documentApi(app, program, version)
  const routes = [...allRoutes(context), documentRoute(app)]
  for (const each of routes) addRoute(app, each)
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?', 1)
    return sendAnswer(request, reply, refusePath(request.method, path, routes))
  })
  await app.ready()
  return { app, forward: forwardTo(app) }
}

function forwardTo(app: FastifyInstance) {
  return (...[request, response]: Parameters<FastifyInstance['routing']>) => {
    markLocal(request)
    app.routing(request, response)
  }
}

function allRoutes(context: Context): readonly Route[] {
  return [
    ...loadBalancerRoutes(context),
    ...backendRoutes(context),
    ...requestRoutes(context),
    ...poolSettingRoutes(context),
    ...tlsRoutes(context),
    ...certificateRoutes(context),
    ...historyRoutes(context),
    ...planRoutes(context),
    ...eventRoutes(context),
    ...logRoutes(context),
    ...topRoutes(context),
    ...explainRoutes(context),
    ...nodeRoutes(context),
    ...haproxyRoutes(context),
    ...dnsRoutes(context),
    ...healthRoutes(context),
  ]
}

function documentRoute(app: FastifyInstance): Route {
  return route({
    method: 'GET',
    url: '/openapi.json',
    tag: 'Watching',
    summary: 'This document',
    answers: { 200: { description: 'OpenAPI 3.1', schema: z.record(z.string(), z.unknown()) } },
    handle: () => answer(200, app.swagger()),
  })
}

async function listenOnTcp(app: FastifyInstance, { host, port }: { host: string; port: number }): Promise<string> {
  const listened = await outcomeOf(app.listen({ host, port }))
  if (listened.ok) {
    const { address, port: used, family } = app.server.address() as AddressInfo
    return family === 'IPv6' ? `[${address}]:${used}` : `${address}:${used}`
  }
  const where = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  const taken = listened.error.code === 'EADDRINUSE'
  const reason = taken ? 'another program listens there; stop it, or choose another address' : listened.error.message
  throw new Failure('address-unusable', `cannot serve the API on ${where}: ${reason}`, listened.error)
}
