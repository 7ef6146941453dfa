// Reads a kontena.yml given as text, with the files it names given as texts too.
import { readStack } from '../../../src/sources/kontena/read-stack.ts'
import type { StackBalancer, StackService } from '../../../src/sources/kontena/stack-file-balancers.ts'
import { formatStackProblem } from '../../../src/sources/kontena/stack-file-problem.ts'

export type Given = {
  readonly environment?: Readonly<Record<string, string>>
  /** By their paths from the file's folder. */
  readonly files?: Readonly<Record<string, string>>
}

export type ReadText = {
  readonly balancers: readonly StackBalancer[] | null
  /** Each as "kind line key: message". */
  readonly problems: readonly string[]
  /** The service of this name, wherever it is balanced. */
  readonly service: (name: string) => StackService | undefined
}

/** Reads it as /home/shop/kontena.yml. */
export async function readStackText(text: string, { environment = {}, files = {} }: Given = {}): Promise<ReadText> {
  const input = { path: '/home/shop/kontena.yml', text, environment }
  const { balancers, problems } = await readStack(input, async (path) => files[path.replace('/home/shop/', '')] ?? null)
  return {
    balancers,
    problems: problems.map((problem) => `${problem.kind} ${formatStackProblem(problem).replace('/home/shop/', '')}`),
    service: (name) => balancers?.flatMap(({ services }) => services).find((each) => each.name === name),
  }
}
