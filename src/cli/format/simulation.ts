// A simulation for a person: the load, a table, the picture of the backlog, the verdict.
import { formatDuration } from '../../model/duration.ts'
import { findCapacity, type Setting } from '../../simulate/load.ts'
import type { Simulation } from '../../simulate/simulate.ts'
import { type Display, paint } from './display.ts'
import { formatSparkline, squeeze } from './sparkline.ts'
import { type Column, formatTable } from './table.ts'

const COLUMNS: readonly Column[] = [
  { title: 'ALGORITHM' },
  { title: 'WORST BACKLOG', right: true },
  { title: 'P50', right: true },
  { title: 'P99', right: true },
]

const UNANSWERED: Column = { title: 'UNANSWERED', right: true }

/** The narrowest terminal the picture is cut for. */
const NARROWEST = 40

export function formatSimulation(display: Display, { unit, setting, algorithms, verdict }: Simulation): string {
  const isLossy = algorithms.some(({ unanswered }) => unanswered > 0)
  const rows = algorithms.map(({ algorithm, worstBacklog, p50, p99, unanswered }) => {
    const cells = [algorithm, worstBacklog, formatTime(p50, unit), formatTime(p99, unit)]
    return isLossy ? [...cells, unanswered] : cells
  })
  return [
    `${unit === 'tick' ? formatTicks(display, setting) : formatSetting(display, setting)}\n\n`,
    formatTable(display, isLossy ? [...COLUMNS, UNANSWERED] : COLUMNS, rows),
    '\nBacklog of the busiest server over time; a full bar is ',
    `${Math.max(...algorithms.map(({ worstBacklog }) => worstBacklog))} quick requests\n`,
    formatPicture(display, algorithms),
    `\n${paint(display, 'green', verdict)}\n`,
  ].join('')
}

/** A line for each, all on one scale. */
export function formatPicture(
  display: Display,
  lines: readonly { readonly algorithm: string; readonly backlogOverTime: readonly number[] }[],
): string {
  const width = Math.max(...lines.map(({ algorithm }) => algorithm.length))
  const room = Math.max(NARROWEST, display.columns ?? 80) - width - 2
  const most = Math.max(...lines.flatMap(({ backlogOverTime }) => backlogOverTime))
  return lines
    .map(({ algorithm, backlogOverTime }) => {
      const bars = formatSparkline(squeeze(backlogOverTime, room), most)
      return `${algorithm.padEnd(width)}  ${paint(display, 'cyan', bars)}\n`
    })
    .join('')
}

/** The load in a sentence or two. */
export function formatSetting(display: Display, setting: Setting): string {
  const { servers, workers, requests, rate, slowShare, slower, serviceTimeMs, arrivals, seed } = setting
  const busy = Math.round((rate / findCapacity(setting)) * 100)
  const weights = servers.map(({ weight }) => weight)
  const speeds = servers.map(({ speed }) => Math.round(speed * 100) / 100)
  const parts = [
    `${servers.length} servers${workers > 1 ? ` with ${workers} workers each` : ''}`,
    `${requests} requests, ${Math.round(rate * 100) / 100} a second${arrivals === 'even' ? ' at one distance' : ''} (${busy}% busy)`,
    `${Math.round(slowShare * 10_000) / 100}% of them ${slower} times slower than ${formatDuration(serviceTimeMs)}`,
    ...(new Set(weights).size > 1 ? [`weights ${weights.join(',')}`] : []),
    ...(new Set(speeds).size > 1 ? [`speeds ${speeds.join(',')}`] : []),
    ...servers.flatMap(({ sickness }, index) => (sickness ? [formatSickness(index + 1, sickness)] : [])),
    `seed ${seed}`,
  ]
  return wrap(display, parts)
}

/** The parts with semicolons between, on as many lines as they need. */
function wrap({ columns }: Display, parts: readonly string[]): string {
  const width = columns ?? 80
  const lines: string[] = []
  for (const part of parts) {
    const longer = `${lines.at(-1)}; ${part}`
    if (lines.length > 0 && longer.length < width) lines[lines.length - 1] = longer
    else lines.push(part)
  }
  return lines.join(';\n')
}

/** "41.3 ms"; "never" for no answer. */
export function formatTime(time: number | null, unit: Simulation['unit']): string {
  if (time === null) return 'never'
  if (unit === 'tick') return `${time} ${time === 1 ? 'tick' : 'ticks'}`
  return `${time.toFixed(1)} ms`
}

function formatTicks(display: Display, { servers, requests, slowShare, slower, seed }: Setting): string {
  const share = `${slowShare * 100}% of them ${slower} times slower`
  const race = [`The encyclopedia's race: ${servers.length} servers`, `${requests} requests, one each tick`, share]
  const note = ['its least connections is the least work left', 'a real balancer can only count connections']
  return `${wrap(display, [...race, `seed ${seed}`])}\n${wrap(display, note)}`
}

function formatSickness(number: number, { slower, fromMs }: { slower: number | null; fromMs: number }): string {
  const what = slower === null ? 'answers nothing' : `is ${slower} times slower`
  return `server ${number} ${what}${fromMs > 0 ? ` after ${formatDuration(fromMs)}` : ''}`
}
