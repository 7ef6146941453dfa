// Events: each follower gets every one once, in order, from where he left off.
import { expect, test } from 'vitest'
import { EventLog } from '../../src/daemon/event-log.ts'

const START = new Date('2026-01-02T03:04:05Z')

/** Follows until so many events have come. */
async function take(log: EventLog, count: number, after?: string): Promise<{ id: string; message: string }[]> {
  const abort = new AbortController()
  const taken: { id: string; message: string }[] = []
  for await (const { id, message } of log.follow(after, abort.signal)) {
    taken.push({ id, message })
    if (taken.length >= count) abort.abort()
  }
  return taken
}

test('what happened before and what happens while following comes once and in order', async () => {
  const log = new EventLog(START)
  log.add('created', 'web', 'one')
  const followers = [take(log, 4), take(log, 4)]
  await Promise.resolve()
  log.add('applied', null, 'two', { ms: 5 })
  log.add('applied', null, 'three')
  setImmediate(() => log.add('deleted', 'web', 'four'))
  for (const taken of await Promise.all(followers))
    expect(taken.map(({ message }) => message)).toEqual(['one', 'two', 'three', 'four'])
})

test('who comes back goes on where he left off, also after a restart of the daemon', async () => {
  const log = new EventLog(START)
  for (const message of ['one', 'two', 'three']) log.add('applied', null, message)
  const [, second] = await take(log, 2)
  expect((await take(log, 1, second?.id)).map(({ message }) => message)).toEqual(['three'])
  const later = new EventLog(new Date(START.getTime() + 1000))
  later.add('applied', null, 'new')
  expect((await take(later, 1, second?.id)).map(({ message }) => message)).toEqual(['new'])
})

test('ids sort by time beyond the first thousand, and only the last thousand are kept', async () => {
  const log = new EventLog(START)
  for (let count = 0; count < 1500; count++) log.add('applied', null, String(count))
  const taken = await take(log, 1000)
  expect(taken.map(({ message }) => message)).toEqual(Array.from({ length: 1000 }, (_, index) => String(index + 500)))
  expect(taken.map(({ id }) => id).toSorted()).toEqual(taken.map(({ id }) => id))
})

test('an event says what it is about', async () => {
  const log = new EventLog(START)
  const abort = new AbortController()
  log.add('health', 'web', 'down', { server: 'a' })
  for await (const event of log.follow(undefined, abort.signal)) {
    expect(event).toEqual({
      id: expect.any(String),
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      type: 'health',
      loadBalancer: 'web',
      message: 'down',
      details: { server: 'a' },
    })
    abort.abort()
  }
})

test('following ends with the signal, also while nothing happens', async () => {
  const log = new EventLog(START)
  const abort = new AbortController()
  const waiting = (async () => {
    for await (const _event of log.follow(undefined, abort.signal)) throw new Error('nothing has happened')
  })()
  setImmediate(() => abort.abort())
  await waiting
})
