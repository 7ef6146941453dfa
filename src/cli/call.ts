// One call of a command: what the user gave, the daemon it talks to, and the paper it writes on.
import { readFile } from 'node:fs/promises'
import { type Client, createClient } from '../api/client.ts'
import { describeUnread } from '../io/describe-unread.ts'
import { Failure } from '../io/failure.ts'
import { outcomeOf } from '../io/outcome.ts'
import { findNearest } from '../spec/nearest.ts'
import { type Display, oneLine } from './format/display.ts'
import { usageFailure } from './refusal.ts'
import type { Terminal } from './terminal.ts'

export const OUTPUTS = ['table', 'json', 'yaml'] as const
export type Output = (typeof OUTPUTS)[number]

/** What a command is given to run. */
export type Call = {
  readonly program: 'fairlead' | 'agentmetal'
  readonly terminal: Terminal
  /** The command's own words: "lb sticky set". */
  readonly name: string
  /** Arguments in their order. */
  readonly words: readonly string[]
  /** Every option that was given, by its camelCase name. */
  readonly options: Options
  readonly output: Output
  /** false: answer when a change is stored, without waiting until it is live. */
  readonly wait: boolean
  readonly dryRun: boolean
  readonly display: Display
  readonly client: () => Promise<Client>
  /** Prints a value as JSON or YAML where asked for, else as `format` writes it for a person. */
  readonly show: (value: unknown, format: (display: Display) => string) => Promise<void>
  readonly print: (text: string) => void
  readonly warn: (message: string) => void
}

export type Options = Readonly<Record<string, unknown>>

/** For one answer of the API; a change that has to resolve names or drain takes a while to be live. */
const ANSWER_TIMEOUT_MS = 120_000

/** Puts a call together. Failure `usage` for an unknown --output. */
export function makeCall(
  terminal: Terminal,
  given: Pick<Call, 'name' | 'words' | 'options'>,
  answerTimeoutMs = ANSWER_TIMEOUT_MS,
): Call {
  const { options } = given
  const program = terminal.env['FAIRLEAD_PROGRAM'] === 'agentmetal' ? 'agentmetal' : 'fairlead'
  const output = readOutput(options)
  const display = makeDisplay(terminal, options)
  const print = (text: string) => terminal.out(text === '' || text.endsWith('\n') ? text : `${text}\n`)
  return {
    ...given,
    program,
    terminal,
    output,
    wait: options['wait'] !== false,
    dryRun: options['dryRun'] === true,
    display,
    client: () => openClient(terminal, options, answerTimeoutMs),
    show: async (value, format) => {
      if (output === 'json') print(JSON.stringify(value, null, 2))
      else if (output === 'yaml') print((await import('yaml')).stringify(value, { lineWidth: 0 }))
      else print(format(display))
    },
    print,
    warn: (message) => terminal.err(`warning: ${oneLine(message)}\n`),
  }
}

/** An option's text; undefined where it was not given. */
export function textOption({ options }: Call, name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

/** The texts of an option that may be given several times. */
export function textsOption({ options }: Call, name: string): readonly string[] {
  const value = options[name]
  return Array.isArray(value) ? value : []
}

/** The text of an option the command cannot do without. Failure `usage` where it is missing. */
export function requiredOption(call: Call, name: string): string {
  const text = textOption(call, name)
  if (text !== undefined) return text
  const flag = formatFlag(name)
  throw usageFailure(`${call.name} needs ${flag}; \`${call.program} ${call.name} --help\` shows how`)
}

/** `cookieName` as it is typed: `--cookie-name`. */
export function formatFlag(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** A number where the text is one; another text stays as it is, for the schema to refuse it in its own words. */
export function numberOption(call: Call, name: string): number | string | undefined {
  const text = textOption(call, name)
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : text
}

/** Reads a file, or standard input for `-`. Failure `file-not-read`. */
export async function readInputFile(call: Call, path: string): Promise<string> {
  if (path === '-') return call.terminal.readInput()
  const read = await outcomeOf(readFile(path, 'utf8'))
  if (read.ok) return read.value
  throw new Failure('file-not-read', `${path} cannot be read: ${describeUnread(read.error)}`, read.error)
}

async function openClient(terminal: Terminal, options: Options, fetchTimeoutMs: number): Promise<Client> {
  const text = (name: string) => (typeof options[name] === 'string' ? options[name] : undefined)
  const keyFile = text('apiKeyFile')
  const key = keyFile === undefined ? undefined : await outcomeOf(readFile(keyFile, 'utf8'))
  if (key?.ok === false) {
    const why = describeUnread(key.error)
    throw new Failure('file-not-read', `the key file ${keyFile} cannot be read: ${why}`, key.error)
  }
  return createClient({
    stateDir: text('stateDir'),
    api: text('api'),
    apiKey: key?.value.trim(),
    env: terminal.env,
    fetchTimeoutMs,
  })
}

function readOutput(options: Options): Output {
  const given = options['output'] ?? 'table'
  const known = OUTPUTS.find((output) => output === given)
  if (known) return known
  const near = findNearest(String(given), OUTPUTS)
  throw usageFailure(`-o ${given} is not one of ${OUTPUTS.join(', ')}${near ? `; did you mean ${near}?` : ''}`)
}

function makeDisplay({ env, columns }: Terminal, options: Options): Display {
  const colour = columns !== null && !env['NO_COLOR'] && env['TERM'] !== 'dumb' && options['color'] !== false
  return { columns, colour }
}
