// The API's key: made once, kept in a file of its owner alone, compared without telling how near a guess was.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { chmod, stat } from 'node:fs/promises'
import { readTextFile, writeFileAtomic } from '../io/atomic-file.ts'
import { Failure } from '../io/failure.ts'
import type { Logger } from '../io/log.ts'
import { outcomeOf } from '../io/outcome.ts'

const PREFIX = 'fl_'
const KEY_BYTES = 32

/** A key a person put there must be worth something too. */
const FEWEST_CHARACTERS = 16

/**
 * Reads the key of `path`, or makes one and the file (0600). A file that others could read is closed to them, with a
 * warning. Failures: `api-key-unusable` where its content is no key; those of files.
 */
export async function readOrCreateApiKey(path: string, log?: Pick<Logger, 'warn'>): Promise<string> {
  const text = await readTextFile(path)
  if (text === undefined) return createApiKey(path)
  const key = text.trim()
  if (key.length < FEWEST_CHARACTERS || !/^[\x21-\x7e]+$/.test(key)) {
    const allowed = `one word of at least ${FEWEST_CHARACTERS} printable characters`
    throw new Failure(
      'api-key-unusable',
      `${path} holds no key (${allowed}); correct it, or delete it and a new one is made`,
    )
  }
  await closeToOthers(path, log)
  return key
}

/** A check against one key, in a time that depends on neither of the two: digests of equal length are compared. */
export function createKeyCheck(key: string): (given: string) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const expected = digest(key)
  return (given) => timingSafeEqual(digest(given), expected)
}

async function createApiKey(path: string): Promise<string> {
  const key = `${PREFIX}${randomBytes(KEY_BYTES).toString('base64url')}`
  await writeFileAtomic(path, `${key}\n`, { mode: 0o600 })
  return key
}

async function closeToOthers(path: string, log: Pick<Logger, 'warn'> | undefined): Promise<void> {
  const { mode } = await stat(path)
  if ((mode & 0o077) === 0) return
  const closed = await outcomeOf(chmod(path, 0o600))
  const advice = 'if one of them may have, delete it and restart: a new key is made'
  if (closed.ok) return log?.warn(`${path} could be read by other users; it is closed to them now (0600). ${advice}`)
  const reason = `it can be read by other users and could not be closed to them: ${closed.error.message}`
  throw new Failure('api-key-unusable', `${path}: ${reason}; run: chmod 600 ${path}`, closed.error)
}
