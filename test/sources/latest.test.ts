// Everybody's newest word: nothing before all have spoken, nothing queued, nothing lost, and an end.
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Bell } from '../../src/io/bell.ts'
import type { BrokenFragment, Word } from '../../src/model/fragment.ts'
import { latest } from '../../src/sources/latest.ts'
import type { Source } from '../../src/sources/source.ts'

/** A source that says what it is told to, one word after the other. */
class ToldSource implements Source {
  readonly kind = 'told'
  readonly title: string
  #words: Word[] = []
  #wake = () => {}

  constructor(title: string) {
    this.title = title
  }

  say(word: Word): void {
    this.#words.push(word)
    this.#wake()
  }

  async *watch(signal: AbortSignal): AsyncIterable<Word> {
    signal.addEventListener('abort', () => this.#wake())
    while (!signal.aborted) {
      const word = this.#words.shift()
      if (word) yield word
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

function item(name: string, version: number): BrokenFragment {
  return { origin: { source: 'told', id: name, since: 0, version }, name, broken: [] }
}

/** "a 3, b 1": whose word of which version. */
function tell(word: Word): Record<string, number> {
  return Object.fromEntries(word.map(({ name, origin }) => [name, origin.version]))
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await nextTurn()
}

describe('any interleaving', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ says: fc.nat({ max: 2 }) }),
      fc.record({ rest: fc.nat({ max: 3 }) }),
      fc.constant({ rings: true }),
    ),
    { maxLength: 30 },
  )

  test('gives whole words of which each source is never older than before, and at last the newest', async () => {
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.nat({ max: 4 }), { minLength: 1 }),
        async (list, count, pauses) => {
          const abort = new AbortController()
          const sources = ['a', 'b', 'c'].slice(0, count).map((title) => new ToldSource(title))
          const bell = new Bell(abort.signal)
          const given: Record<string, number>[] = []
          const reading = (async () => {
            for await (const word of latest(sources, [bell], abort.signal)) {
              given.push(tell(word))
              for (let turn = 0; turn < (pauses[given.length % pauses.length] ?? 0); turn++) await nextTurn()
            }
          })()
          const said: Record<string, number> = {}
          for (const step of list) {
            if ('rest' in step) for (let turn = 0; turn < step.rest; turn++) await nextTurn()
            else if ('rings' in step) bell.ring()
            else if (step.says < count) {
              const name = sources[step.says]!.title
              said[name] = (said[name] ?? 0) + 1
              sources[step.says]!.say([item(name, said[name])])
            }
          }
          await settle()
          abort.abort()
          await reading
          const isComplete = Object.keys(said).length === count
          expect(given.length > 0).toBe(isComplete)
          if (isComplete) expect(given.at(-1)).toEqual(said)
          for (const [index, word] of given.entries()) {
            expect(Object.keys(word)).toHaveLength(count)
            for (const [name, version] of Object.entries(word))
              expect(version).toBeGreaterThanOrEqual(given[index - 1]?.[name] ?? 1)
          }
        },
      ),
      { numRuns: 100 },
    )
  }, 30_000)
})

