// When a certificate is to be renewed: by how much of its life is over, as its CA wishes, and never so late that it may end.

/** Of a life, how much is used before renewal: of a short one less, so that there is time to try again. */
const USED = 2 / 3
const USED_OF_SHORT = 1 / 2
const SHORT_MS = 10 * 86_400_000

/** Renewals are spread over this share of a life before that, so that many made together do not return together. */
const SPREAD = 1 / 20

/** With less than this share of its life left it is renewed whatever the CA suggests (certmagic does the same). */
const EMERGENCY_LEFT = 1 / 20

/** A certificate's life, and what is known besides. Times in ISO 8601. */
export type RenewalQuestion = {
  readonly notBefore: string
  readonly notAfter: string
  /** What the CA suggests (ARI); null where it suggests nothing. */
  readonly window: { readonly start: string; readonly end: string } | null
  /** From 0 to 1, drawn once for the certificate: the same one gives the same moment each time. */
  readonly chance: number
}

/** `age`: its share of life is used; `window`: the CA suggests it; `emergency`: it may not wait any longer. */
export type RenewalTime = { readonly at: string; readonly reason: 'age' | 'window' | 'emergency' }

/** The moment of renewal, which is now (`nowMs`, since 1970) where it has passed. */
export function findRenewalTime({ notBefore, notAfter, window, chance }: RenewalQuestion, nowMs: number): RenewalTime {
  const [start, end] = [Date.parse(notBefore), Date.parse(notAfter)]
  const lifeMs = Math.max(0, end - start)
  const used = lifeMs < SHORT_MS ? USED_OF_SHORT : USED
  const lastMs = end - lifeMs * EMERGENCY_LEFT
  const wishedMs = window ? within(window, chance) : start + lifeMs * (used - SPREAD * chance)
  const isLate = nowMs >= lastMs || wishedMs > lastMs
  const atMs = Math.max(nowMs, Math.min(wishedMs, lastMs))
  return { at: new Date(atMs).toISOString(), reason: isLate ? 'emergency' : window ? 'window' : 'age' }
}

/** RFC 9773 section 4.2: a random moment of it. */
function within({ start, end }: { readonly start: string; readonly end: string }, chance: number): number {
  const from = Date.parse(start)
  return from + (Date.parse(end) - from) * chance
}
