// What a command is, as data: the words it takes, what help and completion say of it, and what it does.
import type { Call } from './call.ts'

/** A need and the command line for it, without the program's name. */
export type Example = readonly [need: string, line: string]

/** An option of one command. */
export type OptionSpec = {
  /** As commander writes them: `-f, --file <file>`, `--backup`. */
  readonly flags: string
  readonly help: string
  /** May be given several times. */
  readonly list?: boolean
  /** The words it takes, for help and completion; whoever reads the value refuses others. */
  readonly words?: readonly string[]
  /** What the daemon knows that completion offers: the targets or the named pools of a load balancer, or stored certificates. */
  readonly completes?: 'targets' | 'pools' | 'stored-certificates'
}

/**
 * Which options a command has beside its own: all have --no-color; `read` also the connection and --output, `change`
 * on top of that --no-wait and --dry-run, `connect` only the connection, `report` only --output, `plain` none.
 */
export type CommandKind = 'read' | 'change' | 'connect' | 'report' | 'plain'

/** One command. */
export type CommandSpec = {
  /** Its name and arguments: `get <names...>`. */
  readonly usage: string
  readonly summary: string
  readonly kind: CommandKind
  readonly examples: readonly Example[]
  readonly options?: readonly OptionSpec[]
  /** Options that are only known once other code is loaded; asked for when the command is the one that runs. */
  readonly loadOptions?: () => Promise<readonly OptionSpec[]>
  /** Hidden commands take any words and show up nowhere. */
  readonly hidden?: boolean
  /** Carries it out; answers the exit code, 0 where nothing else is said. Throws a `Failure` where it cannot. */
  readonly run: (call: Call) => Promise<number | undefined>
}

/** Commands under one word. */
export type GroupSpec = { readonly name: string; readonly summary: string; readonly entries: readonly EntrySpec[] }

export type EntrySpec = CommandSpec | GroupSpec

/** A heading of the program's help and what stands under it. */
export type Section = { readonly heading: string; readonly entries: readonly EntrySpec[] }

export function isGroup(entry: EntrySpec): entry is GroupSpec {
  return 'entries' in entry
}

/** The word a command or group is called by. */
export function nameOf(entry: EntrySpec): string {
  return isGroup(entry) ? entry.name : (entry.usage.split(' ')[0] ?? '')
}
