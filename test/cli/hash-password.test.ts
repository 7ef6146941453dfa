// hash-password: a password goes in by standard input or a terminal that does not show it, and a hash comes out.
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { readSecret, type SecretInput } from '../../src/cli/read-secret.ts'
import { parsePasswordHash } from '../../src/model/password-hash.ts'
import { sha512Crypt } from '../../src/model/sha512-crypt.ts'
import { runCommand } from './run-command.ts'

test('prints a hash of the password that a load balancer takes, with a salt of its own', async () => {
  const runs = await Promise.all([1, 2].map(() => runCommand('hash-password', { input: 'open sesame' })))
  const hashes = runs.map(({ out }) => out.trim())
  expect(hashes[0]).not.toBe(hashes[1])
  for (const hash of hashes) {
    const salt = /^\$6\$rounds=1000\$([./0-9A-Za-z]{16})\$/.exec(hash)?.[1] ?? ''
    expect(sha512Crypt('open sesame', salt, 1000)).toBe(hash)
    expect(parsePasswordHash(hash)).toEqual({ ok: true, value: hash })
  }
  const { out } = await runCommand('hash-password --rounds 2000 -o json', { input: 'x' })
  expect(JSON.parse(out).hash).toMatch(/^\$6\$rounds=2000\$/)
})

test.each([
  ['hash-password', '', 5, /the password is empty/],
  ['hash-password', 'two\nlines', 5, /holds a control character/],
  ['hash-password', 'x'.repeat(257), 5, /has 257 bytes; give at most 256/],
  ['hash-password --rounds 999', 'x', 2, /--rounds 999 is not a whole number from 1000 to 50000/],
  ['hash-password secret', 'x', 2, /hash-password/],
])('%s with %j', async (line, input, exitCode, said) => {
  const ran = await runCommand(line, { input })
  expect(ran).toMatchObject({ exitCode, out: '', err: expect.stringMatching(said) })
})

test('on a terminal what is typed is not shown, the last character can be taken back, and Ctrl-C stops', async () => {
  const modes: boolean[] = []
  const said: string[] = []
  let stopped = 0
  const type = (keys: string) => {
    const input: SecretInput = Object.assign(new PassThrough(), {
      isTTY: true,
      setRawMode: (isRaw: boolean) => {
        modes.push(isRaw)
        return input as never
      },
    })
    const typed = readSecret(input, 'Password: ', { say: (text) => said.push(text), stop: () => stopped++ })
    ;(input as PassThrough).write(keys)
    return typed
  }
  expect(await type('pw\u007fä!\r')).toBe('pä!')
  expect(modes).toEqual([true, false])
  expect(said).toEqual(['Password: ', '\n'])
  await type('pw\u0003')
  expect(stopped).toBe(1)
})

test.each([
  // From the specification itself, then as glibc and libxcrypt make them.
  [
    'Hello world!',
    'saltstringsaltst',
    10_000,
    'OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.',
  ],
  [
    'This is just a test',
    'toolongsaltstrin',
    5000,
    'lQ8jolhgVRVhY4b5pZKaysCLi0QBxGoNeKQzQ3glMhwllF7oGDZxUhx1yxdYcz/e1JSbq3y6JMxxl8audkUEm0',
  ],
  ['', 'a', 1000, 'q/ZSdy9IBSzcpbaIjdRTOu569QiYiP4n7Ab08Oq1Ir6J.GD1xR3BAwRIYHnavtE1Wzodknd9BxknlHhFBP/az1'],
  [
    'pässwort'.repeat(20),
    'abcdefghijklmnop',
    1001,
    '1vme8grDHDEz1uEjGM/64HE5rX9iYUwwvJYE.VtMHHl0MNrQ9DAnyPXs89CA8zgilw81Unev1OXuTzjf49CgW.',
  ],
])('sha512-crypt of %j', (password, salt, rounds, hash) => {
  expect(sha512Crypt(password, salt, rounds)).toBe(`$6$rounds=${rounds}$${salt}$${hash}`)
})
