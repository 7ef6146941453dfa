// Names whose TLS does not end here: their servers have certificates of their own, and none is obtained for them.
import type { Fragment, Problem } from '../model/fragment.ts'
import type { Claims } from './claims.ts'

/** The first domain of a newcomer that somebody passes through by SNI; null where there is none. */
export function findPassedThrough(claims: Claims, { name: own, certificates = [] }: Fragment): Problem | null {
  const domains = certificates.flatMap(({ source }) => (source.kind === 'domain' ? [source.name] : []))
  if (domains.length === 0) return null
  const listeners = [...claims.listeners].flatMap(([id, holders]) => (holders.first()?.sni ? [id] : []))
  for (const domain of new Set(domains)) {
    const wildcard = domain.replace(/^[^.]+/, '*')
    const hosts = listeners.flatMap((id) => [`${id} ${domain}/`, `${id} ${wildcard}/`])
    const owner = hosts.map((host) => claims.routes.get(host)).find((one) => one !== undefined && one !== own)
    if (owner === undefined) continue
    const message = `TLS for ${domain} is passed through to the servers of load balancer ${owner}, which have their own certificate: none is obtained for it; take the name out of one of them, or give certificate or certificateFile here`
    return { code: 'conflict', path: 'spec.tls.domain', message, fatal: true }
  }
  return null
}
