// Tables for a terminal: columns as wide as they need to be, shortened only where the line would not fit.
import { type Display, oneLine, paint, type Style } from './display.ts'

/** `right` for numbers; `shrinks` marks the columns that are shortened first. */
export type Column = { readonly title: string; readonly right?: boolean; readonly shrinks?: boolean }

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
      .map((column, index) => {
        const cell = rows[line - 1]?.[index]
        const style = line === 0 ? 'bold' : typeof cell === 'object' ? cell.style : undefined
        return pad(display, row[index] ?? '', widths[index] ?? 0, column, style)
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

/** Takes from the widest column that may shrink, one character at a time, then from any. */
function fitWidths(columns: readonly Column[], natural: readonly number[], limit: number | null): readonly number[] {
  const widths = [...natural]
  let excess = limit === null ? 0 : widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1)) - limit
  const shrinking = columns.flatMap(({ shrinks }, index) => (shrinks ? [index] : []))
  for (const candidates of [shrinking, [...columns.keys()]]) {
    while (excess > 0) {
      const widest = candidates.reduce(
        (best, index) => ((widths[index] ?? 0) > (widths[best] ?? 0) ? index : best),
        candidates[0] ?? 0,
      )
      if (candidates.length === 0 || (widths[widest] ?? 0) <= NARROWEST) break
      widths[widest] = (widths[widest] ?? 0) - 1
      excess--
    }
  }
  return widths
}

function pad(display: Display, text: string, width: number, column: Column, style: Style | undefined): string {
  const shown = shorten(text, width)
  const blank = ' '.repeat(Math.max(0, width - [...shown].length))
  const painted = paint(display, style, shown)
  return column.right ? `${blank}${painted}` : `${painted}${blank}`
}
