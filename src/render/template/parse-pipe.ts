// What stands inside an action: variables, and commands with their arguments.
import { toBytes } from './bytes.ts'
import { type Steps, stopAt } from './fault.ts'
import { FUNCTIONS } from './functions.ts'
import type { Token } from './lex-template.ts'
import { parseNumber, parseRune, parseString } from './literals.ts'
import { type TokenReader, unexpected } from './token-reader.ts'
import type { Command, FieldName, Operand, Pipe } from './tree.ts'

const A_VALUE = 'a field, $variable, function, literal or parenthesis'

/** Reads a pipeline up to and with what ends it; only `range` may declare two variables. */
export function* parsePipe(reader: TokenReader, end: 'close' | 'right', isRange = false): Steps<Pipe> {
  const { position } = reader.peekWord()
  const { variables, assigns } = yield* parseVariables(reader, isRange)
  const commands: Command[] = []
  while (reader.peekWord().kind !== end) {
    const command = yield* parseCommand(reader)
    const [first] = command
    if (commands.length > 0 && ['dot', 'nil', 'literal'].includes(first.kind))
      return yield* stopAt(first.position, 'what follows a | is a function, which gets the value before it')
    commands.push(command)
  }
  const closed = reader.next()
  if (commands.length === 0) return yield* stopAt(closed.position, `nothing stands here; expected ${A_VALUE}`)
  return { position, variables, assigns, commands }
}

function* parseVariables(reader: TokenReader, isRange: boolean): Steps<Pick<Pipe, 'variables' | 'assigns'>> {
  const one = reader.foresees('variable', 'assign') || reader.foresees('variable', 'declare')
  if (!one && !reader.foresees('variable', 'comma')) return { variables: [], assigns: false }
  const names = [reader.nextWord()]
  const separator = reader.nextWord()
  if (separator.kind === 'comma') {
    if (!isRange) return yield* stopAt(separator.position, 'only range sets two variables; write one')
    names.push(yield* reader.expect('variable', 'a second $variable'))
  }
  const operator = separator.kind === 'comma' ? reader.nextWord() : separator
  if (operator.kind !== 'assign' && operator.kind !== 'declare')
    return yield* unexpected(operator, ':= or = and the values to range over')
  const variables = names.map(({ text }) => toBytes(text))
  const isNew = (name: string) => operator.kind === 'declare' || !reader.variables.includes(name)
  yield* reader.declare(operator.position, variables.filter(isNew))
  return { variables, assigns: operator.kind === 'assign' }
}

function* parseCommand(reader: TokenReader): Steps<Command> {
  const words: Operand[] = []
  for (;;) {
    const { kind } = reader.peekWord()
    if (kind === 'close' || kind === 'right' || kind === 'pipe') break
    words.push(yield* parseOperand(reader))
    const after = reader.peek()
    if (!['space', 'close', 'right', 'pipe'].includes(after.kind))
      return yield* unexpected(after, 'a space before the next value')
  }
  const ended = reader.peek()
  if (ended.kind === 'pipe') reader.next()
  const [first, ...others] = words
  if (!first) return yield* unexpected(ended, A_VALUE)
  return [first, ...others]
}

function* parseOperand(reader: TokenReader): Steps<Operand> {
  const term = yield* parseTerm(reader)
  const path: FieldName[] = []
  while (reader.peek().kind === 'field') path.push(fieldOf(reader.next()))
  const [first] = path
  if (!first) return term
  if (term.kind === 'field' || term.kind === 'variable') return { ...term, path: [...term.path, ...path] }
  if (term.kind === 'chain' || term.kind === 'function' || term.kind === 'pipe')
    return { kind: 'chain', position: first.position, of: term, path }
  return yield* stopAt(first.position, `.${first.name} follows a value that has no fields`)
}

function fieldOf({ text, position }: Token): FieldName {
  return { name: toBytes(text.slice(1)), position }
}

function* parseTerm(reader: TokenReader): Steps<Operand> {
  const token = reader.nextWord()
  const { kind, text, position } = token
  if (kind === 'dot') return { kind: 'dot', position }
  if (kind === 'field') return { kind: 'field', path: [fieldOf(token)], position }
  if (kind === 'variable') return yield* parseVariable(reader, token)
  if (kind === 'keyword' && text === 'nil') return { kind: 'nil', position }
  if (kind === 'word') return yield* parseWord(token)
  if (kind === 'left') {
    const pipe = yield* reader.inside(position, () => parsePipe(reader, 'right'))
    return { kind: 'pipe', pipe, position }
  }
  return yield* parseLiteral(token)
}

function* parseVariable(reader: TokenReader, { text, position }: Token): Steps<Operand> {
  const name = toBytes(text)
  if (reader.variables.includes(name)) return { kind: 'variable', name, path: [], position }
  return yield* stopAt(
    position,
    `the variable ${text} is not set here; set it before with {{${text} := VALUE}}, in this block or one around it`,
  )
}

function* parseWord({ text, position }: Token): Steps<Operand> {
  if (text === 'true' || text === 'false') return { kind: 'literal', value: text === 'true', source: text, position }
  if (Object.hasOwn(FUNCTIONS, text)) return { kind: 'function', name: text, position }
  const known = Object.keys(FUNCTIONS).sort().join(', ')
  return yield* stopAt(position, `"${text}" is no function; a field is written .${text}; functions are ${known}`)
}

function* parseLiteral(token: Token): Steps<Operand> {
  const { kind, text, position } = token
  if (kind !== 'string' && kind !== 'raw' && kind !== 'rune' && kind !== 'number')
    return yield* unexpected(token, A_VALUE)
  const read = kind === 'number' ? parseNumber(text) : kind === 'rune' ? parseRune(text) : parseString(text)
  if (!read.ok) return yield* stopAt(position, read.message)
  return { kind: 'literal', value: read.value, source: text, position }
}
