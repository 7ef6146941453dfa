// The race for a person: what was simulated beside what was measured, the picture of what was measured, the verdict.
import type { RaceReport } from '../../race/race.ts'
import { type Display, oneLine, paint } from './display.ts'
import { formatPicture, formatSetting, formatTime } from './simulation.ts'
import { type Column, formatTable } from './table.ts'

const COLUMNS: readonly Column[] = [
  { title: 'ALGORITHM' },
  { title: 'P50 SIM', right: true },
  { title: 'REAL', right: true },
  { title: 'P99 SIM', right: true },
  { title: 'REAL', right: true },
  { title: 'BACKLOG SIM', right: true },
  { title: 'REAL', right: true },
]

const UNANSWERED: readonly Column[] = [
  { title: 'UNANSWERED SIM', right: true },
  { title: 'REAL', right: true },
]

export function formatRace(display: Display, { ok, setting, algorithms, verdict, warnings }: RaceReport): string {
  const isLossy = algorithms.some(({ simulated, measured }) => simulated.unanswered + measured.unanswered > 0)
  const rows = algorithms.map(({ algorithm, simulated, measured }) => {
    const pair = (read: (result: typeof simulated) => string | number) => [read(simulated), read(measured)]
    return [
      algorithm,
      ...pair(({ p50 }) => formatTime(p50, 'ms')),
      ...pair(({ p99 }) => formatTime(p99, 'ms')),
      ...pair(({ worstBacklog }) => worstBacklog),
      ...(isLossy ? pair(({ unanswered }) => unanswered) : []),
    ]
  })
  const measured = algorithms.map((raced) => ({ algorithm: raced.algorithm, ...raced.measured }))
  const most = Math.max(...measured.map(({ worstBacklog }) => worstBacklog))
  const failures = measured.flatMap((one) => one.failures.map((why) => `${one.algorithm}: ${oneLine(why)}\n`))
  return [
    `${formatSetting(display, setting)}\n\n`,
    formatTable(display, isLossy ? [...COLUMNS, ...UNANSWERED] : COLUMNS, rows),
    `\nMeasured backlog of the busiest server over time; a full bar is ${most} quick requests\n`,
    formatPicture(display, measured),
    '\n',
    ...failures,
    ...warnings.map((warning) => `the daemon warned: ${oneLine(warning)}\n`),
    `${paint(display, ok ? 'green' : 'red', oneLine(verdict))}\n`,
  ].join('')
}
