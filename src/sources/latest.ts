// The newest word of every source together: the first change goes at once, what comes meanwhile is taken together next.
import type { Word } from '../model/fragment.ts'
import type { Source } from './source.ts'

/** What wakes the reader beside the sources: names that resolve anew, a dead HAProxy, a retry clock. */
export type Pulse = AsyncIterable<unknown>

/** Who has not spoken yet, for a person who waits. */
export type Silence = { readonly silent: readonly string[] }

/**
 * Yields everybody's fragments whenever one source or pulse has news; nothing before each source has spoken once.
 * While the reader is busy, news add up to one next word: newest wins, nothing queues. Ends when the signal aborts.
 */
export async function* latest(
  sources: readonly Source[],
  pulses: readonly Pulse[],
  signal: AbortSignal,
  tell: (silence: Silence) => void = () => {},
): AsyncGenerator<Word> {
  const words = new Map<Source, Word>()
  let news = Promise.withResolvers<void>()
  let isNews = false
  const wake = () => {
    isNews = true
    news.resolve()
  }
  const hear = (source: Source) => (word: Word) => {
    words.set(source, word)
    wake()
  }
  const readers = [
    ...sources.map((source) => read(source.watch(signal), hear(source))),
    ...pulses.map((pulse) => read(pulse, wake)),
  ]
  const failed = Promise.race(readers.map((reader) => reader.then(() => new Promise<never>(() => {}))))
  signal.addEventListener('abort', wake, { once: true })
  while (!signal.aborted) {
    await Promise.race([news.promise, failed])
    if (!isNews || signal.aborted) continue
    isNews = false
    news = Promise.withResolvers<void>()
    tell({ silent: sources.filter((source) => !words.has(source)).map((source) => source.title) })
    if (words.size === sources.length) yield sources.flatMap((source) => words.get(source) ?? [])
  }
}

async function read<T>(stream: AsyncIterable<T>, take: (item: T) => void): Promise<void> {
  for await (const item of stream) take(item)
}
