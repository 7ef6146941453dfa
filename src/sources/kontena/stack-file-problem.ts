// What is wrong with a kontena.yml, each at its place.

/** Where something stands; `line` counts from 1. */
export type Place = { readonly file: string; readonly line: number }

/**
 * refused: the file cannot be followed, what it said before goes on to hold.
 * fault:   one service does not serve by it, the rest does.
 * remark:  it serves, and somebody should know.
 */
export type StackProblem = Place & {
  readonly kind: 'refused' | 'fault' | 'remark'
  /** `web.instances`; empty where it is no key's. */
  readonly key: string
  /** What was given, what is allowed, what to do. */
  readonly message: string
}

/** "kontena.yml:12: web.instances: …". */
export function formatStackProblem({ file, line, key, message }: StackProblem): string {
  return `${file}:${line}: ${key === '' ? '' : `${key}: `}${message}`
}

/** Collects them; the same one is kept once. */
export class StackProblems {
  readonly #all = new Map<string, StackProblem>()

  /** Answers the whole sentence. */
  add(kind: StackProblem['kind'], { file, line }: Place, key: string, message: string): string {
    const problem = { kind, file, line, key, message }
    const sentence = formatStackProblem(problem)
    this.#all.set(sentence, problem)
    return sentence
  }

  get isRefused(): boolean {
    return this.list().some(({ kind }) => kind === 'refused')
  }

  /** By file and line. */
  list(): StackProblem[] {
    return [...this.#all.values()].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line))
  }
}
