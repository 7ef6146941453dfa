// Sockets have a path the operating system takes, however deep the state directory lies.
import { chmodSync, lstatSync, mkdirSync, readlinkSync, realpathSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { shortSocketFolder } from '../../src/io/short-socket-path.ts'
import { temporaryFolder } from './temporary-folder.ts'

function deepFolder(): string {
  const folder = join(temporaryFolder(), 'a-rather-long-name/'.repeat(6), 'run')
  mkdirSync(folder, { recursive: true })
  return folder
}

test('a short folder is itself', async () => {
  const folder = temporaryFolder()
  expect(await shortSocketFolder(folder)).toBe(folder)
})

test('a long one gets one short link, through which a socket can be bound', async () => {
  const folder = deepFolder()
  const runtime = temporaryFolder()
  const short = await shortSocketFolder(folder, runtime)
  expect(short).toMatch(/\/fairlead-\d+-[0-9a-f]{12}$/)
  expect(await shortSocketFolder(`${folder}/`, runtime)).toBe(short)
  expect(await shortSocketFolder(deepFolder(), runtime)).not.toBe(short)
  expect(readlinkSync(short)).toBe(folder)
  const server = createServer()
  await new Promise<void>((done) => server.listen(join(short, 'worker.sock'), done))
  expect(lstatSync(join(realpathSync(folder), 'worker.sock')).isSocket()).toBe(true)
  server.close()
})

test('a link of ours that points elsewhere is put right', async () => {
  const folder = deepFolder()
  const runtime = temporaryFolder()
  const short = await shortSocketFolder(folder, runtime)
  await import('node:fs/promises').then(async ({ rm }) => rm(short))
  symlinkSync('/elsewhere', short)
  await shortSocketFolder(folder, runtime)
  expect(readlinkSync(short)).toBe(folder)
})

test('what others could change is refused with advice', async () => {
  const folder = deepFolder()
  const open = temporaryFolder()
  chmodSync(open, 0o777)
  await expect(shortSocketFolder(folder, open)).rejects.toMatchObject({ name: 'Failure', code: 'socket-path' })
  await expect(shortSocketFolder(folder, open)).rejects.toThrow(/can be changed by other users; choose a state/)
  await expect(shortSocketFolder(folder, deepFolder())).rejects.toThrow(/is itself too long/)
})

test('a file in the link’s place is left alone', async () => {
  const folder = deepFolder()
  const runtime = temporaryFolder()
  const short = await shortSocketFolder(folder, temporaryFolder())
  mkdirSync(join(runtime, short.slice(short.lastIndexOf('/') + 1)))
  await expect(shortSocketFolder(folder, runtime)).rejects.toThrow(/belongs to someone else/)
})
