// The one error for what the world refuses: a file, a socket, a program, a peer. Not for a user's mistakes, not for bugs.

/**
 * The world said no. `message` is a sentence for a person; `code` a stable word for programs, in kebab-case;
 * `cause` what was thrown below, where there was something.
 */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: string

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
