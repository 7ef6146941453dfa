// Go's comparisons of two values, with its refusals: nothing is converted.
import { accepted, type Parsed, refused } from '../../model/parsed.ts'
import { describe, typeOf, type Value } from './value.ts'

type Basic = string | boolean | bigint | number

function isBasic(value: Value): value is Basic {
  return value !== null && typeof value !== 'object'
}

/** Whether two values are equal; values of two types cannot be compared. */
export function parseEqual(one: Value, other: Value): Parsed<boolean> {
  if (one === null || other === null) return accepted(one === other)
  if (isBasic(one) || isBasic(other)) {
    if (typeof one === typeof other) return accepted(one === other)
    return refused(
      `${describe(one)} and ${describe(other)} are of two types; compare values of one type${hint(one, other)}`,
    )
  }
  if (isComparable(one) && isComparable(other)) return accepted(isSame(one, other))
  return refused(`${describe(one)} and ${describe(other)} cannot be compared; compare a field of them, or their len`)
}

function hint(one: Value, other: Value): string {
  const text = [one, other].find((value) => typeof value === 'string')
  const number = [one, other].find((value) => typeof value === 'bigint')
  return text !== undefined && number !== undefined ? `: write (print NUMBER) for the number` : ''
}

/** As in Go: a struct without lists and maps. */
function isComparable(value: Value): boolean {
  if (value === null || isBasic(value)) return true
  return value.kind === 'struct' && [...value.fields.values()].every(isComparable)
}

function isSame(one: Value, other: Value): boolean {
  if (one === null || other === null || isBasic(one) || isBasic(other)) return one === other
  if (one.kind !== 'struct' || other.kind !== 'struct' || one.type !== other.type) return false
  return [...one.fields].every(([name, value]) => isSame(value, other.fields.get(name) ?? null))
}

/** Whether the first value is less than the second: numbers of one type, or texts by their bytes. */
export function parseLess(one: Value, other: Value): Parsed<boolean> {
  if (!isBasic(one) || !isBasic(other) || typeof one === 'boolean' || typeof other === 'boolean') {
    const odd = isBasic(one) && typeof one !== 'boolean' ? other : one
    return refused(`${describe(odd)} has no order; only numbers and texts have`)
  }
  if (typeof one === typeof other) return accepted(one < other)
  return refused(`${typeOf(one)} and ${typeOf(other)} have no common order${hint(one, other)}`)
}
