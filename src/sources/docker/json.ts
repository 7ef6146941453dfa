// Plain values as keys below keys, put together without touching what was there.

export type Json = { readonly [key: string]: unknown }

/** With a value at a path; null takes out what is there. */
export function withValue(object: Json, path: readonly string[], value: unknown): Json {
  const [key, ...rest] = path
  if (key === undefined) return object
  const others = Object.entries(object).filter(([name]) => name !== key)
  if (rest.length === 0 && value === null) return Object.fromEntries(others)
  const before = Object.hasOwn(object, key) ? object[key] : undefined
  const after = rest.length === 0 ? value : withValue(isObject(before) ? before : {}, rest, value)
  // Not by assignment: a key may be called __proto__.
  return Object.fromEntries([...others, [key, after]])
}

/** The same value with its keys in the alphabet's order, so that equal ones have equal texts. */
export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (!isObject(value)) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]))
}

/** Whether two values say the same. */
export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(sortKeys(a)) === JSON.stringify(sortKeys(b))
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
