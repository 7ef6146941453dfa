// The commands as commander knows them: parsing, help and did-you-mean are its work.
import { Command, type CommanderError, Option } from 'commander'
import type { Failure } from '../io/failure.ts'
import { makeCall, OUTPUTS } from './call.ts'
import { type CommandKind, type CommandSpec, type EntrySpec, isGroup, nameOf, type OptionSpec } from './command-spec.ts'
import { usageFailure } from './refusal.ts'
import type { Terminal } from './terminal.ts'

/** What all commands of one program share. */
export type Setting = {
  readonly program: string
  readonly terminal: Terminal
  /** Told the exit code of the command that ran. */
  readonly done: (exitCode: number) => void
}

const CONNECTION: readonly OptionSpec[] = [
  { flags: '--state-dir <dir>', help: 'state directory of the daemon to talk to' },
  { flags: '--api <url>', help: 'address of the API, instead of the unix socket' },
  { flags: '--api-key-file <file>', help: 'file that holds the API key' },
]
const OUTPUT: OptionSpec = { flags: '-o, --output <format>', help: 'how to print', words: OUTPUTS }
const CHANGE: readonly OptionSpec[] = [
  { flags: '--no-wait', help: 'return when the change is stored, before it is live' },
  { flags: '--dry-run', help: 'print what would change, and change nothing' },
]
const COLOUR: OptionSpec = { flags: '--no-color', help: 'print without colour' }

const OF_KIND: Readonly<Record<CommandKind, readonly OptionSpec[]>> = {
  change: [...CHANGE, OUTPUT, ...CONNECTION, COLOUR],
  read: [OUTPUT, ...CONNECTION, COLOUR],
  connect: [...CONNECTION, COLOUR],
  report: [OUTPUT, COLOUR],
  plain: [COLOUR],
}

const specs = new WeakMap<Command, CommandSpec>()

/** A command or a group with everything below it. */
export function makeEntry(entry: EntrySpec, setting: Setting, parents: readonly string[]): Command {
  const path = [...parents, nameOf(entry)]
  const command = isGroup(entry) ? new Command(entry.name) : makeLeaf(entry, setting, path)
  prepare(command, setting, path)
  command.summary(entry.summary).description(`${entry.summary}.`)
  // Whatever is asked of a hidden command, it answers itself.
  if (!isGroup(entry)) return entry.hidden ? command.helpOption(false) : command
  addHiddenOptions(command)
  for (const inner of entry.entries) command.addCommand(makeEntry(inner, setting, path), { hidden: isHidden(inner) })
  return command
}

/** What the program itself and every command have in common: where text goes, and that nothing exits by itself. */
export function prepare(command: Command, { terminal, program }: Setting, path: readonly string[]): void {
  command
    .helpCommand(false)
    .enablePositionalOptions()
    .configureHelp({ subcommandTerm: formatTerm })
    .configureOutput({
      writeOut: terminal.out,
      writeErr: () => undefined,
      getOutHelpWidth: () => terminal.columns ?? 100,
      getOutHasColors: () => false,
    })
    .helpOption('-h, --help', 'print this help')
    .exitOverride((error) => {
      if (error.code === 'commander.help') command.outputHelp()
      throw error.exitCode === 0 || error.code === 'commander.help'
        ? new HelpShown()
        : toUsageFailure(error, command, program, path)
    })
}

/** Thrown once help or the version is printed: there is nothing else to do. */
export class HelpShown extends Error {}

/** Options that come from other code are fetched only for the command that runs. */
export async function loadOptions(command: Command): Promise<void> {
  const spec = specs.get(command)
  if (!spec?.loadOptions) return
  addOptions(command, await spec.loadOptions(), 'Options:')
  addOptions(command, OF_KIND[spec.kind], 'Global options:')
}

/** The program and its groups take what every command takes, and leave it to the commands to list it. */
export function addHiddenOptions(command: Command): void {
  for (const spec of GLOBAL_OPTIONS) command.addOption(makeOption(spec).hideHelp())
}

/** The options a command has beside its own. */
export function optionsOfKind(kind: CommandKind): readonly OptionSpec[] {
  return OF_KIND[kind]
}

/** The options every command understands, also before the command's name. */
export const GLOBAL_OPTIONS = OF_KIND.read

function makeLeaf(spec: CommandSpec, setting: Setting, path: readonly string[]): Command {
  const [name, ...words] = spec.usage.split(' ')
  const command = new Command(name)
  for (const word of words) command.argument(word)
  specs.set(command, spec)
  if (spec.hidden) command.allowUnknownOption().passThroughOptions()
  addOptions(command, spec.options ?? [], 'Options:')
  if (!spec.loadOptions) addOptions(command, OF_KIND[spec.kind], 'Global options:')
  command.addHelpText('after', () => formatExamples(spec, setting.program))
  return command.action(async () => {
    const call = makeCall(setting.terminal, {
      name: path.join(' '),
      words: command.args,
      options: collectOptions(command),
    })
    setting.done((await spec.run(call)) ?? 0)
  })
}

function addOptions(command: Command, options: readonly OptionSpec[], heading: string): void {
  for (const spec of options) command.addOption(makeOption(spec).helpGroup(heading))
}

function makeOption({ flags, help, list, words }: OptionSpec): Option {
  const option = new Option(flags, words ? `${help}: ${words.join(', ')}` : list ? `${help} (repeatable)` : help)
  if (list) option.argParser((value: string, before: readonly string[] = []) => [...before, value])
  return option
}

/** What was given at any level; what stands nearer to the command wins. */
function collectOptions(command: Command): Record<string, unknown> {
  const above = command.parent ? collectOptions(command.parent) : {}
  const given = Object.entries(command.opts()).filter(([key]) => command.getOptionValueSource(key) !== 'default')
  return { ...above, ...Object.fromEntries(given) }
}

function formatExamples({ examples }: CommandSpec, program: string): string {
  if (examples.length === 0) return ''
  const lines = examples.map(([need, line]) => `  # ${need}\n  ${line.replaceAll('PROGRAM', program)}`)
  return `\nExamples:\n${lines.join('\n')}`
}

/** "get <names...>": that every command has options goes without saying. */
function formatTerm(command: Command): string {
  const words = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`
    return argument.required ? `<${name}>` : `[${name}]`
  })
  return [command.name(), ...words].join(' ')
}

function isHidden(entry: EntrySpec): boolean {
  return !isGroup(entry) && entry.hidden === true
}

/** commander's own words as one sentence: "lb: unknown command 'lst'; did you mean list?". */
function toUsageFailure(error: CommanderError, command: Command, program: string, path: readonly string[]): Failure {
  const [, said = '', near] = /^(?:error: )?(.*?)\.?(?:\n\(Did you mean (.*)\?\))?$/s.exec(error.message) ?? []
  const help = `\`${[program, ...path].join(' ')} --help\` shows what there is`
  const where = path.length > 0 ? `${path.join(' ')}: ` : ''
  const elsewhere = findElsewhere(said, command, path)
  const hint = elsewhere ?? near
  return usageFailure(`${where}${said.replaceAll('. ', ', ')}; ${hint ? `did you mean ${hint}?` : help}`)
}

/** A command of this very name one group further down: "lb list" for a mere "list". */
function findElsewhere(said: string, command: Command, path: readonly string[]): string | undefined {
  const word = /^unknown command '(.*)'/.exec(said)?.[1]
  const group = command.commands.find((one) => one.commands.some((inner) => inner.name() === word))
  return group && word !== undefined ? [...path, group.name(), word].join(' ') : undefined
}
