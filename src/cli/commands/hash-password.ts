// hash-password: what stands in place of a password in a load balancer. It is never an argument, which others could see.
import { randomBytes } from 'node:crypto'
import { sha512Crypt } from '../../model/sha512-crypt.ts'
import { textOption } from '../call.ts'
import type { CommandSpec } from '../command-spec.ts'
import { RefusedInput, usageFailure } from '../refusal.ts'

/** Each request costs HAProxy this work: 0.8 ms with 1000 rounds, 3 ms with 5000, the usual number. */
const ROUNDS = 1000

/** What a load balancer takes at most. */
const MOST_ROUNDS = 50_000

/** More than a person types, less than crypt(3) takes. */
const MOST_BYTES = 256

export const hashPassword: CommandSpec = {
  usage: 'hash-password',
  summary: 'Ask for a password, or read it from standard input, and print its hash for auth.basic.users',
  kind: 'report',
  examples: [
    ['Asked for twice, never shown', 'PROGRAM hash-password'],
    ['From a password manager', 'pass show web/ann | PROGRAM hash-password'],
  ],
  options: [{ flags: '--rounds <count>', help: `work for each guess, and for each request; default ${ROUNDS}` }],
  run: async (call) => {
    const rounds = readRounds(textOption(call, 'rounds'))
    const { terminal } = call
    const password = await terminal.readSecret('Password: ')
    const refusal = findFault(password)
    if (refusal !== null) throw new RefusedInput('', [{ path: '', message: refusal }])
    if (terminal.asks && (await terminal.readSecret('Again: ')) !== password)
      throw new RefusedInput('', [{ path: '', message: 'the two passwords differ; nothing was hashed, try again' }])
    const hash = sha512Crypt(password, makeSalt(), rounds)
    await call.show({ hash }, () => hash)
    return 0
  },
}

function readRounds(text: string | undefined): number {
  if (text === undefined) return ROUNDS
  const rounds = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (rounds >= 1000 && rounds <= MOST_ROUNDS) return rounds
  throw usageFailure(`--rounds ${text} is not a whole number from 1000 to ${MOST_ROUNDS}`)
}

function findFault(password: string): string | null {
  if (password === '') return 'the password is empty; type one, or send one line to standard input'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\x00-\x1f\x7f]/.test(password)) return 'the password holds a control character; give one line of text'
  const bytes = Buffer.byteLength(password)
  return bytes > MOST_BYTES ? `the password has ${bytes} bytes; give at most ${MOST_BYTES}` : null
}

/** 96 random bits, in the letters crypt(3) has. */
function makeSalt(): string {
  return randomBytes(12).toString('base64').replaceAll('+', '.')
}
