// What is really running, as read from HAProxy and from the generation its worker was started with.
import type { Config } from '../model/config.ts'

/** The state a plan starts from. */
export type Running = {
  /** Listeners, routes and pools as the worker loaded them; weights, addresses and states as they are live. */
  readonly config: Config
  /** Digest of the process-wide settings the worker was started with; empty when nothing is known of it. */
  readonly processDigest: string
  /** Retired servers, as `pool server`, to which nothing can be under way any more. */
  readonly deletable: ReadonlySet<string>
}

/** Where a plan leads. */
export type Desired = { readonly config: Config; readonly processDigest: string }
