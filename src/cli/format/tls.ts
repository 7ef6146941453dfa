// What a load balancer serves over TLS, for a person.
import type { LoadBalancer } from '../../api/wire.ts'
import { oneLine } from './display.ts'

/** "a.test, *.a.test until 2027-01-01, file /etc/ssl/web.pem"; undefined where it serves none. */
export function formatServedTls({ status: { tls } }: LoadBalancer): string | undefined {
  return tls && oneLine(`${tls.domains.join(', ')} until ${tls.notAfter.slice(0, 10)}, ${tls.source}`)
}

/** The page of `lb tls get`. */
export function formatTls(item: LoadBalancer): string {
  const { name, spec, status } = item
  if (!spec.tls) return `${name} serves no https; \`lb tls set ${name} --certificate NAME\` makes it do so\n`
  if (!status.tls) return `${name} has tls settings, but serves no certificate; \`lb status ${name}\` says why\n`
  const lines = [
    ['serves', status.tls.domains.join(', ')],
    ['port', String((spec.type === 'tcp' ? spec.port : spec.tls.port) ?? 443)],
    ['until', status.tls.notAfter],
    ['issuer', status.tls.issuer],
    ['from', status.tls.source],
    ...(status.tls.default ? [['default', 'for clients that ask for no name, or one nobody has']] : []),
    ...(spec.type === 'tcp' ? [] : [['http', spec.tls.redirect === false ? 'served too' : 'sent to https']]),
    ...(spec.tls.clientCa === undefined
      ? []
      : [['clients', `${spec.tls.clientCertificate ?? 'required'} to show a certificate of ${spec.tls.clientCa}`]]),
    ...(status.tls.lastError === null ? [] : [['problem', status.tls.lastError]]),
  ]
  return lines.map(([what = '', value = '']) => `${what.padEnd(8)}${oneLine(value)}\n`).join('')
}
