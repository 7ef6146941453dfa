// PEM texts: what is read from them, and what is refused in which words.
import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parsePem } from '../../src/certs/parse-pem.ts'
import { makeCertificate } from '../live/kit/certificates.ts'

const authority = await makeCertificate([], { isAuthority: true })
const [ec, rsa, other, weak, signed, nameless] = await Promise.all([
  makeCertificate(['A.test', '*.b.test']),
  makeCertificate(['a.test'], { keyType: 'rsa' }),
  makeCertificate(['other.test']),
  makeCertificate(['weak.test'], { keyType: 'rsa', bits: 1024 }),
  makeCertificate(['signed.test'], { by: authority }),
  makeCertificate([]),
])

async function read(...texts: string[]) {
  const parsed = await parsePem(...texts)
  if (!parsed.ok) throw new Error(parsed.message)
  return parsed.value
}

async function refusalOf(...texts: string[]): Promise<string> {
  const parsed = await parsePem(...texts)
  return parsed.ok ? 'it was taken' : parsed.message
}

describe('what is taken', () => {
  test('names in lower case, dates, and the fingerprint HAProxy tells', async () => {
    const [key] = await read(ec.pem)
    const { fingerprint, validTo } = new X509Certificate(ec.certificate)
    expect(key).toMatchObject({
      keyType: 'ecdsa',
      names: ['a.test', '*.b.test'],
      notAfter: new Date(validTo).toISOString(),
    })
    expect(key?.fingerprint).toBe(fingerprint.replaceAll(':', ''))
    expect(key?.pem).not.toMatch(/^\s*$\n/m)
  })

  test('a key apart, in any order, with whatever stands between the blocks', async () => {
    const [whole] = await read(ec.pem)
    for (const texts of [
      [ec.certificate, ec.key],
      [ec.key, ec.certificate],
      [`Bag Attributes\n\n${ec.key}\n# x\n${ec.certificate}`],
    ])
      expect(await read(...texts)).toEqual([whole])
    expect(await read(ec.pem.replaceAll('\n', '\r\n'))).toEqual([whole])
  })

  test('the chain is put in order behind its certificate', async () => {
    const [key] = await read(authority.certificate + signed.key + signed.certificate)
    const order = [...(key?.pem ?? '').matchAll(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g)]
    expect(order.map(([text]) => new X509Certificate(text).subject)).toEqual(['CN=signed.test', 'O=Test'])
    expect(key?.issuer).toBe('O=Test')
  })

  test('an RSA and an ECDSA certificate together', async () => {
    expect((await read(rsa.pem + ec.pem)).map(({ keyType }) => keyType)).toEqual(['rsa', 'ecdsa'])
  })
})

test.each([
  ['nothing', [''], 'it holds no certificate; give PEM text'],
  ['text of another kind', ['hello'], 'it holds no certificate; give PEM text'],
  ['no key', [ec.certificate], 'it holds no private key; give PEM text'],
  ['no certificate', [ec.key], 'it holds no certificate; give PEM text'],
  ['the key of another', [ec.certificate, other.key], 'its private key does not belong to its certificate (CN=A.test)'],
  [
    'a damaged certificate',
    [ec.pem.replace(/M[A-Za-z0-9]{20}/, 'MAAAAAAAAAAAAAAAAAAAA')],
    'certificate 1 in it cannot be read',
  ],
  [
    'a damaged key',
    [ec.certificate, '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'],
    'the private key in it cannot be read',
  ],
  [
    'a key behind a passphrase',
    [ec.certificate, '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----'],
    'encrypted with a passphrase',
  ],
  [
    'a request',
    ['-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----'],
    'it holds a certificate request',
  ],
  ['two of one type', [ec.pem, other.pem], 'it holds two ecdsa certificates'],
  ['a certificate of no chain', [ec.pem, other.certificate], 'belongs to no chain in it (CN=other.test)'],
  ['a short RSA key', [weak.pem], 'its RSA key has 1024 bits; use 2048 or more'],
  ['a certificate without a name', [nameless.pem], 'names no host'],
  ['too much', ['x'.repeat(100_001)], 'it is longer than 100 KB'],
] as const)('%s is refused', async (_what, texts, message) => {
  const said = await refusalOf(...texts)
  expect(said).toContain(message)
  expect(said).not.toContain('AAAA')
  expect(said).not.toContain('\n')
})

test('no text makes it fail, and no refusal quotes what stands in it', async () => {
  const marked = fc.array(
    fc.constantFrom(
      '-----BEGIN CERTIFICATE-----',
      '-----END CERTIFICATE-----',
      '-----BEGIN PRIVATE KEY-----',
      '-----END PRIVATE KEY-----',
      '\n',
      'SECRET',
      'MIIB',
    ),
    { maxLength: 12 },
  )
  await fc.assert(
    fc.asyncProperty(marked, async (parts) => {
      const said = await refusalOf(parts.join(''))
      expect(said).not.toContain('SECRET')
    }),
  )
})
