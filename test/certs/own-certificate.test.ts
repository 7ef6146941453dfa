// Our own certificate: made once, for nobody else to read, and made anew where it is damaged.
import { X509Certificate } from 'node:crypto'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CertificateStore } from '../../src/certs/certificate-store.ts'
import { readOwnCertificate } from '../../src/certs/own-certificate.ts'
import { parsePem } from '../../src/certs/parse-pem.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'

test('it is made once, and is what it says it is', async () => {
  const folder = join(temporaryFolder(), 'certificates')
  const pem = await readOwnCertificate(folder)
  expect(await readOwnCertificate(folder)).toBe(pem)
  const [key] = await parsePem(pem).then((parsed) => (parsed.ok ? parsed.value : []))
  expect(key).toMatchObject({ keyType: 'ecdsa', names: ['default.invalid'], issuer: 'CN=Fairlead default certificate' })
  const certificate = new X509Certificate(pem)
  expect([certificate.subject, certificate.verify(certificate.publicKey)]).toEqual([
    'CN=Fairlead default certificate',
    true,
  ])
  expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' })
  const mode = async (path: string) => (await stat(path)).mode & 0o777
  expect([await mode(folder), await mode(join(folder, '_default.pem'))]).toEqual([0o700, 0o600])
  // It is not one of those a user stored, nor can one be stored in its place.
  expect(await new CertificateStore(folder, () => {}).names()).toEqual([])
})

test('where somebody damaged it another one is made', async () => {
  const folder = temporaryFolder()
  const pem = await readOwnCertificate(folder)
  await writeFile(join(folder, '_default.pem'), pem.slice(0, 100))
  const again = await readOwnCertificate(folder)
  expect([(await parsePem(again)).ok, again === pem]).toEqual([true, false])
  expect(await readOwnCertificate(folder)).toBe(again)
})