describe('in particular', () => {
  /** Starts reading; `given` fills while the test goes on. */
  function read(sources: readonly Source[], pulses: readonly AsyncIterable<unknown>[] = []) {
    const abort = new AbortController()
    const given: Record<string, number>[] = []
    const silent: string[][] = []
    const busy = { until: Promise.resolve() }
    const done = (async () => {
      for await (const word of latest(sources, pulses, abort.signal, (silence) => silent.push([...silence.silent]))) {
        given.push(tell(word))
        await busy.until
      }
    })()
    return { abort, given, silent, busy, done }
  }

  test('an empty word is a word, silence is none', async () => {
    const [a, b] = [new ToldSource('a'), new ToldSource('b')]
    const { abort, given, silent, done } = read([a, b])
    a.say([])
    await settle()
    expect([given, silent]).toEqual([[], [['b']]])
    b.say([item('b', 1)])
    await settle()
    expect([given, silent]).toEqual([[{ b: 1 }], [['b'], []]])
    abort.abort()
    await done
  })

  test('what comes while the reader is busy is one next word, the newest', async () => {
    const a = new ToldSource('a')
    const { abort, given, busy, done } = read([a])
    const free = Promise.withResolvers<void>()
    busy.until = free.promise
    for (let version = 1; version <= 1; version++) a.say([item('a', version)])
    await settle()
    for (let version = 2; version <= 50; version++) a.say([item('a', version)])
    await settle()
    expect(given).toEqual([{ a: 1 }])
    free.resolve()
    await settle()
    expect(given).toEqual([{ a: 1 }, { a: 50 }])
    abort.abort()
    await done
  })

  test('a pulse brings the same word again, but not the first one', async () => {
    const a = new ToldSource('a')
    const abort = new AbortController()
    const bell = new Bell(abort.signal)
    const { given, done, abort: own } = read([a], [bell])
    bell.ring()
    await settle()
    expect(given).toEqual([])
    a.say([item('a', 1)])
    await settle()
    bell.ring()
    await settle()
    expect(given).toEqual([{ a: 1 }, { a: 1 }])
    own.abort()
    abort.abort()
    await done
  })

  test('a source that ends keeps its last word, and the others go on', async () => {
    const brief: Source = {
      kind: 'told',
      title: 'brief',
      async *watch() {
        yield [item('brief', 1)]
      },
    }
    const a = new ToldSource('a')
    const { abort, given, done } = read([brief, a])
    a.say([item('a', 1)])
    await settle()
    a.say([item('a', 2)])
    await settle()
    expect(given.at(-1)).toEqual({ brief: 1, a: 2 })
    abort.abort()
    await done
  })

  test('a source that breaks is a bug, and ends the reading with it', async () => {
    const broken: Source = {
      kind: 'told',
      title: 'broken',
      // biome-ignore lint/correctness/useYield: it breaks before it can
      async *watch() {
        await nextTurn()
        throw new Error('a bug')
      },
    }
    await expect(read([broken, new ToldSource('a')]).done).rejects.toThrow('a bug')
  })

  test('a signal that has aborted before gives nothing', async () => {
    const a = new ToldSource('a')
    a.say([item('a', 1)])
    const words: Word[] = []
    for await (const word of latest([a], [], AbortSignal.abort())) words.push(word)
    expect(words).toEqual([])
  })
})

describe('a bell', () => {
  const ringing = fc.array(fc.oneof(fc.constant('ring'), fc.constant('rest')), { maxLength: 20 })

  test('is heard after every ring, never more often than it was rung', async () => {
    await fc.assert(
      fc.asyncProperty(ringing, async (steps) => {
        const abort = new AbortController()
        const bell = new Bell(abort.signal)
        let heard = 0
        const listening = (async () => {
          for await (const _ring of bell) heard++
        })()
        let rounds = 0
        for (const [index, step] of steps.entries()) {
          if (step === 'rest') await settle()
          else bell.ring()
          if (step === 'ring' && steps[index + 1] !== 'ring') rounds++
        }
        await settle()
        // Rings without a rest between them are one.
        expect(heard).toBe(rounds)
        abort.abort()
        await listening
      }),
      { numRuns: 50 },
    )
  }, 30_000)

  test('that nobody rings ends with the signal; one rung before is heard at once', async () => {
    const abort = new AbortController()
    const bell = new Bell(abort.signal)
    bell.ring()
    bell.ring()
    const ring = bell[Symbol.asyncIterator]()
    expect((await ring.next()).done).toBe(false)
    const next = ring.next()
    abort.abort()
    expect((await next).done).toBe(true)
    bell.ring()
    expect((await bell[Symbol.asyncIterator]().next()).done).toBe(true)
  })
})
