// SHA-512-crypt, the $6$ hashes of crypt(3), after Ulrich Drepper's specification (SHA-crypt.txt, 2007; step numbers are its).
import { createHash } from 'node:crypto'

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Hashes a password; the salt has up to 16 characters of `./0-9A-Za-z`, rounds are 1000 to 999,999,999. */
export function sha512Crypt(password: string, salt: string, rounds: number): string {
  const secret = Buffer.from(password)
  const grain = Buffer.from(salt)
  // 4 to 8
  const alternate = digest(secret, grain, secret)
  // 1 to 3 and 9 to 12
  const start = digest(
    secret,
    grain,
    repeat(alternate, secret.length),
    ...toBits(secret.length).map((bit) => (bit ? alternate : secret)),
  )
  // 13 to 16
  const secrets = repeat(digest(...Array.from({ length: secret.length }, () => secret)), secret.length)
  // 17 to 20
  const grains = repeat(digest(...Array.from({ length: 16 + (start[0] ?? 0) }, () => grain)), grain.length)
  let now = start
  for (let round = 0; round < rounds; round++) now = mix(now, secrets, grains, round)
  return `$6$rounds=${rounds}$${salt}$${encode(now)}`
}

/** 21 */
function mix(now: Buffer, secrets: Buffer, grains: Buffer, round: number): Buffer {
  const isOdd = round % 2 === 1
  const parts = [isOdd ? secrets : now]
  if (round % 3 !== 0) parts.push(grains)
  if (round % 7 !== 0) parts.push(secrets)
  return digest(...parts, isOdd ? now : secrets)
}

function digest(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha512')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** A block over and over, so many bytes in all. */
function repeat(block: Buffer, length: number): Buffer {
  return Buffer.alloc(length, block)
}

/** From the lowest to the highest that is set. */
function toBits(number: number): boolean[] {
  return number === 0 ? [] : [...number.toString(2)].reverse().map((digit) => digit === '1')
}

/** 22: three bytes are four characters, from a place 21 further on each time, each triple turned by one. */
function encode(bytes: Buffer): string {
  let text = ''
  for (let index = 0; index < 21; index++) {
    const triple = [0, 21, 42].map((offset) => bytes[index + offset] ?? 0)
    const turned = [...triple.slice(index % 3), ...triple.slice(0, index % 3)]
    text += toLetters((turned[0] ?? 0) * 65_536 + (turned[1] ?? 0) * 256 + (turned[2] ?? 0), 4)
  }
  return text + toLetters(bytes[63] ?? 0, 2)
}

function toLetters(number: number, count: number): string {
  return Array.from({ length: count }, (_, index) => ALPHABET[Math.floor(number / 64 ** index) % 64]).join('')
}
