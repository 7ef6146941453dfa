// Ways from host and path to a pool with a step more: a condition on the request, a share of the traffic, a pool that
// stands in. Each has an id that stands where a pool's would in a row of the map, and rows of its own below that id.

/** A header or query parameter and the value it must have; null: any. */
export type Trait = readonly [name: string, value: string | null]

/** What a request must be beside host and path: all of it, and of the methods one. */
export type Condition = {
  readonly methods: readonly string[]
  readonly headers: readonly Trait[]
  readonly query: readonly Trait[]
}

/** Routes of one host and path that differ in their conditions. The first that holds takes the request. */
export type Switch = {
  readonly id: string
  readonly host: string | null
  readonly path: string
  readonly cases: readonly Condition[]
}

/** What keeps a client in its part of a split: nothing, a cookie of ours, its address, or a header's value. */
export type SplitPin = 'none' | 'cookie' | 'source' | `header:${string}`

/** Kinds of steps a listener must be able to take; what they lead to changes in the running process. */
export type Detour = 'fallback' | `split-${SplitPin}`

/**
 * How the ids of a kind begin. Capitals and a colon: neither a host, which is looked up in lower case, nor a pool's id
 * can be taken for one.
 */
export function detourPrefixOf(kind: Detour | 'switch'): string {
  if (kind === 'switch') return 'WHEN:'
  if (kind === 'fallback') return 'ELSE:'
  return kind === 'split-none' ? 'SPLIT:' : `${kind.replace(':', '-').toUpperCase()}:`
}

/** The id of a detour; `name` is one of the load balancer's own. */
export function detourIdOf(kind: Detour | 'switch', name: string): string {
  return `${detourPrefixOf(kind)}${name}`
}

/** Whether a pool's id is not a pool's. */
export function isDetour(id: string): boolean {
  return /^(WHEN|ELSE|SPLIT[^a-z:]*):/.test(id)
}

/** Into so many parts a split is cut. */
export const SPLIT_PARTS = 100

/** The paths of the rows below a detour's id. */
export const DETOUR_PATHS = {
  case: (index: number) => `/case-${index}`,
  otherwise: '/otherwise',
  part: (index: number) => `/${index}`,
  first: '/first',
  standIn: '/stand-in',
} as const
