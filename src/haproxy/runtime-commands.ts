// Actions of a plan as commands of the worker's socket.
import type { Action } from '../plan/action.ts'

/** The commands of one action, in order; a reload has none here. */
export function formatCommand(action: Action): string[] {
  if (action.kind === 'reload') return []
  const server = `set server be_${action.pool}/${action.server}`
  switch (action.kind) {
    case 'set-weight':
      return [`${server} weight ${action.to}`]
    case 'set-address':
      return [`${server} addr ${action.address} port ${action.port}`]
    case 'set-state':
      return [`${server} state ${action.to}`]
  }
}
