// The key of this node's ACME accounts, made at the first start: answers to challenges follow from it.
import { join } from 'node:path'
import { type AccountKey, makeAccountKey, readAccountKey } from '../certs/acme/account-key.ts'
import { readTextFile, writeFileAtomic } from '../io/atomic-file.ts'

/** Failure `acme-account-key` where somebody has damaged it; `file-not-written`, `file-not-read`. */
export async function readAccountKeyFile(stateDir: string): Promise<AccountKey> {
  const path = join(stateDir, 'acme-account.key')
  const known = await readTextFile(path)
  if (known !== undefined) return readAccountKey(known)
  const made = makeAccountKey()
  await writeFileAtomic(path, made, { mode: 0o600 })
  return readAccountKey(made)
}
