// Walks over a template's tokens, and knows which variables are there and how deep the reader is.
import { type Steps, stopAt } from './fault.ts'
import type { Token, TokenKind } from './lex-template.ts'

/** How deep blocks and parentheses may stand in each other. */
export const MAX_NESTING = 100

/** How many variables may be set at one place. */
const MAX_VARIABLES = 500

const END: Token = { kind: 'end', text: '', position: 0 }

/** The tokens from here on. */
export class TokenReader {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0
  /** The variables that may be used here; `$` is always there. */
  variables: string[] = ['$']
  /** How many `range` blocks of this definition stand around. */
  ranges = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  peek(): Token {
    return this.#tokens[this.#at] ?? this.#tokens.at(-1) ?? END
  }

  next(): Token {
    const token = this.peek()
    this.#at++
    return token
  }

  /** The next token that is no blank, without taking it; blanks before it are taken. */
  peekWord(): Token {
    while (this.peek().kind === 'space') this.#at++
    return this.peek()
  }

  nextWord(): Token {
    this.peekWord()
    return this.next()
  }

  /** Whether these kinds come next, blanks not counted; takes nothing. */
  foresees(...kinds: readonly TokenKind[]): boolean {
    let at = this.#at
    return kinds.every((kind) => {
      while (this.#tokens[at]?.kind === 'space') at++
      return this.#tokens[at++]?.kind === kind
    })
  }

  /** Takes a token of this kind; `wanted` says it to a person. */
  *expect(kind: TokenKind, wanted: string): Steps<Token> {
    const token = this.nextWord()
    return token.kind === kind ? token : yield* unexpected(token, wanted)
  }

  /** Knows these variables from here to the end of their block. */
  *declare(position: number, names: readonly string[]): Steps<void> {
    this.variables.push(...names)
    if (this.variables.length > MAX_VARIABLES)
      yield* stopAt(position, `more than ${MAX_VARIABLES} variables are set at once; set fewer, or in blocks`)
  }

  /** Runs a part that stands one deeper. */
  *inside<T>(position: number, part: () => Steps<T>): Steps<T> {
    if (this.#depth >= MAX_NESTING)
      return yield* stopAt(position, `blocks and parentheses stand more than ${MAX_NESTING} deep in each other`)
    this.#depth++
    const value = yield* part()
    this.#depth--
    return value
  }
}

/** Stops at a token that cannot stand here; `wanted` says what can. */
export function* unexpected(token: Token, wanted: string): Steps<never> {
  if (token.kind === 'fault') return yield* stopAt(token.position, token.text)
  const found =
    token.kind === 'end' ? 'the template ends here' : `${JSON.stringify(token.text.slice(0, 40))} stands here`
  return yield* stopAt(token.position, `${found}; expected ${wanted}`)
}
