// TSIG keys from files, as tsig-keygen prints them or as people cut them down; and no secret in what goes wrong.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { DnsFailure } from '../../../src/dns/dns-failure.ts'
import { readTsigKey } from '../../../src/dns/rfc2136/tsig-key.ts'
import { outcomeOf } from '../../../src/io/outcome.ts'
import { temporaryFolder } from '../../io/temporary-folder.ts'

const SECRET = '//8gc2VjcmV0IG9mIG91cnMh'

function file(text: string): string {
  const path = join(temporaryFolder(), 'dns.key')
  writeFileSync(path, text)
  return path
}

test.each([
  ['base64 alone', `${SECRET}\n`, null, 'hmac-sha256'],
  [
    'as tsig-keygen prints it',
    `key "fairlead" {\n\talgorithm hmac-sha256;\n\tsecret "${SECRET}";\n};\n`,
    'fairlead',
    'hmac-sha256',
  ],
  [
    'without quotes, the other way round',
    `key Lb.Example. { secret "${SECRET}"; algorithm HMAC-SHA512; }`,
    'lb.example',
    'hmac-sha512',
  ],
  ['with comments', `# of ops\nkey "a" { // ours\n secret "${SECRET}"; /* key "b" { } */\n};\n`, 'a', 'hmac-sha256'],
])('%s', async (_, text, name, algorithm) => {
  const read = await readTsigKey(file(text))
  expect([read.name, read.algorithm]).toEqual([name, algorithm])
  expect(read.secret.export().toString('base64')).toBe(SECRET)
  expect(inspect(read, { depth: 9 }) + JSON.stringify(read)).not.toContain(SECRET)
})

const HOW = 'give a file with a key statement, as `tsig-keygen` prints it, or with the secret alone in base64'

test.each([
  ['empty', '', `it holds no secret in base64; ${HOW}`],
  ['not base64', `${SECRET}=`, `it holds no secret in base64; ${HOW}`],
  ['without a secret', 'key "a" { algorithm hmac-sha256; };', `it holds no secret in base64; ${HOW}`],
  ['two keys', `key "a" { secret "${SECRET}"; };\n`.repeat(2), `it is not one key statement; ${HOW}`],
  [
    'an algorithm of old',
    `key "a" { algorithm hmac-md5; secret "${SECRET}"; };`,
    'its algorithm is "hmac-md5"; make a key with one of hmac-sha224, hmac-sha256, hmac-sha384, hmac-sha512',
  ],
])('refused: %s', async (_, text, why) => {
  const path = file(text)
  const read = await outcomeOf(readTsigKey(path))
  if (read.ok) throw new Error('it should have failed')
  expect(read.error).toBeInstanceOf(DnsFailure)
  expect(read.error.message).toBe(`the TSIG key in ${path} cannot be used: ${why}`)
})

test('refused: no file, or one that cannot be read', async () => {
  const folder = temporaryFolder()
  const absent = await outcomeOf(readTsigKey(join(folder, 'absent')))
  expect(absent).toMatchObject({ ok: false, error: { code: 'dns-credentials' } })
  expect(await outcomeOf(readTsigKey(folder))).toMatchObject({ ok: false, error: { code: 'dns-credentials' } })
})
