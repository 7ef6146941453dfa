// One command line from its words to its exit code; every failure ends here as a sentence.
import { Failure } from '../io/failure.ts'
import { oneLine } from './format/display.ts'
import { HelpShown } from './make-command.ts'
import { makeProgram } from './program.ts'
import { EXIT, findDetails, findExitCode, formatDetail } from './refusal.ts'
import type { Terminal } from './terminal.ts'

/** Runs the words a user typed after the program's name. Never throws; answers the exit code. */
export async function runCli(words: readonly string[], terminal: Terminal): Promise<number> {
  const program = terminal.env['FAIRLEAD_PROGRAM'] === 'agentmetal' ? 'agentmetal' : 'fairlead'
  let exitCode: number = EXIT.done
  try {
    const command = makeProgram({ program, terminal, done: (code) => (exitCode = code) })
    await command.parseAsync(askForHelp(words), { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof HelpShown) return EXIT.done
    terminal.err(formatError(program, error, terminal.env['FAIRLEAD_DEBUG'] === '1'))
    return findExitCode(error)
  }
}

/** `help lb create` is `lb create --help`. */
function askForHelp(words: readonly string[]): string[] {
  return words[0] === 'help' ? [...words.slice(1), '--help'] : [...words]
}

/** A failure for a person: one sentence, its details below; a bug says how to see its stack. */
function formatError(program: string, error: unknown, debug: boolean): string {
  const thrown = error instanceof Error ? error : new Error(String(error))
  const details = findDetails(thrown).map((detail) => `  ${oneLine(formatDetail(detail))}\n`)
  const stack = debug ? `${thrown.stack}\n` : ''
  const sentence = thrown instanceof Failure ? thrown.message : `a bug of ours: ${thrown.message}`
  const advice = thrown instanceof Failure || debug ? '' : '; please report it with what FAIRLEAD_DEBUG=1 shows'
  return `${program}: ${oneLine(sentence)}${advice}\n${details.join('')}${stack}`
}
