// Asking a CA again until it has come to an end: as often as it likes, never longer than a few minutes.
import { AcmeFailure } from './acme-failure.ts'
import type { Session } from './session.ts'
import { backOff, pause } from './waits.ts'
import type { Answer } from './wire.ts'

/** The longest a Retry-After is slept through. */
const LONGEST_PAUSE_MS = 5000
/** Altogether: CAs look within seconds, and issue within a minute. */
const PATIENCE_MS = 180_000

/** What is asked for again and again. */
export type Following<T> = {
  readonly url: string
  /** As it stands after "the CA has not finished": "the order". */
  readonly what: string
  readonly signal: AbortSignal
  readonly read: (answer: Answer) => Promise<T>
  readonly isDone: (value: T) => boolean
  /** An answer that is there already: it is not asked for at once. */
  readonly first?: Answer
}

/**
 * The first value that is done. Failure `acme-pending` where the CA wants to be left alone for longer than a few seconds
 * or does not come to an end within 3 minutes: it goes on by itself, and `retryAt` says when to look again.
 */
export async function follow<T>(
  session: Session,
  { url, what, signal, read, isDone, first }: Following<T>,
): Promise<T> {
  let answer = first
  let leftMs = PATIENCE_MS
  for (let attempt = 0; ; attempt++) {
    answer ??= await session.post(url, null, { what, signal })
    const value = await read(answer)
    if (isDone(value)) return value
    const ownMs = backOff(attempt, { firstMs: 100, mostMs: LONGEST_PAUSE_MS, chance: session.random() })
    // A CA that says 0 is not asked without a pause.
    const waitMs = Math.max(ownMs, session.retryAfterOf(answer) ?? 0)
    if (waitMs > LONGEST_PAUSE_MS || leftMs <= 0) throw pending(answer.host, what, session.now() + waitMs)
    leftMs -= waitMs
    await pause(waitMs, signal)
    answer = undefined
  }
}

function pending(host: string, what: string, retryAtMs: number): AcmeFailure {
  const retryAt = new Date(retryAtMs).toISOString()
  return new AcmeFailure({
    code: 'acme-pending',
    message: `${host} has not finished ${what} yet; look again after ${retryAt.slice(0, 19).replace('T', ' ')} UTC`,
    retryAt,
  })
}
