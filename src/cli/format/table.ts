// Tables for a terminal: columns as wide as they need to be, shortened or left out only where the line would not fit.
import { type Display, oneLine, paint, type Style } from './display.ts'

/**
 * `right` for numbers; `shrinks` marks the columns that are shortened first. Where that does not do, those with `spare`
 * are left out, the lowest first, before what names a line is cut.
 */
export type Column = {
  readonly title: string
  readonly right?: boolean
  readonly shrinks?: boolean
  readonly spare?: number
}

export type Cell = string | number | { readonly text: string; readonly style: Style | undefined }

const GAP = '  '

/** No column is shortened below this many characters. */
const NARROWEST = 6

/** The table with its heading, each line ended. Cells of others are made safe to print. */
export function formatTable(display: Display, columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const texts = [columns.map(({ title }) => title), ...rows.map((row) => row.map(textOf))]
  const widths = fitWidths(columns, naturalWidths(columns, texts), display.columns)
  const lines = texts.map((row, line) =>
    columns
      .flatMap((column, index) => {
        const width = widths[index]
        if (width === undefined) return []
        const cell = rows[line - 1]?.[index]
        const style = line === 0 ? 'bold' : typeof cell === 'object' ? cell.style : undefined
        return pad(display, row[index] ?? '', width, column, style)
      })
      .join(GAP)
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}

/** A text cut to a width, its end replaced by an ellipsis. */
export function shorten(text: string, width: number): string {
  const characters = [...text]
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`
}

function textOf(cell: Cell): string {
  return oneLine(typeof cell === 'object' ? cell.text : String(cell))
}

function naturalWidths(columns: readonly Column[], texts: readonly (readonly string[])[]): number[] {
  return columns.map((_, index) => Math.max(...texts.map((row) => [...(row[index] ?? '')].length)))
}

/** The width of each column; undefined for one that is left out. */
type Widths = readonly (number | undefined)[]

/** Shortens what shrinks, then leaves out what can be spared, and only then shortens any. */
function fitWidths(columns: readonly Column[], natural: readonly number[], limit: number | null): Widths {
  if (limit === null) return natural
  const shrinking = columns.map(({ shrinks }) => shrinks === true)
  const spare = [...columns.keys()]
    .filter((index) => columns[index]?.spare !== undefined)
    .sort((a, b) => (columns[a]?.spare ?? 0) - (columns[b]?.spare ?? 0))
  let kept: Widths = natural
  for (const index of [undefined, ...spare]) {
    kept = kept.map((width, at) => (at === index ? undefined : width))
    const widths = shortenColumns(kept, shrinking, limit)
    if (measure(widths) <= limit) return widths
  }
  return shortenColumns(
    shortenColumns(kept, shrinking, limit),
    columns.map(() => true),
    limit,
  )
}

/** How long a line is. */
function measure(widths: Widths): number {
  const kept = widths.filter((width) => width !== undefined)
  return kept.reduce((sum, width) => sum + width, GAP.length * (kept.length - 1))
}

/** Takes from the widest column that may shrink, one character at a time. */
function shortenColumns(from: Widths, mayShrink: readonly boolean[], limit: number): Widths {
  const widths = [...from]
  for (let excess = measure(widths) - limit; excess > 0; excess--) {
    const widest = Math.max(...widths.filter((_, index) => mayShrink[index]).map((width) => width ?? 0))
    if (widest <= NARROWEST) break
    widths[widths.findIndex((width, index) => mayShrink[index] && width === widest)] = widest - 1
  }
  return widths
}

function pad(display: Display, text: string, width: number, column: Column, style: Style | undefined): string {
  const shown = shorten(text, width)
  const blank = ' '.repeat(Math.max(0, width - [...shown].length))
  const painted = paint(display, style, shown)
  return column.right ? `${blank}${painted}` : `${painted}${blank}`
}
