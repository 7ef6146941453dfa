// Waiting for something to become true, never longer than asked and never by luck.
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from './failure.ts'

/** How long to wait, how often to look, and for what, in words that end the sentence "waited 5000 ms for …". */
export type Wait = {
  readonly timeoutMs: number
  readonly what: string
  /** Between two looks; 20 unless told otherwise. */
  readonly intervalMs?: number
  /** Ends the wait early with the signal's own reason. */
  readonly signal?: AbortSignal
}

/**
 * Looks until the condition answers something truthy, and answers that. A condition that hangs is given up too.
 * Failure `timeout` after `timeoutMs`; whatever the condition throws passes through.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs, intervalMs = 20, signal, what }: Wait,
): Promise<NonNullable<T>> {
  signal?.throwIfAborted()
  const expiry = Promise.withResolvers<never>()
  const expire = () => expiry.reject(new Failure('timeout', `waited ${timeoutMs} ms for ${what}`))
  const abort = () => expiry.reject(signal?.reason)
  const timer = setTimeout(expire, timeoutMs)
  signal?.addEventListener('abort', abort, { once: true })
  try {
    for (;;) {
      const answer = await Promise.race([expiry.promise, condition()])
      if (answer) return answer
      await Promise.race([expiry.promise, sleep(intervalMs)])
    }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}
