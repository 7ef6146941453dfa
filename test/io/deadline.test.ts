// Waiting ends with the answer, at the deadline, or with the signal.
import { expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'

test('answers what the condition came to', async () => {
  let looks = 0
  const answer = await waitFor(() => (++looks === 3 ? 'there' : undefined), {
    timeoutMs: 5000,
    intervalMs: 1,
    what: 'it',
  })
  expect([answer, looks]).toEqual(['there', 3])
})

test('gives up at the deadline, also on a condition that hangs, and says for what it waited', async () => {
  const never = [() => false, () => new Promise<boolean>(() => {})]
  for (const condition of never) {
    await expect(waitFor(condition, { timeoutMs: 30, intervalMs: 1, what: 'a miracle' })).rejects.toMatchObject({
      code: 'timeout',
      message: 'waited 30 ms for a miracle',
    })
  }
})

test('ends with the signal, and at once where it already ended', async () => {
  const stop = new AbortController()
  const waiting = waitFor(() => false, { timeoutMs: 60_000, what: 'it', signal: stop.signal })
  stop.abort(new Error('stopping'))
  await expect(waiting).rejects.toThrow('stopping')
  await expect(waitFor(() => true, { timeoutMs: 60_000, what: 'it', signal: stop.signal })).rejects.toThrow('stopping')
})

test('what the condition throws passes through', async () => {
  const broken = () => {
    throw new TypeError('a bug')
  }
  await expect(waitFor(broken, { timeoutMs: 60_000, what: 'it' })).rejects.toThrow(TypeError)
})
