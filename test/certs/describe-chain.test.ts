// What is told of a chain: who stands in it, in order, and whether it reaches what browsers know.
import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeChain } from '../../src/certs/describe-chain.ts'
import { parsePem } from '../../src/certs/parse-pem.ts'
import { withoutRoot } from '../../src/haproxy/without-root.ts'
import { makeCertificate } from '../live/kit/certificates.ts'

const root = await makeCertificate([], { isAuthority: true, subject: '/CN=Root' })
const intermediate = await makeCertificate([], { isAuthority: true, subject: '/CN=Intermediate', by: root })
const leaf = await makeCertificate(['leaf.test'], { by: intermediate })
const alone = await makeCertificate(['alone.test'])

async function read(...texts: string[]): Promise<string> {
  const parsed = await parsePem(...texts)
  return parsed.ok ? (parsed.value[0]?.pem ?? '') : parsed.message
}

const subjectsOf = (pem: string) =>
  [...pem.matchAll(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g)].map(
    ([block]) => new X509Certificate(block).subject,
  )

test('the chain in its order, whatever the order of the file', async () => {
  const pem = await read(root.certificate, intermediate.certificate, leaf.pem)
  expect(describeChain(pem)).toEqual({
    fingerprintSha256: new X509Certificate(leaf.certificate).fingerprint256.replaceAll(':', ''),
    chain: ['CN=leaf.test', 'CN=Intermediate', 'CN=Root'],
    complete: true,
  })
})

test('is complete up to a root browsers have, and not where a certificate is missing between', async () => {
  const [whole, short] = [await read(leaf.pem, intermediate.certificate), await read(leaf.pem)]
  expect(describeChain(whole)).toMatchObject({ chain: ['CN=leaf.test', 'CN=Intermediate'], complete: false })
  expect(describeChain(whole, [alone.certificate, root.certificate]).complete).toBe(true)
  expect(describeChain(short, [root.certificate]).complete).toBe(false)
  // The same name, and another key.
  const imitation = await makeCertificate([], { isAuthority: true, subject: '/CN=Root' })
  expect(describeChain(whole, [imitation.certificate]).complete).toBe(false)
})

test('clients are sent no root; one that signed itself is sent, or there would be nothing', async () => {
  const pem = await read(leaf.pem, intermediate.certificate, root.certificate)
  expect(subjectsOf(withoutRoot(pem))).toEqual(['CN=leaf.test', 'CN=Intermediate'])
  expect(withoutRoot(pem)).toContain('PRIVATE KEY')
  for (const kept of [await read(leaf.pem, intermediate.certificate), await read(alone.pem)])
    expect(withoutRoot(kept)).toBe(kept)
})
