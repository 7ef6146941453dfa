// What of the tls keys only makes sense together, and with which type.
import { isIP } from 'node:net'
import type { Mode } from '../model/config.ts'
import { quoted } from '../model/parsed.ts'
import { checkTlsSettings } from './check-tls-settings.ts'
import type { SpecProblem } from './parse-resource.ts'
import type { LoadBalancerSpec, RouteSpec, TlsSpec } from './schema.ts'

/** The https port, where a user says none. */
export const DEFAULT_TLS_PORT = 443

/** What is wrong with the tls keys. */
export function checkTls({ tls, port }: LoadBalancerSpec, mode: Mode): SpecProblem[] {
  if (!tls) return []
  if (tls.passthrough === true) return checkPassthrough(tls, mode)
  if (tls.certificate !== undefined && tls.certificateFile !== undefined)
    return [
      refuse(
        'certificateFile',
        'stands beside certificate; keep one: certificate for a stored one, certificateFile for a file',
      ),
    ]
  const problems = [
    ...checkDomains(tls),
    ...checkTlsSettings(tls),
    ...checkClients(tls, mode),
    ...checkDefault(tls, mode),
    ...(mode === 'tcp' ? checkTcp(tls) : []),
  ]
  const [plain, encrypted] = [port ?? 80, tls.port ?? DEFAULT_TLS_PORT]
  if (mode === 'http' && isAlone({ tls, port }) && tls.redirect === true)
    problems.push(refuse('redirect', `needs http on another port; https is alone on ${encrypted}`))
  if (mode === 'tcp' || !speaksTls(tls) || plain !== encrypted || isAlone({ tls, port })) return problems
  const message = `${encrypted} is the port of http too; give one of them another: http is on 80 and https on 443 by default`
  return [...problems, refuse('port', message)]
}

/** Whoever says the same port twice means https alone there, without http beside it. */
function isAlone({ tls, port }: Pick<LoadBalancerSpec, 'tls' | 'port'>): boolean {
  return tls !== undefined && port !== undefined && tls.port === port && speaksTls(tls)
}

/** The names whose connections go to the backends at the top, in lower case, each once. */
export function readDomains({ domain, domains = [] }: TlsSpec): string[] {
  const all = domain === undefined ? domains : [domain, ...domains]
  return [...new Set(all.map((name) => name.toLowerCase().replace(/\.$/, '')))]
}

/** Whether TLS ends here, with a certificate of the user's or one that is to be obtained. */
export function speaksTls(tls: TlsSpec): boolean {
  return !tls.passthrough && (hasCertificate(tls) || readDomains(tls).length > 0)
}

function hasCertificate({ certificate, certificateFile }: TlsSpec): boolean {
  return certificate !== undefined || certificateFile !== undefined
}

/** A CA proves names of the DNS. */
function checkDomains(tls: TlsSpec): SpecProblem[] {
  if (hasCertificate(tls)) return []
  const addresses = readDomains(tls).filter(isAddress)
  return addresses.map((name) =>
    refuse('domain', `${quoted(name)} is an address, for which no certificate is obtained; give a DNS name`),
  )
}

function checkClients(tls: TlsSpec, mode: Mode): SpecProblem[] {
  const { clientCa, clientCertificate, redirect } = tls
  if (clientCa === undefined)
    return clientCertificate === undefined
      ? []
      : [refuse('clientCertificate', 'needs clientCa, a PEM file with the CAs whose clients are let in')]
  const problems: SpecProblem[] = []
  if (!speaksTls(tls))
    problems.push(
      refuse('clientCa', 'needs a certificate to serve; give domain, certificate or certificateFile beside it'),
    )
  if (redirect === false)
    problems.push(
      refuse('redirect', 'would let clients in over http without a certificate; with clientCa leave it out'),
    )
  if (mode === 'tcp' && clientCertificate === 'optional')
    problems.push(refuse('clientCertificate', 'optional needs type http, where servers are told; for tcp use required'))
  return problems
}

/** Who asks clients for certificates tells them apart by the names they ask for. */
function checkDefault({ default: isDefault, strictSni, clientCa }: TlsSpec, mode: Mode): SpecProblem[] {
  if (isDefault === true && strictSni === true)
    return [refuse('default', 'stands beside strictSni, with which nobody is answered by default; keep one of them')]
  if (clientCa === undefined || mode === 'tcp') return []
  const message = 'stands beside clientCa, which goes by the name a client asks for; leave one of the two out'
  return [
    ...(isDefault === true ? [refuse('default', message)] : []),
    ...(strictSni === false ? [refuse('strictSni', message)] : []),
  ]
}

/** TLS of tcp ends here: on the port itself. */
function checkTcp(tls: TlsSpec): SpecProblem[] {
  const problems: SpecProblem[] = []
  if (!speaksTls(tls)) {
    const message =
      'gives no certificate to serve; for tcp give domain, certificate, certificateFile, or passthrough: true'
    problems.push({ path: 'spec.tls', message })
  }
  if (tls.port !== undefined)
    problems.push(refuse('port', 'needs type http; a tcp load balancer speaks TLS on spec.port itself'))
  for (const key of ['redirect', 'http2', 'hsts'] as const)
    if (tls[key] !== undefined) problems.push(refuse(key, 'needs type http; leave it out'))
  return problems
}

/** Keys of TLS that ends here. */
const OURS = [
  ...(['certificate', 'certificateFile', 'clientCa', 'clientCertificate'] as const),
  ...(['minVersion', 'autoRenew', 'port', 'redirect', 'default', 'strictSni', 'http2', 'ciphers'] as const),
  ...(['settings', 'hsts'] as const),
]

function checkPassthrough(tls: TlsSpec, mode: Mode): SpecProblem[] {
  if (mode === 'http')
    return [refuse('passthrough', 'needs type tcp; for http give certificate or certificateFile, and TLS ends here')]
  const problems = OURS.filter((key) => tls[key] !== undefined).map((key) =>
    refuse(key, 'stands beside passthrough, where the servers speak TLS themselves; leave one of the two out'),
  )
  const addresses = readDomains(tls).filter(isAddress)
  return [...problems, ...addresses.map((name) => refuse('domains', describeAddress(name)))]
}

function isAddress(name: string): boolean {
  return isIP(name.replace(/[[\]]/g, '')) !== 0
}

function describeAddress(name: string): string {
  return `${quoted(name)} is an address, which clients never send as a name; give a DNS name`
}

/** Routes of tcp go by the name a client asks for, and by nothing else. */
export function checkSniRoute({ match, redirect, fallback }: RouteSpec, path: string): SpecProblem[] {
  const { host, ...more } = match
  const others = Object.keys(more).map((key) => ({
    path: `${path}.match.${key}`,
    message: 'needs type http; behind TLS passthrough only host can be seen, by the name a client asks for (SNI)',
  }))
  const hosts =
    host === undefined
      ? [
          {
            path: `${path}.match.host`,
            message: 'is missing; for tcp a route goes by its host, the name a client asks for',
          },
        ]
      : isAddress(host)
        ? [{ path: `${path}.match.host`, message: describeAddress(host) }]
        : []
  const http = Object.entries({ redirect, fallback }).flatMap(([key, value]) =>
    value === undefined ? [] : [{ path: `${path}.${key}`, message: 'needs type http; leave it out' }],
  )
  return [...hosts, ...others, ...http]
}

function refuse(key: keyof TlsSpec, message: string): SpecProblem {
  return { path: `spec.tls.${key}`, message }
}
