// Numbers over time as a line of small bars.

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const

/** A character for each number; the full bar is `most`, the lowest one is nothing. */
export function formatSparkline(numbers: readonly number[], most: number): string {
  const steps = BARS.length - 1
  return numbers.map((number) => BARS[most > 0 ? Math.min(steps, Math.ceil((number / most) * steps)) : 0]).join('')
}

/** As many numbers as there is room for: the largest of each stretch. */
export function squeeze(numbers: readonly number[], width: number): readonly number[] {
  if (numbers.length <= width) return numbers
  return Array.from({ length: width }, (_, index) => {
    const [from, to] = [index, index + 1].map((edge) => Math.floor((edge * numbers.length) / width))
    return Math.max(...numbers.slice(from, to))
  })
}
