// Files are replaced whole or not at all.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readTextFile, writeFileAtomic } from '../../src/io/atomic-file.ts'
import { temporaryFolder } from './temporary-folder.ts'

test('a file is replaced and nothing is left beside it', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'haproxy.cfg')
  writeFileSync(path, 'old')
  await writeFileAtomic(path, 'new\n')
  expect(readFileSync(path, 'utf8')).toBe('new\n')
  expect(readdirSync(folder)).toEqual(['haproxy.cfg'])
})

test('the mode is what was asked, whatever the umask says', async () => {
  const folder = temporaryFolder()
  const umask = process.umask(0o077)
  await writeFileAtomic(join(folder, 'open'), 'x', { mode: 0o664 })
  await writeFileAtomic(join(folder, 'plain'), 'x')
  process.umask(umask)
  await writeFileAtomic(join(folder, 'closed'), 'x', { mode: 0o600 })
  const modes = ['open', 'plain', 'closed'].map((name) => statSync(join(folder, name)).mode & 0o777)
  expect(modes).toEqual([0o664, 0o644, 0o600])
})

test('many writers of one file leave one whole content', async () => {
  const path = join(temporaryFolder(), 'file')
  const contents = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(50_000))
  await Promise.all(contents.map((content) => writeFileAtomic(path, content)))
  expect(contents).toContain(readFileSync(path, 'utf8'))
})

test('a refused write is a Failure that leaves the old state', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'taken')
  mkdirSync(join(path, 'inside'), { recursive: true })
  await expect(writeFileAtomic(path, 'x')).rejects.toMatchObject({ name: 'Failure', code: 'file-not-written' })
  expect(readdirSync(folder)).toEqual(['taken'])
  await expect(writeFileAtomic(join(folder, 'absent/file'), 'x')).rejects.toThrow(/could not be written: ENOENT/)
})

test('reading tells an absent file from one that cannot be read', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'here'), 'text')
  expect(await readTextFile(join(folder, 'here'))).toBe('text')
  expect(await readTextFile(join(folder, 'not-here'))).toBeUndefined()
  await expect(readTextFile(folder)).rejects.toMatchObject({ name: 'Failure', code: 'file-not-read' })
})
