// The line a change answers with: how it went live, or that it did not.
import type { LastApply, LoadBalancer } from '../../api/wire.ts'
import { oneLine } from './display.ts'

type Deleted = { readonly name: string; readonly deleted: true; readonly lastApply: LastApply | null }

/** `web-lb: live in 8 ms, no reload`; with an action `web-lb: created, live in 8 ms, no reload`. */
export function formatChange(
  answer: LoadBalancer | Deleted,
  { action, wait }: { readonly action?: string; readonly wait: boolean },
): string {
  const start = `${answer.name}: ${action ? `${action}, ` : ''}`
  if ('deleted' in answer) return wait ? `${start}${formatLive(answer.lastApply)}` : `${start}accepted`
  if (!wait) return `${start}accepted (version ${answer.version})`
  if (isLive(answer)) return `${start}${formatLive(answer.status.lastApply)}`
  const why = answer.status.problems[0]?.message ?? 'the node has not applied it yet'
  return `${start}stored as version ${answer.version}, but not live: ${oneLine(why)}`
}

/** True where what the node runs is this version. */
export function isLive({ version, status }: LoadBalancer): boolean {
  return status.appliedVersion !== null && status.appliedVersion >= version && status.state !== 'Error'
}

/** "live in 62 ms, reloaded because new listener 0.0.0.0:80". */
export function formatLive(apply: LastApply | null): string {
  if (!apply) return 'live, nothing had to change'
  const how = apply.reload ? `reloaded because ${formatReasons(apply.because)}` : 'no reload'
  return `live in ${Math.max(1, Math.round(apply.ms))} ms, ${how}`
}

/** So many reasons for a reload stand in a line; all of them in `-o json`. */
const TOLD = 2

function formatReasons(because: readonly string[]): string {
  const more = because.length - TOLD
  return oneLine([...because.slice(0, TOLD), ...(more > 0 ? [`${more} more`] : [])].join('; '))
}
