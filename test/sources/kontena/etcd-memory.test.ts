// What an etcd listed last, on disk: for us alone, the newest word, and nobody else's.
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { waitFor } from '../../../src/io/deadline.ts'
import { EtcdMemory } from '../../../src/sources/kontena/etcd-memory.ts'
import type { KontenaService } from '../../../src/sources/kontena/kontena.ts'
import { temporaryFolder } from '../../io/temporary-folder.ts'

const service = (target: string): KontenaService => ({
  name: 'web',
  mode: 'http',
  options: { basic_auth_secrets: 'secrets' },
  upstreams: [{ name: 'web-1', target }],
})

function open(path: string, title = 'etcd://a:1 lb') {
  const remarks: string[] = []
  return { remarks, memory: new EtcdMemory(path, title, (sentence) => void remarks.push(sentence)) }
}

test('the newest of many words is there at the next start, without what was only remarked, for us alone', async () => {
  const path = join(temporaryFolder(), 'kontena', 'lb.json')
  const { memory, remarks } = open(path)
  expect(await memory.read()).toEqual([])
  for (let last = 1; last < 50; last++) memory.keep([{ ...service(`a:${last}`), remarks: ['lost'] }])
  const isWritten = async () => JSON.stringify(await open(path).memory.read()) === JSON.stringify([service('a:49')])
  await waitFor(isWritten, { timeoutMs: 60_000, what: 'the newest word' })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(path, '..'))).toEqual(['lb.json'])
  expect(await open(path, 'etcd://b:1 lb').memory.read()).toEqual([])
  expect(remarks).toEqual([])
})

test('a file that is broken counts for nothing, one that cannot be written is told', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'lb.json')
  for (const text of ['{', '5', '{"title":"etcd://a:1 lb","services":[{"name":5}]}']) {
    writeFileSync(path, text)
    expect(await open(path).memory.read()).toEqual([])
  }
  const { memory, remarks } = open(join(path, 'below', 'a-file'))
  memory.keep([service('a:1')])
  await waitFor(() => remarks.length > 0, { timeoutMs: 60_000, what: 'the remark' })
  expect(remarks[0]).toMatch(/^what etcd lists is not remembered: /)
})
