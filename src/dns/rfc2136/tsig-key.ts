// TSIG keys: the secret we share with a DNS server, as people keep it in files.
import { createSecretKey, type KeyObject } from 'node:crypto'
import { readTextFile } from '../../io/atomic-file.ts'
import { outcomeOf } from '../../io/outcome.ts'
import { quoted } from '../../model/parsed.ts'
import { DnsFailure } from '../dns-failure.ts'
import { normalizeName } from '../wire/names.ts'

/** Each with its hash. MD5 and SHA-1 are not offered: RFC 8945 keeps them for old servers only. */
export const TSIG_HASHES = {
  'hmac-sha224': 'sha224',
  'hmac-sha256': 'sha256',
  'hmac-sha384': 'sha384',
  'hmac-sha512': 'sha512',
} as const

export type TsigAlgorithm = keyof typeof TSIG_HASHES

const DEFAULT_ALGORITHM: TsigAlgorithm = 'hmac-sha256'

/** The secret is an object that shows nothing where it is printed. */
export type TsigKey = { readonly name: string; readonly algorithm: TsigAlgorithm; readonly secret: KeyObject }

/** What a file says. One that holds the secret alone has no name; where no algorithm stands in it, it is hmac-sha256. */
export type TsigKeyFile = Omit<TsigKey, 'name'> & { readonly name: string | null }

const HOW = 'give a file with a key statement, as `tsig-keygen` prints it, or with the secret alone in base64'

/** `dns-credentials` where the file is not there, cannot be read or holds no key. No message has anything of the secret in it. */
export async function readTsigKey(path: string): Promise<TsigKeyFile> {
  const read = await outcomeOf(readTextFile(path))
  if (!read.ok) throw refusal(path, read.error.message)
  const text = read.value
  if (text === undefined) throw refusal(path, `there is no such file; ${HOW}`)
  if (!/[{}]/.test(text)) return { name: null, algorithm: DEFAULT_ALGORITHM, secret: parseSecret(path, text) }
  // Comments as BIND has them: of C, of C++ and of shells.
  const plain = text.replace(/\/\*[\s\S]*?\*\/|(?:^|\s)(?:\/\/|#).*$/gm, ' ')
  const statement = /^\s*key\s+"?([^\s"{};]+)"?\s*\{([^{}]*)\}\s*;?\s*$/i.exec(plain)
  if (!statement) throw refusal(path, `it is not one key statement; ${HOW}`)
  const [, name = '', inside = ''] = statement
  const wordAfter = (what: string) => new RegExp(`(?:^|[\\s;])${what}\\s+"?([^\\s";]+)"?\\s*;`, 'i').exec(inside)?.[1]
  return {
    name: normalizeName(name),
    algorithm: parseAlgorithm(path, wordAfter('algorithm') ?? DEFAULT_ALGORITHM),
    secret: parseSecret(path, wordAfter('secret') ?? ''),
  }
}

function parseAlgorithm(path: string, word: string): TsigAlgorithm {
  const found = Object.keys(TSIG_HASHES).find((algorithm) => algorithm === word.toLowerCase())
  if (found) return found as TsigAlgorithm
  const allowed = Object.keys(TSIG_HASHES).join(', ')
  throw refusal(path, `its algorithm is ${quoted(word)}; make a key with one of ${allowed}`)
}

function parseSecret(path: string, text: string): KeyObject {
  const secret = text.replace(/\s/g, '')
  if (secret === '' || secret.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(secret))
    throw refusal(path, `it holds no secret in base64; ${HOW}`)
  return createSecretKey(Buffer.from(secret, 'base64'))
}

function refusal(path: string, why: string): DnsFailure {
  return new DnsFailure('dns-credentials', `the TSIG key in ${path} cannot be used: ${why}`)
}
