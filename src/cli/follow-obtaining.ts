// Waits for certificates that are obtained, and tells each step on the way.
import { setTimeout as sleep } from 'node:timers/promises'
import type { ObtainedDomain } from '../api/wire.ts'
import type { Call } from './call.ts'
import { oneLine } from './format/display.ts'
import { EXIT } from './refusal.ts'

/** Between two looks, in milliseconds. */
const LOOK_MS = 150

/** How long anybody waits, in milliseconds; the daemon goes on. A CA may look at a name for minutes. */
const LONGEST_MS = 10 * 60_000

/** How it stands with the domains of a load balancer. */
export async function readObtained(call: Call, name: string): Promise<readonly ObtainedDomain[]> {
  const { status } = await (await call.client()).get(name)
  return status.tls?.obtained ?? []
}

/**
 * Waits until each domain has a certificate, or a try has failed since `before`; with `isAsked` until a try has ended for
 * each. Answers the exit code.
 */
export async function followObtaining(
  call: Call,
  name: string,
  { before, isAsked }: { readonly before: readonly ObtainedDomain[]; readonly isAsked: boolean },
): Promise<number> {
  const told = new Map<string, number>()
  const until = Date.now() + LONGEST_MS
  for (;;) {
    const now = await readObtained(call, name)
    for (const one of now) tellSteps(call, one, told)
    const open = now.filter(
      (one) =>
        !isDone(
          one,
          before.find(({ domain }) => domain === one.domain),
          isAsked,
        ),
    )
    if (open.length === 0) return tellEnd(call, now)
    if (Date.now() > until) {
      call.warn(
        `${open.map(({ domain }) => domain).join(', ')}: still under way; \`${call.program} lb tls get ${name}\` shows how far`,
      )
      return EXIT.failed
    }
    await sleep(LOOK_MS)
  }
}

/** A try is over; one that serves without trouble needs none, unless it was `asked` for. */
function isDone(
  { isUnderWay, state, lastError, tries }: ObtainedDomain,
  before: ObtainedDomain | undefined,
  isAsked: boolean,
): boolean {
  if (isUnderWay) return false
  const isTried = tries !== (before?.tries ?? 0)
  return lastError === null ? state === 'serving' && (isTried || !isAsked) : isTried
}

function tellSteps(call: Call, { domain, steps, isUnderWay }: ObtainedDomain, told: Map<string, number>): void {
  if (!isUnderWay && !told.has(domain)) return
  // A new try begins anew.
  const known = Math.min(told.get(domain) ?? 0, steps.length)
  for (const step of steps.slice(known)) call.terminal.err(`${oneLine(`${domain}: ${step}`)}\n`)
  told.set(domain, steps.length)
}

async function tellEnd(call: Call, domains: readonly ObtainedDomain[]): Promise<number> {
  const failed = domains.filter(({ lastError }) => lastError !== null)
  if (call.output === 'table')
    for (const { domain, notAfter, lastError } of domains)
      if (lastError === null) call.print(`${domain}: https serves, certificate until ${notAfter?.slice(0, 10)}`)
  for (const { domain, lastError, renewAt } of failed)
    call.warn(`${domain}: ${lastError}; tried again by itself ${renewAt?.slice(0, 16).replace('T', ' ')} UTC`)
  return failed.length > 0 ? EXIT.failed : EXIT.done
}
