// The file the API's key lies in, and the check against it.
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createKeyCheck, readOrCreateApiKey } from '../../src/api/api-key.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'

test('a key is made once, for its owner alone', async () => {
  const path = join(temporaryFolder(), 'api-key')
  const key = await readOrCreateApiKey(path)
  expect(key).toMatch(/^fl_[A-Za-z0-9_-]{43}$/)
  expect(readFileSync(path, 'utf8')).toBe(`${key}\n`)
  expect((statSync(path).mode & 0o777).toString(8)).toBe('600')
  expect(await readOrCreateApiKey(path)).toBe(key)
  expect(await readOrCreateApiKey(join(temporaryFolder(), 'api-key'))).not.toBe(key)
})

test('a key that others could read is closed to them, and the log says so without telling it', async () => {
  const path = join(temporaryFolder(), 'api-key')
  const key = await readOrCreateApiKey(path)
  chmodSync(path, 0o644)
  const lines: string[] = []
  const log = { warn: (line: string) => lines.push(line) }
  expect(await readOrCreateApiKey(path, log as never)).toBe(key)
  expect((statSync(path).mode & 0o777).toString(8)).toBe('600')
  expect(lines).toEqual([expect.stringContaining(`${path} could be read by other users; it is closed to them now`)])
  expect(lines[0]).not.toContain(key)
  expect(await readOrCreateApiKey(path, log as never)).toBe(key)
  expect(lines).toHaveLength(1)
})

test.each([['short'], [''], ['two words that are long enough'], ['ключ-на-русском-языке']])(
  'what is no key (%j) is refused and stays as it is',
  async (text) => {
    const path = join(temporaryFolder(), 'api-key')
    writeFileSync(path, text, { mode: 0o600 })
    await expect(readOrCreateApiKey(path)).rejects.toMatchObject({
      code: 'api-key-unusable',
      message: expect.stringContaining(`${path} holds no key`),
    })
    expect(readFileSync(path, 'utf8')).toBe(text)
  },
)

test("a person's own key of one long word is taken", async () => {
  const path = join(temporaryFolder(), 'api-key')
  writeFileSync(path, 'correct-horse-battery-staple\n', { mode: 0o600 })
  expect(await readOrCreateApiKey(path)).toBe('correct-horse-battery-staple')
  await expect(readOrCreateApiKey(join(path, 'x'))).rejects.toMatchObject({ code: 'file-not-read' })
  expect(existsSync(join(path, 'x'))).toBe(false)
})

test('the check takes the key and nothing that is near it, of any length', () => {
  const isKey = createKeyCheck('fl_abcdefgh')
  expect(isKey('fl_abcdefgh')).toBe(true)
  for (const guess of ['', 'fl_abcdefg', 'fl_abcdefgi', 'fl_abcdefghh', 'FL_ABCDEFGH', 'x'.repeat(100_000)]) {
    expect(isKey(guess)).toBe(false)
  }
})
