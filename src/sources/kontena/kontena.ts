// What Kontena says of a load balancer and of the services it balances, whoever tells it: etcd, a kontena.yml, a container.

/**
 * The options of a balanced service by their names in the etcd tree. As a variable of the service an option is
 * `KONTENA_LB_` and its name in capitals. An option that is not set is absent; one that is set and empty is an empty text.
 */
export type KontenaOptions = Readonly<Record<string, string>>

/** One instance of a service. */
export type KontenaUpstream = {
  /** The container's name: `web-1`, `stack.web-1`. */
  readonly name: string
  /** `address:port` as it stands there; the address may be a name. */
  readonly target: string
  /** It is about to stop: what it has under way ends, and nothing new comes. Absent: it is not. */
  readonly stopping?: true
}

/** A service that a load balancer balances. */
export type KontenaService = {
  /** As in the tree: `web`, `stack-web`. */
  readonly name: string
  /** `services/` or `tcp-services/` in the tree; KONTENA_LB_MODE as a variable. */
  readonly mode: 'http' | 'tcp'
  readonly options: KontenaOptions
  readonly upstreams: readonly KontenaUpstream[]
  /** What whoever told of it found wrong with it: each keeps it from serving. Absent: nothing. */
  readonly faults?: readonly string[]
  /** What should be known though it serves. Absent: nothing. */
  readonly remarks?: readonly string[]
}

/** A load balancer: a container of kontena/lb, which Fairlead stands in for. */
export type KontenaBalancer = {
  /** `lb`, or `stack/lb`. */
  readonly name: string
  /** Its variables as they are: SSL_CERTS, KONTENA_LB_HEALTH_URI, STATS_PASSWORD, … Others are not looked at. */
  readonly environment: Readonly<Record<string, string>>
  readonly ports: { readonly http: number; readonly https: number; readonly stats: number }
  /** The address of the machine that a port is on; absent: every one. https is where http is. */
  readonly addresses?: Readonly<Record<number, string>>
  readonly services: readonly KontenaService[]
  /** What came of its variables where they were tried out; absent: they have not been. */
  readonly trial?: BalancerTrial
}

/** What only the outside can tell of a load balancer's variables. */
export type BalancerTrial = {
  /** Files of its certificates, the default one first. */
  readonly certificateFiles: readonly string[]
  /** What is wrong with others, as sentences. */
  readonly faults: readonly string[]
  /** Lines of HAProxy's, as they would be written, with the reason why it refuses them; those of `global` after this word. */
  readonly refused: Readonly<Record<string, string>>
}

/** Tries the variables of load balancers out. Throws nothing but bugs: what does not work is told with each. */
export type TryOut = (balancers: readonly KontenaBalancer[]) => Promise<readonly KontenaBalancer[]>
