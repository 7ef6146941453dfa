// __complete: what may follow the words typed so far; the completion scripts ask for it.
import { outcomeOf } from '../../io/outcome.ts'
import { type Call, makeCall } from '../call.ts'
import type { CommandSpec, EntrySpec } from '../command-spec.ts'
import { type Candidate, findCandidates } from '../completion/find-candidates.ts'
import { findPosition } from '../completion/find-position.ts'
import { oneLine } from '../format/display.ts'

/** Nobody waits longer than this for a list of names. */
const PATIENCE_MS = 2000

/** The command, for a program of these entries. Its words are those after the program's name, the unfinished one last. */
export function makeComplete(entries: () => readonly EntrySpec[]): CommandSpec {
  return {
    usage: '__complete [words...]',
    summary: 'What may follow the words typed so far',
    kind: 'plain',
    hidden: true,
    examples: [],
    run: async (call) => {
      // Between two keystrokes there is nobody to read an error.
      const found = await outcomeOf(complete(call, entries()))
      for (const { text, about } of found.ok ? found.value : []) call.print(`${oneLine(text)}\t${oneLine(about)}`)
      return 0
    },
  }
}

async function complete({ terminal, words }: Call, entries: readonly EntrySpec[]): Promise<readonly Candidate[]> {
  const position = await findPosition(entries, words.slice(0, -1))
  if (!position) return []
  const { client } = makeCall(
    terminal,
    { name: '', words: [], options: { ...position.given, output: 'table' } },
    PATIENCE_MS,
  )
  return findCandidates(position, words.at(-1) ?? '', {
    list: async () => (await client()).list(),
    get: async (name) => (await client()).get(name),
    certificates: async () => (await client()).certificates(),
  })
}
