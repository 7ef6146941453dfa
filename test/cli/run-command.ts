// Runs one command line in this process, on a terminal made of strings.
import { runCli } from '../../src/cli/run-cli.ts'

export type Ran = { readonly exitCode: number; readonly out: string; readonly err: string }

export type Circumstances = {
  readonly stateDir?: string
  readonly env?: Readonly<Record<string, string>>
  /** A terminal this wide; none where left out. */
  readonly columns?: number
  readonly input?: string
}

/** Runs the words after the program's name; a text is split at spaces, quotes keep words together. */
export async function runCommand(line: string | readonly string[], given: Circumstances = {}): Promise<Ran> {
  const printed: { readonly out: string[]; readonly err: string[] } = { out: [], err: [] }
  const { stateDir, env = {}, columns = null, input = '' } = given
  const words = typeof line === 'string' ? splitWords(line) : line
  const exitCode = await runCli(words, {
    env: { ...(stateDir ? { FAIRLEAD_STATE_DIR: stateDir } : {}), ...env },
    columns,
    out: (piece) => void printed.out.push(piece),
    err: (piece) => void printed.err.push(piece),
    readInput: () => Promise.resolve(input),
    asks: false,
    readSecret: () => Promise.resolve(input),
    handOver: () => undefined,
  })
  return { exitCode, out: printed.out.join(''), err: printed.err.join('') }
}

export function splitWords(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}
