// What lies below a root is opened, whatever it is reached by, and nothing else, also while somebody changes it.
import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openBelow } from '../../src/static-files/open-below.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'

async function makeTree(): Promise<{ root: string; base: string }> {
  const base = temporaryFolder()
  const root = join(base, 'www')
  for (const folder of ['www/sub', 'www-other', 'outside']) await mkdir(join(base, folder), { recursive: true })
  for (const file of ['www/a', 'www/sub/b', 'www-other/c', 'outside/d']) await writeFile(join(base, file), file)
  return { root, base }
}

/** What it finds: the file's text, `folder`, or null. */
async function find(root: string, ...names: string[]): Promise<string | null> {
  const opened = await openBelow(root, names)
  if (opened === null) return null
  const text = opened.kind === 'folder' ? 'folder' : await readFile(opened.path, 'utf8')
  await opened.handle.close()
  return text
}

test('files and folders, also by links that stay inside, and by a link to the root', async () => {
  const { root, base } = await makeTree()
  await symlink('sub/b', join(root, 'link'))
  await symlink(join(root, 'sub'), join(root, 'folder'))
  await symlink(root, join(base, 'current'))
  expect(await find(root)).toBe('folder')
  expect(await find(root, 'a')).toBe('www/a')
  expect(await find(root, 'link')).toBe('www/sub/b')
  expect(await find(root, 'folder', 'b')).toBe('www/sub/b')
  expect(await find(join(base, 'current'), 'sub', 'b')).toBe('www/sub/b')
})

test('nothing of what is outside, not even beside a folder of like name, and nothing that is no file', async () => {
  const { root, base } = await makeTree()
  await symlink('../outside/d', join(root, 'file-out'))
  await symlink('../outside', join(root, 'folder-out'))
  await symlink('../www-other', join(root, 'beside'))
  await symlink('/dev/zero', join(root, 'device'))
  await symlink('missing', join(root, 'dangling'))
  execFileSync('mkfifo', [join(root, 'pipe')])
  const server = createServer().listen(join(root, 'socket'))
  for (const names of [
    'file-out',
    'folder-out',
    'folder-out/d',
    'beside/c',
    'device',
    'dangling',
    'pipe',
    'socket',
    'a/b',
    '..',
  ])
    expect(await find(root, ...names.split('/')), names).toBeNull()
  server.close()
  expect(await find(join(base, 'missing'), 'a')).toBeNull()
})

test('a folder that is swapped with a link to the outside again and again never lets anything out', async () => {
  const { root, base } = await makeTree()
  await writeFile(join(base, 'outside/b'), 'secret')
  await symlink('../outside', join(base, 'link'))
  const done = new AbortController()
  const swapping = swap(join(root, 'sub'), join(base, 'link'), done.signal)
  const seen = new Set<string | null>()
  for (let round = 0; round < 2000 || (seen.size < 2 && round < 50_000); round++) seen.add(await find(root, 'sub', 'b'))
  done.abort()
  await swapping
  expect([...seen].sort()).toEqual([null, 'www/sub/b'].sort())
})

async function swap(folder: string, link: string, signal: AbortSignal): Promise<void> {
  const aside = `${link}-aside`
  while (!signal.aborted) {
    await rename(folder, aside)
    await rename(link, folder)
    await sleep(0)
    await rename(folder, link)
    await rename(aside, folder)
    await sleep(0)
  }
  await rm(aside, { recursive: true, force: true })
}
