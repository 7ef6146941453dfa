// HAProxy is dead while a source has not spoken yet: what served last serves again, and only then.
import { expect, test } from 'vitest'
import { reviveWhileSilent } from '../../src/daemon/revival.ts'
import { Serial } from '../../src/daemon/serial.ts'
import { waitFor } from '../../src/io/deadline.ts'
import { Failure } from '../../src/io/failure.ts'

/** A daemon without a turn; what it did is in `done`. */
function makeGround(start: () => boolean) {
  const done: string[] = []
  const state = { turns: 0, isAlive: false, looks: 0 }
  const revive = async () => {
    done.push('revived')
    state.isAlive = start()
    return state.isAlive
  }
  const isAlive = async () => {
    state.looks++
    return state.isAlive
  }
  const tell = (level: string) => (text: string) => void done.push(`${level}: ${text}`)
  const ground = {
    haproxy: { isAlive, revive },
    board: state,
    serial: new Serial(),
    log: { warn: tell('warn'), error: tell('error') } as unknown as Parameters<typeof reviveWhileSilent>[0]['log'],
    processSettings: { maxConnections: 100 },
  }
  return { ground, state, done }
}

/** Lets it look so often, a millisecond apart. */
async function watch({ ground, state }: ReturnType<typeof makeGround>, looks: number): Promise<void> {
  const stop = new AbortController()
  const ended = reviveWhileSilent(ground, stop.signal, 1)
  await waitFor(() => state.looks >= looks, { timeoutMs: 60_000, what: 'some looks' })
  stop.abort()
  await ended
}

test('it is started once, and told', async () => {
  const all = makeGround(() => true)
  await watch(all, 5)
  expect(all.done).toEqual(['revived', expect.stringContaining('warn: HAProxy did not run')])
})

test('one that runs is left alone', async () => {
  const all = makeGround(() => true)
  all.state.isAlive = true
  await watch(all, 5)
  expect(all.done).toEqual([])
})

test('from the first turn on it is no more looked after here', async () => {
  const { ground, state, done } = makeGround(() => true)
  state.turns = 1
  await reviveWhileSilent(ground, new AbortController().signal, 1)
  expect(done).toEqual([])
})

test('a start that fails is told and tried again', async () => {
  let attempts = 0
  const all = makeGround(() => {
    if (attempts++ === 0) throw new Failure('haproxy-not-started', 'port 80 is taken')
    return true
  })
  await watch(all, 5)
  expect(all.done).toEqual([
    'revived',
    expect.stringContaining('error: '),
    'revived',
    expect.stringContaining('warn: '),
  ])
})
