// The one wording of a plan: `plan`, the log, the API's answer and the tests all print these lines.
import type { Action, Reason } from './action.ts'

/** How many reasons of one reload are spelled out; the rest is counted. */
const SPELLED_OUT = 5

/** One line an action, in the order they are carried out; none for an empty plan. */
export function formatPlan(plan: readonly Action[]): string[] {
  return plan.flatMap((action) =>
    action.kind === 'reload' ? [`reload because ${formatReasons(action.because)}`] : [formatAction(action)],
  )
}

/** "web-lb: new pool web-lb.main; web-lb: new listener 0.0.0.0:80". */
export function formatReasons(reasons: readonly Reason[]): string {
  const words = reasons.slice(0, SPELLED_OUT).map(formatReason)
  return [...words, ...(reasons.length > SPELLED_OUT ? [`${reasons.length - SPELLED_OUT} more`] : [])].join('; ')
}

/** "web-lb: new pool web-lb.main". */
export function formatReason(reason: Reason): string {
  return reason.owner === null ? reason.text : `${reason.owner}: ${reason.text}`
}

function formatAction(action: Exclude<Action, { kind: 'reload' }>): string {
  if (action.kind === 'set-route') return formatRoute(action)
  const server = `${action.owner}: server ${action.server} in ${action.pool}`
  switch (action.kind) {
    case 'add-server':
      return `${server} added`
    case 'set-weight':
      return `${server} weight ${action.from} -> ${action.to}${action.drain ? ' (drain)' : ''}`
    case 'set-max-connections':
      return `${server} maxConnections ${action.from ?? 'no limit'} -> ${action.to ?? 'no limit'}`
    case 'set-address':
      return `${server} address ${action.from} -> ${action.to}`
    case 'set-state':
      return `${server} ${action.from} -> ${action.to}`
    case 'retire-server':
      return `${server} taken out`
    case 'delete-server':
      return `${server} forgotten`
  }
}

function formatRoute({ owner, host, path, from, to }: Extract<Action, { kind: 'set-route' }>): string {
  const route = `${owner}: route ${host ?? ''}${path}`
  if (to === null) return `${route} removed`
  return from === null ? `${route} -> ${to} added` : `${route} ${from} -> ${to}`
}
