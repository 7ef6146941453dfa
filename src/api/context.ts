// What the routes work with.
import type { Readable } from 'node:stream'
import type { Logger } from '../io/log.ts'
import type { LoadBalancerInput } from '../spec/schema.ts'
import type { Store, Stored } from '../store/store.ts'
import type { Engine } from './engine.ts'
import type { Turns } from './turns.ts'

/** A load balancer of the API's own store. */
export type StoredLoadBalancer = Stored<LoadBalancerInput>

export type Context = {
  readonly store: Store<LoadBalancerInput>
  readonly engine: Engine
  readonly log: Logger
  /** Reviews and writes happen one after the other, so that each is reviewed beside what the one before it wrote. */
  readonly turns: Turns
  /** Aborts when the API closes. */
  readonly closing: AbortSignal
  /** Every event stream that is open. */
  readonly streams: Set<Readable>
  /** How long a write waits until it is live before it answers that it is not yet. */
  readonly settleTimeoutMs: number
  /** How often an idle event stream says that it is alive. */
  readonly heartbeatMs: number
}
