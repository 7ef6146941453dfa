// top: who is busy, refreshed every second on a terminal.
import { setTimeout as sleep } from 'node:timers/promises'
import type { CommandSpec } from '../command-spec.ts'
import { formatTop } from '../format/top-table.ts'

const PAUSE_MS = 1000

/** Home, and from there on nothing: the screen does not flicker as it would when it is cleared first. */
const REDRAW = '\x1b[H\x1b[J'

/** Where a terminal does not say how high it is. */
const USUAL_ROWS = 24

export const top: CommandSpec = {
  usage: 'top [name]',
  summary: 'Show rates, errors, latencies and queues as they are now, refreshed every second on a terminal',
  kind: 'read',
  examples: [
    ['Who is busy?', 'PROGRAM top'],
    ['Which server of web-lb is slow?', 'PROGRAM top web-lb'],
    ['Once, for a script', 'PROGRAM top web-lb --once -o json'],
  ],
  options: [{ flags: '--once', help: 'print once, as into a file or a pipe' }],
  run: async (call) => {
    const client = await call.client()
    const [name] = call.words
    const { columns, rows = null, out } = call.terminal
    const isOnce = call.options['once'] === true || columns === null || call.output !== 'table'
    if (isOnce) {
      const answer = await client.top(name)
      await call.show(answer, (display) => formatTop(display, answer))
      return 0
    }
    for (;;) {
      const text = formatTop(call.display, await client.top(name), (rows ?? USUAL_ROWS) - 1)
      out(`${REDRAW}${text}`)
      await sleep(PAUSE_MS)
    }
  },
}

/** The same below `lb`. */
export const lbTop: CommandSpec = {
  ...top,
  examples: top.examples.map(([need, line]) => [need, line.replace('PROGRAM top', 'PROGRAM lb top')] as const),
}
