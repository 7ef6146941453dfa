// A kontena.yml as a source: followed, kept while it is broken, with its services where they run.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { waitFor } from '../../../src/io/deadline.ts'
import type { Word } from '../../../src/model/fragment.ts'
import type { RunningInstance } from '../../../src/sources/kontena/find-upstreams.ts'
import { type StackSourceOptions, stackSource } from '../../../src/sources/kontena/stack-source.ts'
import { temporaryFolder } from '../../io/temporary-folder.ts'

let stop = new AbortController()
afterEach(() => {
  stop.abort()
  stop = new AbortController()
})

const TEXT = (keys = '') =>
  `lb: { image: kontena/lb, ports: ["8080:80"] }\nweb:\n  links: [lb]\n  environment: [KONTENA_LB_VIRTUAL_HOSTS=a.example]\n  ${keys}\n`

/** Starts to follow a file; `word` is the newest one. */
async function follow(text: string, more: Partial<StackSourceOptions> = {}) {
  const folder = join(temporaryFolder(), 'shop')
  await mkdir(folder)
  const path = join(folder, 'kontena.yml')
  await writeFile(path, text)
  const seen: { word: Word | null; troubles: (string | null)[]; remarks: string[] } = {
    word: null,
    troubles: [],
    remarks: [],
  }
  const source = stackSource({
    ...{ path, environment: {}, followInstances: [], resolve: async () => [] },
    tell: (trouble) => seen.troubles.push(trouble),
    remark: (sentence) => seen.remarks.push(sentence),
    ...more,
  })
  const signal = stop.signal
  void (async () => {
    for await (const word of source.watch(signal)) seen.word = word
  })()
  return { path, folder, seen }
}

/** Every address that traffic goes to, once. */
const targetsOf = (word: Word | null) => [
  ...new Set([...JSON.stringify(word ?? []).matchAll(/"target":"([^"]+)"/g)].map(([, target]) => target)),
]

const until = (what: string, isSo: () => boolean) => waitFor(isSo, { timeoutMs: 60_000, what })

test('instances that are stated, changed and resolved anew', async () => {
  const addresses = new Map([['shop-web-1', ['10.0.0.1']]])
  const resolve = async (name: string) => addresses.get(name) ?? []
  const { path, seen } = await follow(TEXT('instances: 1'), { resolve })
  await until('one', () => targetsOf(seen.word).join() === '10.0.0.1:80')
  addresses.set('shop-web-2', ['10.0.0.2'])
  await writeFile(path, TEXT('instances: 2'))
  await until('two', () => targetsOf(seen.word).join() === '10.0.0.1:80,10.0.0.2:80')
  addresses.set('shop-web-2', ['10.0.0.3'])
  await until('a move', () => targetsOf(seen.word).join() === '10.0.0.1:80,10.0.0.3:80')
  addresses.delete('shop-web-2')
  await writeFile(path, TEXT('instances: 2\n  deploy: {}'))
  await until('the file to be read', () => seen.troubles.length === 3)
  expect(targetsOf(seen.word)).toEqual(['10.0.0.1:80', '10.0.0.3:80'])
})

test('while it is broken or away its last good state stays, with its place and reason', async () => {
  const { path, seen } = await follow(TEXT())
  await until('a word', () => seen.word !== null)
  const before = seen.word ?? []
  expect(before.length).toBeGreaterThan(0)
  await writeFile(path, `${TEXT()}  links: [\n`)
  await until('a broken word', () => 'broken' in (seen.word?.[0] ?? {}))
  expect(seen.word).toEqual(
    before.map(({ origin, name }) => ({
      ...{ origin, name },
      broken: [{ code: 'invalid', message: expect.stringMatching(/kontena\.yml:\d+: /), fatal: true }],
    })),
  )
  await rm(path)
  await until('its absence', () => seen.troubles.at(-1)?.includes('cannot be read') === true)
  await writeFile(path, TEXT())
  await until('it to be well', () => seen.troubles.at(-1) === null)
  await until('a whole word', () => 'resource' in (seen.word?.[0] ?? {}))
})

test('an env_file is followed, and one that goes away keeps what it said', async () => {
  const { folder, seen } = await follow(TEXT('env_file: web.env'))
  await until('the refusal', () => seen.troubles.at(-1)?.includes('web.env is not there') === true)
  expect(seen.word).toBeNull()
  await writeFile(join(folder, 'web.env'), 'KONTENA_LB_VIRTUAL_PATH=/a')
  await until('the file to count', () => JSON.stringify(seen.word).includes('"/a"'))
  await writeFile(join(folder, 'web.env'), 'KONTENA_LB_VIRTUAL_PATH=/b')
  await until('its change', () => JSON.stringify(seen.word).includes('"/b"'))
})

test('nothing is said before containers have been told of; then they count', async () => {
  let tellOf: (running: RunningInstance[]) => void = () => {}
  const first = new Promise<RunningInstance[]>((resolve) => (tellOf = resolve))
  const { seen } = await follow(TEXT(), {
    followInstances: [
      async function* once() {
        yield await first
      },
    ],
  })
  await until('the file to be read', () => seen.troubles.includes(null))
  expect(seen.word).toBeNull()
  tellOf([{ name: 'shop-web-1', labels: {}, isWaiting: false, find: () => ({ ok: true, target: '172.17.0.2:80' }) }])
  await until('the container', () => targetsOf(seen.word).join() === '172.17.0.2:80')
})

test('remarks are told once while they hold', async () => {
  const { path, seen } = await follow(`${TEXT()}api: { environment: [KONTENA_LB_MODE=http] }\n`)
  await until('the remark', () => seen.remarks.length === 1)
  expect(seen.remarks[0]).toContain('kontena.yml:6: api: it has KONTENA_LB_ variables and no link')
  await writeFile(path, `${TEXT()}api: { environment: [KONTENA_LB_MODE=tcp] }\n`)
  await until('the file to be read again', () => seen.troubles.length === 2)
  expect(seen.remarks).toHaveLength(1)
})
