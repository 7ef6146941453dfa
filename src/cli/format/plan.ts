// A plan for a person: the lines the log will print, and whether HAProxy has to reload for them.
import type { PlanAnswer } from '../../api/wire.ts'
import { type Display, oneLine, paint } from './display.ts'

/** The plan's lines; a reload stands among them with its reasons, and where there is none the last line says so. */
export function formatPlan(display: Display, { plan, reload }: PlanAnswer): string {
  if (plan.length === 0) return 'nothing would change\n'
  const lines = plan.map((line) => paint(display, line.startsWith('reload') ? 'yellow' : undefined, oneLine(line)))
  return `${[...lines, ...(reload ? [] : ['no reload is needed'])].join('\n')}\n`
}
