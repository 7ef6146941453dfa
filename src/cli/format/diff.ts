// The difference of two texts, line by line, in the unified form that `diff -u` prints.
import { type Display, paint, type Style } from './display.ts'

type Line = { readonly mark: ' ' | '-' | '+'; readonly text: string }

/** Lines around a change. */
const CONTEXT = 3

/** Above so many comparisons the differing part is told as a whole: it is another file, not a change. */
const MOST_COMPARISONS = 4_000_000

const STYLES: Readonly<Record<Line['mark'], Style | undefined>> = { ' ': undefined, '-': 'red', '+': 'green' }

/** The difference with its heading, or an empty text where there is none. An empty `before` means: not there yet. */
export function formatDiff(display: Display, before: Named, after: Named): string {
  if (before.text === after.text) return ''
  const lines = compareLines(splitLines(before.text), splitLines(after.text))
  const heading = [`--- ${before.name}`, `+++ ${after.name}`].map((line) => paint(display, 'bold', line))
  return `${[...heading, ...formatHunks(display, lines)].join('\n')}\n`
}

/** A text and what it is called. */
export type Named = { readonly name: string; readonly text: string }

function splitLines(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

function compareLines(before: readonly string[], after: readonly string[]): Line[] {
  const same = (offset: number) => before[offset] === after[offset]
  const shortest = Math.min(before.length, after.length)
  let head = 0
  while (head < shortest && same(head)) head++
  let tail = 0
  while (tail < shortest - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++
  const middle = compareMiddle(before.slice(head, before.length - tail), after.slice(head, after.length - tail))
  const keep = (text: string): Line => ({ mark: ' ', text })
  return [...before.slice(0, head).map(keep), ...middle, ...before.slice(before.length - tail).map(keep)]
}

/** The longest common subsequence, by the textbook's table. */
function compareMiddle(before: readonly string[], after: readonly string[]): Line[] {
  const removed = before.map((text): Line => ({ mark: '-', text }))
  const added = after.map((text): Line => ({ mark: '+', text }))
  if (before.length * after.length > MOST_COMPARISONS) return [...removed, ...added]
  const at = measureCommon(before, after)
  const lines: Line[] = []
  let [row, column] = [0, 0]
  while (row < before.length && column < after.length) {
    const text = before[row] ?? ''
    const same = text === after[column]
    const isRemoved = !same && at(row + 1, column) >= at(row, column + 1)
    lines.push(same ? { mark: ' ', text } : isRemoved ? { mark: '-', text } : { mark: '+', text: after[column] ?? '' })
    if (same || isRemoved) row++
    if (!isRemoved) column++
  }
  return [...lines, ...removed.slice(row), ...added.slice(column)]
}

/** How many lines two texts have in common from a pair of lines on. */
function measureCommon(before: readonly string[], after: readonly string[]): (row: number, column: number) => number {
  const width = after.length + 1
  const longest = new Uint32Array((before.length + 1) * width)
  const at = (row: number, column: number) => longest[row * width + column] ?? 0
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      const same = before[row] === after[column]
      longest[row * width + column] = same
        ? at(row + 1, column + 1) + 1
        : Math.max(at(row + 1, column), at(row, column + 1))
    }
  }
  return at
}

function formatHunks(display: Display, lines: readonly Line[]): string[] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ mark }) => mark !== ' '),
  )
  const shown: string[] = []
  let [before, after] = [1, 1]
  for (const [index, line] of lines.entries()) {
    if (near[index] && !near[index - 1])
      shown.push(paint(display, 'cyan', formatRange(lines, near, index, before, after)))
    if (near[index]) shown.push(paint(display, STYLES[line.mark], `${line.mark}${line.text}`))
    if (line.mark !== '+') before++
    if (line.mark !== '-') after++
  }
  return shown
}

/** "@@ -3,7 +3,8 @@"; a side without lines begins at the line before, as POSIX diff has it. */
function formatRange(
  lines: readonly Line[],
  near: readonly boolean[],
  start: number,
  before: number,
  after: number,
): string {
  const end = near.indexOf(false, start)
  const hunk = lines.slice(start, end < 0 ? undefined : end)
  const side = (mark: Line['mark'], first: number) => {
    const count = hunk.filter((line) => line.mark !== mark).length
    return `${count === 0 ? first - 1 : first},${count}`
  }
  return `@@ -${side('+', before)} +${side('-', after)} @@`
}
