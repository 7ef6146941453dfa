// Where in a command line the cursor stands: which command, which argument or option is being typed.
import { type CommandSpec, type EntrySpec, isGroup, nameOf, type OptionSpec } from '../command-spec.ts'
import { GLOBAL_OPTIONS, optionsOfKind } from '../make-command.ts'

/** What the words before the cursor say. */
export type Position = {
  /** What may be named next, while the words so far are groups; null once they name a command. */
  readonly entries: readonly EntrySpec[] | null
  readonly command: CommandSpec | null
  /** The command's arguments so far. */
  readonly words: readonly string[]
  /** The option whose value is being typed. */
  readonly option: OptionSpec | null
  /** Options that may be typed here. */
  readonly options: readonly OptionSpec[]
  /** Options given so far that take a value, by their camelCase name. */
  readonly given: Readonly<Record<string, string>>
}

/** Walks the finished words; the one being typed is not among them. Undefined where a word names nothing. */
export async function findPosition(
  entries: readonly EntrySpec[],
  finished: readonly string[],
): Promise<Position | undefined> {
  let here: readonly EntrySpec[] | null = entries
  let command: CommandSpec | null = null
  let options: readonly OptionSpec[] = GLOBAL_OPTIONS
  let option: OptionSpec | null = null
  const words: string[] = []
  const given: Record<string, string> = {}
  for (const word of finished) {
    if (option) {
      given[nameOption(option)] = word
      option = null
    } else if (word.startsWith('-') && word !== '-') {
      const found = options.find((one) => spellings(one).includes(word))
      option = found && takesValue(found) ? found : null
    } else if (here) {
      const entry: EntrySpec | undefined = here.find((one) => nameOf(one) === word)
      if (!entry) return undefined
      here = isGroup(entry) ? entry.entries : null
      command = isGroup(entry) ? null : entry
      if (command)
        options = [
          ...(command.options ?? []),
          ...((await command.loadOptions?.()) ?? []),
          ...optionsOfKind(command.kind),
        ]
    } else words.push(word)
  }
  return { entries: here, command, words, option, options, given }
}

/** `-o` and `--output` of `-o, --output <format>`. */
export function spellings({ flags }: OptionSpec): readonly string[] {
  return flags.split(/[ ,]+/).filter((part) => part.startsWith('-'))
}

function takesValue({ flags }: OptionSpec): boolean {
  return flags.includes('<')
}

function nameOption(option: OptionSpec): string {
  const long = spellings(option).at(-1) ?? ''
  return long.replace(/^-+/, '').replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
