// A resource in the making, and the words that tell of it.
import type { BrokenFragment, Fragment, Problem, Word } from '../../model/fragment.ts'
import type { LoadBalancerSpec } from '../../spec/schema.ts'
import type { KontenaBalancer, KontenaService } from './kontena.ts'

/** What becomes a fragment. */
export type Draft = {
  /** Of its origin. */
  readonly id: string
  /** The names it would have, the best first. */
  readonly wanted: readonly string[]
  /** null: it cannot be served; the problems say why. */
  readonly spec: LoadBalancerSpec | null
  /** Whole sections of HAProxy's, instead of a resource; absent: none. */
  readonly text?: string
  readonly problems: readonly Problem[]
}

/** What was told before, by id, and the time of this telling in milliseconds since 1970. */
export type Before = { readonly items: ReadonlyMap<string, Word[number]>; readonly now: number }

/** The fragment before; null where it could not be served. */
export function lastOf({ items }: Before, id: string): Fragment | null {
  const item: Fragment | BrokenFragment | undefined = items.get(id)
  return item && !('broken' in item) ? item : null
}

/** Since when it is there. */
export function sinceOf({ items, now }: Before, id: string): number {
  return items.get(id)?.origin.since ?? now
}

/** Of a service: `lb/web`, `lb/tcp/db`; of tcp on a further port `lb/tcp/db:9001`. */
export function formatId(
  balancer: Pick<KontenaBalancer, 'name'>,
  { name, mode }: KontenaService,
  port?: number,
): string {
  return `${balancer.name}/${mode === 'tcp' ? 'tcp/' : ''}${name}${port === undefined ? '' : `:${port}`}`
}

/** "service web of lb". */
export function describe(balancer: KontenaBalancer, { name, mode }: KontenaService): string {
  return `${mode === 'tcp' ? 'tcp service' : 'service'} ${name} of ${balancer.name}`
}

/** Keeps the service from being served as it is. */
export function fault(code: 'invalid' | 'conflict', message: string): Problem {
  return { code, message, fatal: true }
}

/** Keeps nothing from being served. */
export function remark(message: string): Problem {
  return { code: 'option', message, fatal: false }
}
