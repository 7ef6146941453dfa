// KONTENA_LB_EXTERNAL_PORT: where a tcp service is reached, on one port or on several.
import { accepted, type Parsed, quoted, refused } from '../../model/parsed.ts'
import { parsePort } from '../../model/text.ts'
import { splitList } from './options.ts'

/** One port of the load balancer. `internal`: the port of the service it leads to; null: the one its upstreams name. */
export type ExternalPort = { readonly external: number; readonly internal: number | null }

/** Where none is given. */
export const USUAL_PORTS: readonly ExternalPort[] = [{ external: 5000, internal: null }]

/** Reads `3306`, or several: `9000:80,9001:81`. */
export function parseExternalPorts(text: string): Parsed<readonly ExternalPort[]> {
  const ports: ExternalPort[] = []
  for (const item of splitList(text)) {
    const [first = '', second, ...more] = item.split(':')
    const [external, internal] = [parsePort(first), second === undefined ? null : parsePort(second)]
    if (!external.ok || internal?.ok === false || more.length > 0)
      return refused(
        `KONTENA_LB_EXTERNAL_PORT has ${quoted(item)}; write a port from 1 to 65535, or several with the ports of the service they lead to: 9000:80,9001:81`,
      )
    if (ports.some((port) => port.external === external.value))
      return refused(`KONTENA_LB_EXTERNAL_PORT has ${external.value} twice; give each port once`)
    ports.push({ external: external.value, internal: internal ? internal.value : null })
  }
  return accepted(ports.length > 0 ? ports : USUAL_PORTS)
}
