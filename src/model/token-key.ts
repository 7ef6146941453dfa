// Keys that tokens (JWT) are checked with: where they come from, and what is known of them.

/** Signatures HAProxy can check (RFC 7518). */
export const TOKEN_ALGORITHMS = [
  ...(['HS256', 'HS384', 'HS512'] as const),
  ...(['RS256', 'RS384', 'RS512'] as const),
  ...(['ES256', 'ES384', 'ES512'] as const),
] as const

export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number]

/** Where keys stand. `algorithm` null: what the key itself is made for. */
export type TokenKeySource =
  | { readonly kind: 'file' | 'jwks'; readonly path: string; readonly algorithm: TokenAlgorithm | null }
  | { readonly kind: 'text'; readonly pem: string; readonly algorithm: TokenAlgorithm | null }

/** A key as HAProxy needs it: the PEM text of a public one, or the bytes of a secret in hex. */
export type TokenKey = {
  /** A token that names a key is checked with that one alone; null: with any token. */
  readonly id: string | null
  readonly algorithm: TokenAlgorithm
} & (
  | { readonly kind: 'public'; readonly pem: string; readonly digest: string }
  | { readonly kind: 'secret'; readonly hex: string }
)

/** What is known of a source: the last good keys, and what is wrong with it now. */
export type KnownTokenKeys = {
  /** Empty where there never was a good one. */
  readonly keys: readonly TokenKey[]
  /** Why the source cannot be used as it is now; null when it can. */
  readonly trouble: string | null
}

/** The source as a key. */
export function formatTokenKeySource(source: TokenKeySource): string {
  return JSON.stringify(source)
}
