// PEM texts of CAs, read strictly: certificates that may sign others, and nothing secret beside them.
import { X509Certificate } from 'node:crypto'
import { outcomeOf } from '../io/outcome.ts'
import { accepted, type Parsed, refused } from '../model/parsed.ts'
import { describeCertificate, fingerprintOf, LONGEST_PEM, type PemKey } from './parse-pem.ts'

const WHAT_TO_GIVE = 'give PEM text: the certificates of one or more CAs'

/** Reads one or more CAs. Answers them as one, each once. */
export async function parseAuthorities(text: string): Promise<Parsed<readonly PemKey[]>> {
  if (text.length > LONGEST_PEM) return refused(`it is longer than ${LONGEST_PEM / 1000} KB; ${WHAT_TO_GIVE}`)
  const authorities = new Map<string, X509Certificate>()
  for (const [block, label = ''] of text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g)) {
    if (label !== 'CERTIFICATE' && label !== 'X509 CERTIFICATE')
      return refused(`it holds a ${label.toLowerCase()}; ${WHAT_TO_GIVE}`)
    const read = await outcomeOf(Promise.try(() => new X509Certificate(block)))
    if (!read.ok) return refused(`certificate ${authorities.size + 1} in it cannot be read; ${WHAT_TO_GIVE}`)
    if (!read.value.ca)
      return refused(
        `it holds a certificate that is no CA's (${describeCertificate(read.value)}); give the CA that signed it`,
      )
    authorities.set(fingerprintOf(read.value), read.value)
  }
  const all = [...authorities.values()]
  const [first] = all
  if (!first) return refused(`it holds no certificate; ${WHAT_TO_GIVE}`)
  return accepted([
    {
      keyType: 'authority',
      fingerprint: [...authorities.keys()].sort().join(),
      names: all.map(describeCertificate),
      notBefore: latest(all.map(({ validFrom }) => validFrom)),
      notAfter: earliest(all.map(({ validTo }) => validTo)),
      issuer: describeCertificate(first),
      pem: all.map((one) => `${one.toString().trim()}\n`).join(''),
    },
  ])
}

function earliest(dates: readonly string[]): string {
  return new Date(Math.min(...dates.map((date) => Date.parse(date)))).toISOString()
}

function latest(dates: readonly string[]): string {
  return new Date(Math.max(...dates.map((date) => Date.parse(date)))).toISOString()
}
