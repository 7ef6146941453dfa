// What rendering makes: files with their owner, so that blame for a refused line is exact.

/** One file HAProxy reads. */
export type RenderedFile = {
  /** Relative to the generation's folder: `config/…cfg`, `maps/….map`. */
  readonly path: string
  readonly content: string
  /** Where it is a link: what it leads to, as seen from the link. */
  readonly link?: string
  /** The load balancer it belongs to; null for what Fairlead itself needs, and for what several share. */
  readonly owner: string | null
  /** Of a shared file: in which line, counted from 1, each load balancer's part begins. */
  readonly sections?: readonly { readonly owner: string; readonly line: number }[]
}

/** Whether each load balancer has a file of its own, or shares one with others. */
export type FileLayout = 'each' | 'shared'
