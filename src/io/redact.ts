// Secrets are taken out of what is logged, by the names of their keys.

const SECRET_KEY = /(password|passphrase|token|key|secret|authorization)$/i

/** A copy of a JSON value in which what stands under a key that names a secret reads `(redacted)`. */
export function redact<T>(json: T): T {
  return redactValue(json) as T
}

function redactValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(redactValue)
  const pairs = Object.entries(value).map(([key, inner]) => [
    key,
    SECRET_KEY.test(key) ? '(redacted)' : redactValue(inner),
  ])
  return Object.fromEntries(pairs)
}
