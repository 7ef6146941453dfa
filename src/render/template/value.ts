// What a template works on: Go's values, as far as templates can meet them.

/** A struct of Go's: the fields a template may name. */
export type Struct = { readonly kind: 'struct'; readonly type: string; readonly fields: ReadonlyMap<string, Value> }

/** A slice of Go's; `type` as Go writes it, for example `[]main.Backend`. */
export type List = { readonly kind: 'list'; readonly type: string; readonly items: readonly Value[] }

/** A map from strings to anything. */
export type Dictionary = { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Value> }

/** null is nil; a bigint is an int, a number a float64, a string bytes. */
export type Value = null | boolean | string | bigint | number | Struct | List | Dictionary

export function isStruct(value: Value): value is Struct {
  return value !== null && typeof value === 'object' && value.kind === 'struct'
}

export function isList(value: Value): value is List {
  return value !== null && typeof value === 'object' && value.kind === 'list'
}

export function isMap(value: Value): value is Dictionary {
  return value !== null && typeof value === 'object' && value.kind === 'map'
}

/** A value's type as Go names it. */
export function typeOf(value: Value): string {
  if (value === null) return '<nil>'
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'number') return 'float64'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'string') return 'string'
  return value.kind === 'map' ? 'map[string]interface {}' : value.type
}

/** A value as a sentence names it: `the text "a"`, `a list`. */
export function describe(value: Value): string {
  if (value === null) return 'nothing (nil)'
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, 40))}`
  if (typeof value !== 'object') return `${typeOf(value)} ${value}`
  return value.kind === 'list' ? 'a list' : value.kind === 'map' ? 'a map' : 'a struct'
}

/** Whether `if` and `with` take a value as true: what is not false, 0, nil or empty. */
export function isTrue(value: Value): boolean {
  if (value === null || typeof value !== 'object') return typeof value === 'number' ? value !== 0 : Boolean(value)
  if (value.kind === 'struct') return true
  return value.kind === 'list' ? value.items.length > 0 : value.entries.size > 0
}

/** A map's entries by key, in the order of bytes. */
export function sortedEntries({ entries }: Dictionary): [string, Value][] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}

/** How many bytes of text a value holds, roughly: what it costs to print or compare it. */
export function weigh(value: Value): number {
  if (typeof value === 'string') return value.length
  if (value === null || typeof value !== 'object') return 8
  if (value.kind === 'list') return value.items.reduce<number>((sum, item) => sum + weigh(item), 8)
  const inner = value.kind === 'map' ? value.entries : value.fields
  return [...inner].reduce<number>((sum, [name, item]) => sum + name.length + weigh(item), 8)
}
