// `show stat` as CSV: one row a frontend, backend or server.

/** One row by column name; empty columns are empty texts. */
export type StatRow = Readonly<Record<string, string>>

/** What Fairlead looks at of a server; of some 90 columns the rest only costs. */
export const SERVER_COLUMNS = [
  'pxname',
  'svname',
  'status',
  'check_status',
  'check_code',
  'check_duration',
  'check_desc',
  'last_chk',
  'agent_status',
  'agent_desc',
  'last_agt',
  'scur',
  'stot',
  'qcur',
  'econ',
  'eresp',
]

/** Reads these columns (all, unless told) of the CSV answer. HAProxy quotes a column with `"` only where it holds a comma, a quote or a line break. */
export function parseStatTable(answer: string, wanted?: readonly string[]): StatRow[] {
  const [head = '', ...lines] = answer.split('\n').filter((line) => line !== '')
  const columns = head.replace(/^# /, '').split(',')
  const places = (wanted ?? columns).map((column) => [column, columns.indexOf(column)] as const)
  return lines.flatMap((line) => {
    // Answers to several questions each have a head of their own.
    if (line.startsWith('# ')) return []
    const values = splitCsv(line)
    const row: Record<string, string> = {}
    for (const [column, index] of places) row[column] = values[index] ?? ''
    return [row]
  })
}

/** Of each server, by `place/server`, how many connections it may have; null for any number. Only the first columns are split: every server is asked about. */
export function parseLimits(answer: string): Map<string, number | null> {
  const lines = answer.split('\n').filter((line) => line !== '' && !line.startsWith('# '))
  return new Map(
    lines.map((line) => {
      const [place, server, , , , , limit = ''] = line.split(',', LIMIT + 1)
      return [`${place}/${server}`, Number(limit) === 0 ? null : Number(limit)]
    }),
  )
}

/** The column `slim`. */
const LIMIT = 6

function splitCsv(line: string): string[] {
  if (!line.includes('"')) return line.split(',')
  return [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, value = '']) =>
    value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value,
  )
}
