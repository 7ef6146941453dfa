// Generations on disk: written beside each other, swapped in one step, with a journal of what changed since.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Generations, parseGeneration } from '../../src/haproxy/generations.ts'
import { layOut } from '../../src/haproxy/layout.ts'

let folder: string
let generations: Generations

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fl-generations-'))
  generations = openAgain()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** As a daemon that has just started sees them. */
function openAgain(): Generations {
  const layout = layOut(folder, join(folder, 'run'))
  mkdirSync(layout.generations, { recursive: true })
  return new Generations(layout)
}

const file = (path: string, content: string) => ({ path, content, owner: null })

test('a generation is in force only once it is promoted, and can be found again', async () => {
  expect(await generations.current()).toBeNull()
  const first = await generations.write([file('config/50-web.cfg', 'backend a\n')], 'model\n')
  expect(await generations.current()).toBeNull()
  await generations.promote(first)
  const second = await generations.write([], 'model\n')
  expect([await openAgain().current(), second]).toEqual([first, String(Number(first) + 1)])
  await generations.promote(second)
  expect(await generations.current()).toBe(second)
  await generations.prune([second])
  expect(readdirSync(join(folder, 'haproxy/generations'))).toEqual([second])
  const description = readFileSync(join(generations.folder(second), 'config/00-generation.cfg'), 'utf8')
  expect(parseGeneration(/description (.*)/.exec(description)?.[1])).toBe(second)
})

test('the files of a generation are brought up to date, and those that are no more go', async () => {
  const name = await generations.write([file('config/50-a.cfg', 'a\n'), file('config/50-b.cfg', 'b\n')], 'model\n')
  await generations.update(name, [file('config/50-a.cfg', 'a2\n'), file('config/50-c.cfg', 'c\n')], ['config/50-b.cfg'])
  const config = join(generations.folder(name), 'config')
  expect(readdirSync(config).sort()).toEqual(['00-generation.cfg', '50-a.cfg', '50-c.cfg'])
  expect(readFileSync(join(config, '50-a.cfg'), 'utf8')).toBe('a2\n')
})

test('what was noted is read back with the model, by this daemon and by the next', async () => {
  const name = await generations.write([], 'model\n')
  expect(await generations.readModel(name)).toEqual({ model: 'model\n', journal: undefined })
  const before = await generations.note(name, 'one\n')
  expect(await generations.note(name, 'two\n')).toBeGreaterThan(before)
  for (const again of [generations, openAgain()]) {
    const { model, journal } = await again.readModel(name)
    expect([model, journal?.split('\n').filter(Boolean)]).toEqual(['model\n', ['one', 'two']])
  }
})

test('a line that a crash tore does not take the next one with it', async () => {
  const name = await generations.write([], 'model\n')
  await generations.note(name, 'one\n')
  writeFileSync(join(generations.folder(name), 'journal-1'), 'one\ntw')
  const next = openAgain()
  await next.note(name, 'three\n')
  expect((await next.readModel(name)).journal?.split('\n').filter(Boolean)).toEqual(['one', 'tw', 'three'])
})

test('a model that is written anew starts with an empty journal, and the old one never counts again', async () => {
  const name = await generations.write([], 'model\n')
  await generations.note(name, 'one\n')
  const old = readFileSync(join(generations.folder(name), 'journal-1'), 'utf8')
  await generations.rewriteModel(name, 'model with one\n')
  expect(await openAgain().readModel(name)).toEqual({ model: 'model with one\n', journal: undefined })
  // As after a crash between the two steps: the old journal is still there.
  writeFileSync(join(generations.folder(name), 'journal-1'), old)
  const next = openAgain()
  expect((await next.readModel(name)).journal).toBeUndefined()
  await next.note(name, 'two\n')
  expect((await openAgain().readModel(name)).journal?.split('\n').filter(Boolean)).toEqual(['two'])
})

test('each generation has its own journal', async () => {
  const first = await generations.write([], 'a\n')
  await generations.note(first, 'one\n')
  await generations.rewriteModel(first, 'a1\n')
  const second = await generations.write([], 'b\n')
  await generations.note(second, 'two\n')
  expect(await generations.readModel(first)).toEqual({ model: 'a1\n', journal: undefined })
  expect((await generations.readModel(second)).journal?.trim()).toBe('two')
})

test('a generation that is gone has no model', async () => {
  const name = await generations.write([], 'a\n')
  await generations.remove(name)
  expect(await generations.readModel(name)).toEqual({ model: undefined, journal: undefined })
})
