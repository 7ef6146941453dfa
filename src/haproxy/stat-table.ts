// `show stat` as CSV: one row a frontend, backend or server.

/** One row by column name; empty columns are empty texts. */
export type StatRow = Readonly<Record<string, string>>

/** Reads the CSV answer. HAProxy quotes a column with `"` only where it holds a comma, a quote or a line break. */
export function parseStatTable(answer: string): StatRow[] {
  const [head = '', ...lines] = answer.split('\n').filter((line) => line !== '')
  const columns = head.replace(/^# /, '').split(',')
  return lines.map((line) => {
    const values = splitCsv(line)
    return Object.fromEntries(columns.map((column, index) => [column, values[index] ?? '']))
  })
}

function splitCsv(line: string): string[] {
  if (!line.includes('"')) return line.split(',')
  return [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, value = '']) =>
    value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value,
  )
}
