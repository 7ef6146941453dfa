// What a load balancer serves over https: the one place that says so for all of its http resources.
import type { TlsSpec } from '../../spec/schema.ts'
import { readBalancerSettings } from './balancer-settings.ts'
import type { KontenaBalancer } from './kontena.ts'

/** Whether it has a certificate that can be served. */
export function hasCertificate({ trial }: Pick<KontenaBalancer, 'trial'>): boolean {
  return (trial?.certificateFiles.length ?? 0) > 0
}

/**
 * The tls keys of one of its http resources, but whether http leads to https; null: it has no certificate. One of them
 * is the speaker: it has all certificates and says what is of the port. Of the others each serves the first one, so that
 * a hundred services with thirty certificates are no three thousand.
 */
export function balancerTls(balancer: KontenaBalancer, isSpeaker: boolean): Omit<TlsSpec, 'redirect'> | null {
  const files = balancer.trial?.certificateFiles ?? []
  const [first] = files
  if (first === undefined) return null
  if (!isSpeaker) return { port: balancer.ports.https, certificateFile: first }
  const { speaksHttp2, ciphers } = readBalancerSettings(balancer)
  return {
    port: balancer.ports.https,
    certificateFile: files.length > 1 ? [...files] : first,
    default: true,
    ...(speaksHttp2 ? {} : { http2: false }),
    ...(ciphers === null ? {} : { ciphers }),
  }
}
