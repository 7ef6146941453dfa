// PEM texts for HAProxy: tried, kept by digest, and thrown away when nobody has them, but never while they are brought.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeSelfSigned } from '../../src/certs/self-signed.ts'
import { findHaproxy } from '../../src/haproxy/find-haproxy.ts'
import { PemFiles } from '../../src/haproxy/pem-files.ts'

async function open() {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-pems-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const pems = join(folder, 'certs')
  await mkdir(pems)
  await writeFile(join(pems, `${'0'.repeat(64)}.pem`), 'nobody has it')
  await writeFile(join(pems, `${'1'.repeat(64)}.trial`), 'of a process that was killed')
  return { pems, files: new PemFiles(pems, findHaproxy() ?? 'haproxy') }
}

function makePem(name: string): string {
  const { certificate, key } = makeSelfSigned(name)
  return certificate + key
}

test('what nobody has goes; what is on trial meanwhile, or came before, stays', async () => {
  const { pems, files } = await open()
  const before = await files.keep(makePem('before.test'))
  const keeping = ['a.test', 'b.test', 'c.test'].map((name) => files.keep(makePem(name)))
  // Again and again while they are tried.
  let isDone = false
  const pruning = (async () => {
    while (!isDone) await files.prune(new Set())
  })()
  const digests = await Promise.all(keeping)
  isDone = true
  await pruning
  await files.prune(new Set())
  expect((await readdir(pems)).sort()).toEqual([before, ...digests].map((digest) => `${digest}.pem`).sort())
})

test('after a start only what is named stays', async () => {
  const { pems, files } = await open()
  const [one, two] = [await files.keep(makePem('a.test')), await files.keep(makePem('b.test'))]
  const again = new PemFiles(pems, findHaproxy() ?? 'haproxy')
  await again.prune(new Set([one]))
  expect(await readdir(pems)).toEqual([`${one}.pem`])
  expect([await again.has(one), await again.has(two)]).toEqual([true, false])
})
