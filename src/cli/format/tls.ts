// What a load balancer serves over TLS, for a person.
import type { LoadBalancer, ObtainedDomain } from '../../api/wire.ts'
import { oneLine } from './display.ts'
import { formatFailure, formatMinute } from './renewal.ts'

/** "a.test, *.a.test until 2027-01-01, file /etc/ssl/web.pem"; undefined where it serves none. */
export function formatServedTls({ status: { tls } }: LoadBalancer): string | undefined {
  if (!tls) return undefined
  const until = tls.notAfter === null ? 'no certificate yet' : `until ${tls.notAfter.slice(0, 10)}`
  return oneLine(`${tls.domains.join(', ')} ${until}, ${tls.source}`)
}

/** The page of `lb tls get`. */
export function formatTls(item: LoadBalancer): string {
  const { name, spec, status } = item
  if (!spec.tls) return `${name} serves no https; \`lb tls set ${name} --certificate NAME\` makes it do so\n`
  if (!status.tls) return `${name} has tls settings, but serves no certificate; \`lb status ${name}\` says why\n`
  const lines = [
    ['serves', status.tls.domains.join(', ')],
    ['port', String((spec.type === 'tcp' ? spec.port : spec.tls.port) ?? 443)],
    ['until', status.tls.notAfter ?? 'no certificate yet: https answers with a self-signed one'],
    ...(status.tls.issuer === null ? [] : [['issuer', status.tls.issuer]]),
    ['from', status.tls.source],
    ...(status.tls.obtained ?? []).map((one) => ['domain', formatObtained(one)]),
    ...(status.tls.default ? [['default', 'for clients that ask for no name, or one nobody has']] : []),
    ...(spec.type === 'tcp' ? [] : [['http', describeHttp(item)]]),
    ...(spec.tls.clientCa === undefined
      ? []
      : [['clients', `${spec.tls.clientCertificate ?? 'required'} to show a certificate of ${spec.tls.clientCa}`]]),
    ...(status.tls.lastError === null || status.tls.obtained?.some(({ lastError }) => lastError !== null)
      ? []
      : [['problem', status.tls.lastError]]),
  ]
  return lines.map(([what = '', value = '']) => `${what.padEnd(8)}${oneLine(value)}\n`).join('')
}

/** Nobody is sent to https before there is a certificate for each name, but where clients must show one of theirs. */
function describeHttp({ spec, status }: LoadBalancer): string {
  if (spec.tls?.redirect === false) return 'served too'
  const isWaiting = status.tls?.obtained?.some(({ notAfter }) => notAfter === null) ?? false
  return isWaiting && spec.tls?.clientCa === undefined ? 'served until there is a certificate' : 'sent to https'
}

/** "app.example.com, until 2027-01-01, renewed 2026-12-01 10:00 UTC". */
function formatObtained({ domain, isUnderWay, steps, notAfter, renewAt, lastError, failures }: ObtainedDomain): string {
  const until = notAfter === null ? 'no certificate yet' : `until ${formatMinute(notAfter)} UTC`
  const next = isUnderWay
    ? `being asked for (${steps.at(-1) ?? 'starting'})`
    : renewAt === null
      ? 'not renewed'
      : `${notAfter === null || lastError !== null ? 'tried again' : 'renewed'} ${formatMinute(renewAt)} UTC`
  const trouble = formatFailure({ lastError, failures })
  return `${domain}, ${until}, ${next}${trouble === undefined ? '' : `; ${trouble}`}`
}
