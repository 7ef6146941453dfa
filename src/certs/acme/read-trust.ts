// The CA that a private ACME server's own certificate comes from, from the file that `--acme-ca` names.
import { readTextFile } from '../../io/atomic-file.ts'
import { parseAuthorities } from '../parse-authorities.ts'
import { AcmeFailure } from './acme-failure.ts'

/** PEM text. Failure `acme-trust` where the file is not there, or holds no CA's certificate; `file-not-read`. */
export async function readTrust(path: string): Promise<string> {
  const text = await readTextFile(path)
  if (text === undefined) throw refusal(path, 'there is no such file; give the PEM file of the ACME server’s CA')
  const parsed = await parseAuthorities(text)
  if (!parsed.ok) throw refusal(path, parsed.message)
  return parsed.value.map(({ pem }) => pem).join('')
}

function refusal(path: string, why: string): AcmeFailure {
  return new AcmeFailure({ code: 'acme-trust', message: `--acme-ca ${path}: ${why}` })
}
