// How far an order has come, step by step, for whoever watches.
import type { ChallengeKind } from './challenge.ts'

export type Step =
  | { readonly kind: 'account' }
  /** Its URL is worth keeping: with it an order that broke off goes on where it was. */
  | { readonly kind: 'order'; readonly url: string; readonly isResumed: boolean }
  | { readonly kind: 'challenge'; readonly name: string; readonly challenge: ChallengeKind }
  | { readonly kind: 'valid'; readonly name: string }
  | { readonly kind: 'finalize' }
  | { readonly kind: 'certificate'; readonly notAfter: string }
  /** What was published for a challenge could not be taken back. */
  | { readonly kind: 'left'; readonly name: string; readonly why: string }

/** It is waited for, so that what a step told is on disk before the next is taken. */
export type Report = (step: Step) => void | Promise<void>

/** `challenge www.example.com http-01`; no URL and no token stands in it. */
export function formatStep(step: Step): string {
  switch (step.kind) {
    case 'account':
    case 'finalize':
      return step.kind
    case 'order':
      return step.isResumed ? 'order resumed' : 'order'
    case 'challenge':
      return `challenge ${step.name} ${step.challenge}`
    case 'valid':
      return `valid ${step.name}`
    case 'certificate':
      return `certificate until ${step.notAfter.slice(0, 10)}`
    case 'left':
      return `challenge ${step.name} could not be cleaned up: ${step.why}`
  }
}
