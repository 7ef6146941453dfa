// A kontena.yml and every file it names, read until nothing more is named.
import { readStackFile, type StackFile, type StackInput } from './stack-file.ts'

/** A file's text; null where it is not there or cannot be read. */
export type ReadText = (path: string) => Promise<string | null>

/** A file that is extended may name others, and those others: more rounds than this are a mistake. */
const MOST_ROUNDS = 20

/** Reads the whole of it. */
export async function readStack(input: Omit<StackInput, 'texts'>, readText: ReadText): Promise<StackFile> {
  const texts = new Map<string, string | null>()
  for (let round = 0; ; round++) {
    const stack = readStackFile({ ...input, texts })
    const unread = stack.wanted.filter((path) => !texts.has(path))
    if (unread.length === 0 || round === MOST_ROUNDS) return stack
    for (const path of unread) texts.set(path, await readText(path))
  }
}
