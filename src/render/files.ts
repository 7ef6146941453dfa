// What rendering makes: files with their owner, so that blame for a refused line is exact.

/** One file HAProxy reads. */
export type RenderedFile = {
  /** Relative to the generation's folder: `config/…cfg`, `maps/….map`. */
  readonly path: string
  readonly content: string
  /** The load balancer it belongs to; null for what Fairlead itself needs. */
  readonly owner: string | null
}
