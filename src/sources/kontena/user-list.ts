// KONTENA_LB_BASIC_AUTH_SECRETS: lines of a userlist of HAProxy's become users with hashes of their passwords.
import { createHash } from 'node:crypto'
import { parsePasswordHash, parseUserName } from '../../model/password-hash.ts'
import { sha512Crypt } from '../../model/sha512-crypt.ts'
import { splitLine } from '../../render/template/config-line.ts'
import type { Findings } from './findings.ts'

/** As `fairlead hash-password` makes them. */
const ROUNDS = 1000

const MOST_BYTES = 256

const FORM = 'write `user NAME insecure-password PASSWORD` or `user NAME password HASH`'

/** The users and hashes; of what is refused nothing is said again, since it may hold a password. `who` tells the service from others. */
export function readUserList(text: string, who: string, { faults, remarks }: Findings): Record<string, string> {
  const users = new Map<string, string>()
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const words = splitLine(line)?.words.map(({ value }) => value) ?? ['']
    const where = `line ${index + 1} of KONTENA_LB_BASIC_AUTH_SECRETS`
    const [keyword, name = '', kind, secret = ''] = words
    // Nobody asks for groups here.
    if (keyword === undefined || keyword === 'group') continue
    const fault = findFault(words) ?? (kind === 'password' ? findHashFault(secret) : findPasswordFault(secret))
    if (fault !== null) faults.push(`${where} ${fault}`)
    else if (users.has(name)) remarks.push(`${where} names a user a second time; the first one counts`)
    else users.set(name, kind === 'password' ? secret : hashPassword(secret, `${who} ${name}`))
  }
  if (users.size === 0 && faults.length === 0) faults.push(`KONTENA_LB_BASIC_AUTH_SECRETS names no user; ${FORM}`)
  return Object.fromEntries(users)
}

function findFault([keyword, name = '', kind, secret, groups]: readonly string[]): string | null {
  const isUser = keyword === 'user' && (kind === 'password' || kind === 'insecure-password') && secret !== undefined
  if (!isUser || (groups !== undefined && groups !== 'groups')) return `is not a user; ${FORM}`
  return parseUserName(name).ok ? null : "has a user's name with other characters than letters, digits and . _ @ + -"
}

function findHashFault(hash: string): string | null {
  const parsed = parsePasswordHash(hash)
  return parsed.ok ? null : `has a password that ${parsed.message}`
}

function findPasswordFault(password: string): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (password !== '' && Buffer.byteLength(password) <= MOST_BYTES && !/[\x00-\x1f\x7f]/.test(password)) return null
  return `has a password that is empty, has control characters or more than ${MOST_BYTES} bytes; give another`
}

/** Hashing takes a while, and the same is asked for at every change of anything. */
const HASHES = new Map<string, string>()
const MOST_HASHES = 10_000

/** The same for the same user and password, so that nothing changes where they do not. */
export function hashPassword(password: string, who: string): string {
  const key = createHash('sha256').update(`${who}\n${password}`).digest('base64')
  const known = HASHES.get(key)
  if (known !== undefined) return known
  const salt = createHash('sha256').update(who).digest('base64').replaceAll('+', '.').slice(0, 16)
  const hash = sha512Crypt(password, salt, ROUNDS)
  if (HASHES.size >= MOST_HASHES) HASHES.clear()
  HASHES.set(key, hash)
  return hash
}
