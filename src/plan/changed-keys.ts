// What two versions of a thing differ in.

const SPOKEN: Readonly<Record<string, string>> = {
  stickiness: 'sticky',
  customLines: 'customSettings',
  mode: 'type',
  acceptProxy: 'proxyProtocol',
  switches: 'conditions of routes',
  detours: 'split or fallback',
}

/** Keys the two differ in, in the words a user writes. */
export function findChangedKeys<T>(before: T, after: T, keys: readonly (keyof T & string)[]): string[] {
  return keys
    .filter((key) => before[key] !== after[key] && JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .map((key) => SPOKEN[key] ?? key)
}
