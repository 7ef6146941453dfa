// The value of a pipeline: fields, variables, functions and their arguments, by Go's rules.
import { fromBytes } from './bytes.ts'
import { type Steps, stopAt } from './fault.ts'
import { FUNCTIONS } from './functions.ts'
import type { Limits } from './limits.ts'
import type { Command, FieldName, Operand, Pipe } from './tree.ts'
import { describe, isMap, isStruct, isTrue, type Value, weigh } from './value.ts'

/** The variables of one template, the newest last. */
export type Frame = {
  readonly variables: { readonly name: string; readonly value: Value }[]
  readonly limits: Limits
}

/** Gives the newest variable of this name another value; false where there is none. */
export function setVariable({ variables }: Frame, name: string, value: Value): boolean {
  const at = variables.findLastIndex((variable) => variable.name === name)
  if (at >= 0) variables[at] = { name, value }
  return at >= 0
}

/** A pipeline's value; its variables are set. */
export function* evaluatePipe(frame: Frame, dot: Value, pipe: Pipe): Steps<Value> {
  return yield* frame.limits.inside(pipe.position, () => runPipe(frame, dot, pipe))
}

function* runPipe(frame: Frame, dot: Value, pipe: Pipe): Steps<Value> {
  let value: Value | undefined
  for (const command of pipe.commands) value = yield* evaluateCommand(frame, dot, command, value)
  const result = value ?? null
  for (const name of pipe.variables) {
    if (!pipe.assigns) frame.variables.push({ name, value: result })
    else if (!setVariable(frame, name, result)) return yield* stopUnset(pipe.position, name)
  }
  return result
}

function* stopUnset(position: number, name: string): Steps<never> {
  return yield* stopAt(position, `the variable ${fromBytes(name)} is not set here; set it first with :=`)
}

/** `last` is what the command before it answered; undefined for the first one. */
function* evaluateCommand(frame: Frame, dot: Value, command: Command, last: Value | undefined): Steps<Value> {
  const [first, ...others] = command
  if (first.kind === 'function') return yield* callFunction(frame, dot, first, others, last)
  if (first.kind === 'nil')
    return yield* stopAt(first.position, 'nil alone is no value to show; it can only be compared')
  if (others.length > 0 || last !== undefined)
    return yield* stopAt(
      first.position,
      'only functions take arguments; this is a value, so nothing may follow it or be piped into it',
    )
  return yield* evaluateOperand(frame, dot, first)
}

function* evaluateOperand(frame: Frame, dot: Value, operand: Operand): Steps<Value> {
  yield* frame.limits.step(operand.position)
  if (operand.kind === 'dot') return dot
  if (operand.kind === 'nil') return null
  if (operand.kind === 'literal') return operand.value
  if (operand.kind === 'function') return yield* callFunction(frame, dot, operand, [], undefined)
  if (operand.kind === 'pipe') return yield* evaluatePipe(frame, dot, operand.pipe)
  if (operand.kind === 'field') return yield* fieldsOf(dot, operand.path)
  if (operand.kind === 'chain') return yield* fieldsOf(yield* evaluateOperand(frame, dot, operand.of), operand.path)
  const variable = frame.variables.findLast(({ name }) => name === operand.name)
  if (!variable) return yield* stopUnset(operand.position, operand.name)
  return yield* fieldsOf(variable.value, operand.path)
}

/** Goes along fields: a field a struct does not have is a fault, a key a map does not have is nil. */
function* fieldsOf(from: Value, path: readonly FieldName[]): Steps<Value> {
  let value = from
  for (const { name, position } of path) {
    if (value === null) continue
    if (isMap(value)) {
      value = value.entries.get(name) ?? null
      continue
    }
    const found: Value | undefined = isStruct(value) ? value.fields.get(name) : undefined
    if (found === undefined) return yield* stopAt(position, explainField(value, fromBytes(name)))
    value = found
  }
  return value
}

function explainField(value: Value, name: string): string {
  if (isStruct(value))
    return `.${name} is no field here; fields are ${[...value.fields.keys()].map((field) => `.${field}`).join(', ')}`
  const advice = value !== null && typeof value === 'object' ? '; go over it with range' : ''
  return `.${name} is asked of ${describe(value)}, which has no fields${advice}`
}

type Named = Extract<Operand, { readonly kind: 'function' }>

function* callFunction(
  frame: Frame,
  dot: Value,
  { name, position }: Named,
  operands: readonly Operand[],
  last: Value | undefined,
): Steps<Value> {
  const called = FUNCTIONS[name]
  if (!called) return yield* stopAt(position, `"${name}" is no function`)
  const given = operands.length + (last === undefined ? 0 : 1)
  if (given < called.least || given > (called.most ?? Number.POSITIVE_INFINITY))
    return yield* stopAt(position, `${name} takes ${formatArity(called)}; ${given} given`)
  const values: Value[] = []
  let bytes = 0
  for (const operand of operands) {
    const value = yield* evaluateOperand(frame, dot, operand)
    if ('stopsOn' in called && isTrue(value) === called.stopsOn) return value
    values.push(value)
  }
  if (last !== undefined) values.push(last)
  if ('stopsOn' in called) return values.at(-1) ?? null
  for (const value of values) bytes += weigh(value)
  yield* frame.limits.step(position, bytes)
  const answer = called.run(...values)
  if (!answer.ok) return yield* stopAt(position, `${name}: ${answer.message}`)
  yield* frame.limits.step(position, typeof answer.value === 'string' ? answer.value.length : 0)
  return answer.value
}

function formatArity({ least, most }: { least: number; most?: number }): string {
  const count = most === undefined ? `at least ${least}` : String(least)
  return `${count} ${least === 1 ? 'argument' : 'arguments'}`
}
