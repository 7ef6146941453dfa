// The certificate of our own making, made once: it answers where a load balancer has none yet. Nobody trusts it.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readTextFile, writeFileAtomic } from '../io/atomic-file.ts'
import { SELF_SIGNED_COMMON_NAME, SELF_SIGNED_NAME } from '../model/certificate.ts'
import { parsePem } from './parse-pem.ts'
import { makeSelfSigned } from './self-signed.ts'

/** No name of a stored certificate begins so. */
const FILE = '_default.pem'

/** Its PEM text, from `folder`: made at the first time, and where somebody has damaged it. Failures `file-not-written` and `file-not-read`. */
export async function readOwnCertificate(folder: string): Promise<string> {
  const path = join(folder, FILE)
  const known = await readTextFile(path)
  if (known !== undefined && (await parsePem(known)).ok) return known
  const { certificate, key } = makeSelfSigned(SELF_SIGNED_NAME, SELF_SIGNED_COMMON_NAME)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFileAtomic(path, certificate + key, { mode: 0o600 })
  return certificate + key
}
