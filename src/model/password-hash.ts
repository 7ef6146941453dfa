// Hashes of passwords as crypt(3) has them, which HAProxy reckons anew for every request.
import { accepted, type Parsed, refused } from './parsed.ts'

/** Longest work for one password, so that nobody's request holds up all others for more than about 30 ms. */
const MOST_ROUNDS = 50_000
const MOST_COST = 8

/** A hash HAProxy can check. What was given is never said: it may be the password itself. */
export function parsePasswordHash(text: string): Parsed<string> {
  const refusal = findWeakness(text)
  if (refusal !== null) return refused(refusal)
  const sha = /^\$[56]\$(?:rounds=([1-9]\d{3,8})\$)?[./0-9A-Za-z]{1,16}\$(?:[./0-9A-Za-z]{43}|[./0-9A-Za-z]{86})$/.exec(
    text,
  )
  if (sha && isOfItsLength(text)) {
    const rounds = Number(sha[1] ?? 5000)
    return rounds <= MOST_ROUNDS
      ? accepted(text)
      : refused(tooSlow(`of ${rounds} rounds`, `at most ${MOST_ROUNDS} rounds`))
  }
  const bcrypt = /^\$2[aby]\$(\d\d)\$[./0-9A-Za-z]{53}$/.exec(text)
  if (bcrypt) {
    const cost = Number(bcrypt[1])
    return cost >= 4 && cost <= MOST_COST
      ? accepted(text)
      : refused(tooSlow(`of cost ${cost}`, `cost 4 to ${MOST_COST}`))
  }
  if (/^\$y\$j[5-9]T\$[./0-9A-Za-z]{1,86}\$[./0-9A-Za-z]{43}$/.test(text)) return accepted(text)
  return refused('is not a hash HAProxy can check; make one with `fairlead hash-password`, it begins with $6$')
}

function isOfItsLength(text: string): boolean {
  return (text.split('$').at(-1)?.length ?? 0) === (text.startsWith('$5$') ? 43 : 86)
}

function findWeakness(text: string): string | null {
  if (text.startsWith('$1$') || text.startsWith('$apr1$'))
    return 'is a hash of MD5, which is guessed too fast; make a new one with `fairlead hash-password`'
  if (text.startsWith('$argon2'))
    return 'is a hash of argon2, which HAProxy cannot check; make one of the same password with `fairlead hash-password`'
  if (text.startsWith('{SHA}'))
    return 'is a hash without salt, which is guessed too fast; make a new one with `fairlead hash-password`'
  return null
}

function tooSlow(given: string, allowed: string): string {
  return `is a hash ${given}; every request would hold the others up while it is reckoned, so use ${allowed}`
}

/** A user's name: visible characters without a colon, which ends it in the header. */
export function parseUserName(text: string): Parsed<string> {
  if (/^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$/.test(text)) return accepted(text)
  return refused(
    `${JSON.stringify(text).slice(0, 60)} is not a user's name; use letters, digits and . _ @ + -, at most 64`,
  )
}

/** What a browser shows beside the question for a password. */
export function parseRealm(text: string): Parsed<string> {
  if (/^[\x20\x21\x23-\x5b\x5d-\x7e]{1,128}$/.test(text)) return accepted(text)
  return refused(
    `${JSON.stringify(text).slice(0, 60)} is not a realm; use visible ASCII characters but " and \\, at most 128`,
  )
}
