// What the CLI itself refuses, and the exit code of every failure.
import { ApiError } from '../api/client.ts'
import { Failure } from '../io/failure.ts'

/** The exit codes, as documented in docs/cli.md. */
export const EXIT = { done: 0, failed: 1, usage: 2, notFound: 3, conflict: 4, invalid: 5 } as const

/** One thing that is wrong with an input: where, and why. */
export type Detail = { readonly path: string; readonly message: string }

/** An input that cannot be taken; nothing was changed. */
export class RefusedInput extends Failure {
  readonly details: readonly Detail[]

  /** `heading` counts where there are several details; a single one is told in its own words. */
  constructor(heading: string, details: readonly Detail[], code: 'invalid' | 'conflict' = 'invalid') {
    const [only] = details
    super(code, details.length === 1 && only ? formatDetail(only) : heading)
    this.details = details.length === 1 ? [] : details
  }
}

/** A command line that says something the program does not understand. */
export function usageFailure(message: string): Failure {
  return new Failure('usage', message)
}

/** "spec.port: 0 is too small; use 1 to 65535". */
export function formatDetail({ path, message }: Detail): string {
  return path === '' ? message : `${path}: ${message}`
}

/** What went wrong in detail, where a failure tells it. */
export function findDetails(error: unknown): readonly Detail[] {
  if (error instanceof RefusedInput) return error.details
  if (!(error instanceof ApiError)) return []
  return error.details.filter(({ message }) => error.details.length > 1 || !error.message.includes(message))
}

/** The exit code that a script sees for a failure. */
export function findExitCode(error: unknown): number {
  if (error instanceof ApiError) return exitCodeOfStatus(error.status)
  const code = error instanceof Failure ? error.code : ''
  if (code === 'usage') return EXIT.usage
  if (code === 'conflict') return EXIT.conflict
  return code === 'invalid' ? EXIT.invalid : EXIT.failed
}

function exitCodeOfStatus(status: number): number {
  if (status === 404) return EXIT.notFound
  if (status === 409 || status === 412) return EXIT.conflict
  return status === 400 || status === 413 || status === 422 ? EXIT.invalid : EXIT.failed
}
