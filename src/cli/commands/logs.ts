// logs: the access log of a load balancer, its last lines, and with --follow those that come.
import type { LogQuery } from '../../api/client.ts'
import type { LogLine, LostLines } from '../../api/wire.ts'
import { type Call, textOption } from '../call.ts'
import type { CommandSpec } from '../command-spec.ts'
import { formatLogLine } from '../format/log-line.ts'

/** Of the lines that are there already, how many are printed. */
const USUAL_LINES = '100'

export const logs: CommandSpec = {
  usage: 'logs <name>',
  summary: 'Print the access log of a load balancer; with --follow also what comes',
  kind: 'read',
  examples: [
    ['Who asks for what?', 'PROGRAM logs web-lb --follow'],
    ['What fails, and why?', 'PROGRAM logs web-lb --status 5xx'],
    ['What is slow below /api?', 'PROGRAM logs web-lb --follow --path /api --slower-than 500ms'],
    ['As one JSON object a line', "PROGRAM logs web-lb --follow -o json | jq -c '[.path, .durationMs]'"],
  ],
  options: [
    { flags: '-f, --follow', help: 'go on until Ctrl-C' },
    {
      flags: '-n, --lines <n>',
      help: `how many of the newest lines that are there already, ${USUAL_LINES} unless told`,
    },
    { flags: '--status <status>', help: 'only this status or class: 404, 5xx' },
    { flags: '--path <path>', help: 'only this path and what lies below it' },
    { flags: '--host <host>', help: 'only this host' },
    { flags: '--server <target>', help: 'only this server', completes: 'targets' },
    { flags: '--method <method>', help: 'only this method' },
    { flags: '--request-id <id>', help: 'only the request with this X-Request-Id' },
    { flags: '--slower-than <duration>', help: 'only what took at least so long: 500ms' },
  ],
  run: async (call) => {
    const [name = ''] = call.words
    const client = await call.client()
    const asked = readQuery(call)
    if (call.options['follow'] !== true) {
      for (const line of await client.logs(name, asked)) await printLine(call, line)
      return 0
    }
    const { signal } = new AbortController()
    const onLost = (reason: string) => call.warn(`${reason}; trying again`)
    const gathered = { ...call, print: gather(call.print) }
    for await (const line of client.followLogs(name, asked, { signal, onLost })) await printLine(gathered, line)
    return 0
  },
}

/** The same below `lb`. */
export const lbLogs: CommandSpec = {
  ...logs,
  examples: logs.examples.map(([need, line]) => [need, line.replace('PROGRAM logs', 'PROGRAM lb logs')] as const),
}

function readQuery(call: Call): LogQuery {
  const names = ['status', 'path', 'host', 'server', 'method', 'slowerThan', 'requestId'] as const
  const given = names.flatMap((name) => {
    const text = textOption(call, name)
    return text === undefined ? [] : [[name, text] as const]
  })
  return { limit: textOption(call, 'lines') ?? USUAL_LINES, ...Object.fromEntries(given) }
}

/** Lines that come at once are written at once: a busy load balancer shares its machine with who looks at it. */
function gather(print: Call['print']): Call['print'] {
  let waiting: string[] = []
  return (text) => {
    if (waiting.push(text) > 1) return
    setImmediate(() => {
      print(waiting.join('\n'))
      waiting = []
    })
  }
}

/** JSON as one line each, YAML as one document each: both can be read while they grow. */
async function printLine(call: Call, line: LogLine | LostLines): Promise<void> {
  if ('lost' in line) {
    call.warn(`${line.lost} lines left out: they came faster than they could be shown`)
    return
  }
  if (call.output === 'json') call.print(JSON.stringify(line))
  else if (call.output === 'yaml') call.print(`---\n${(await import('yaml')).stringify(line, { lineWidth: 0 })}`)
  else call.print(formatLogLine(call.display, line))
}
