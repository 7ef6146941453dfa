// What GET /v1/explain/{container} answers.

/** One service of a container: a port it publishes through a load balancer. */
export type ExplainedService = {
  /** Of `lb.<name>.publish`; null: the one without a name. */
  readonly service: string | null
  /** `waiting`: in the list of servers, and takes no traffic for now. */
  readonly state: 'serving' | 'waiting' | 'out'
  /** What keeps it out or waiting; null where it serves. */
  readonly because: string | null
  readonly loadBalancer: string | null
  /** "http port 80, host app.example.com, path /api"; null where its labels do not say. */
  readonly publishes: string | null
  /** Where its traffic goes, and over which Docker network. */
  readonly target: string | null
  readonly network: string | null
  readonly taken: readonly { readonly label: string; readonly key: string }[]
  readonly ignored: readonly { readonly label: string; readonly reason: string }[]
  /** What should be known though it serves. */
  readonly remarks: readonly string[]
}

/** GET /v1/explain/{container}. */
export type Explanation = {
  readonly container: string
  readonly id: string
  readonly image: string
  /** As Docker says: running, exited, … */
  readonly state: string
  readonly health: string
  /** Why none of its services is looked at; null where some are. */
  readonly because: string | null
  readonly services: readonly ExplainedService[]
}
