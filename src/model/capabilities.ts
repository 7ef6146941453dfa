// What an HAProxy can do beyond what every version we drive can.

/** What the HAProxy at hand offers, found out by asking it. */
export type Capabilities = {
  /** Converter `host_only` (2.6): takes the port off a Host header, IPv6 literals included. */
  readonly hostOnly: boolean
  /** `option idle-close-on-response`: an old worker answers a last request before it closes an idle connection. */
  readonly idleCloseOnResponse: boolean
  /** The fetch `stopping`: whether this worker is being replaced. */
  readonly stopping: boolean
  /** Rules in named defaults sections (2.6). */
  readonly rulesInDefaults: boolean
  /** Backends that are made while HAProxy runs (3.4). */
  readonly dynamicBackends: boolean
  /** `tcp-request content set-log-level` (2.5): a connection can be left out of the log. */
  readonly tcpLogLevel: boolean
  /** `use-service prometheus-exporter`. */
  readonly prometheus: boolean
  /** What keys of TLS are exchanged with, as `curves` takes them; null: it takes none of ours, and has its own. */
  readonly curves: string | null
}
