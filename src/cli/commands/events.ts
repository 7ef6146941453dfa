// events: what happened, and with --follow what happens.

import type { EventRecord } from '../../api/wire.ts'
import type { Call } from '../call.ts'
import { textOption } from '../call.ts'
import type { CommandSpec } from '../command-spec.ts'
import { formatEvent } from '../format/event-line.ts'

/** The API sends the events it kept at once; silence this long means that there are no more. */
const SILENCE_MS = 300

export const events: CommandSpec = {
  usage: 'events',
  summary: 'Print what happened lately; with --follow also what happens next',
  kind: 'read',
  examples: [
    ['What happened?', 'PROGRAM events'],
    ['Watch, as one JSON object a line', 'PROGRAM events --follow -o json'],
  ],
  options: [
    { flags: '-f, --follow', help: 'go on until Ctrl-C' },
    { flags: '--after <id>', help: 'only what came after this event' },
  ],
  run: async (call) => {
    const client = await call.client()
    const end = new AbortController()
    const follow = call.options['follow'] === true
    // The first answer may take longer than the silence between two events: the clock starts with the first.
    let timer: NodeJS.Timeout | undefined
    const rest = () => {
      clearTimeout(timer)
      if (!follow) timer = setTimeout(() => end.abort(), SILENCE_MS)
    }
    const onLost = (reason: string) => (follow ? call.warn(`${reason}; trying again`) : end.abort())
    for await (const event of client.events({
      after: textOption(call, 'after'),
      signal: end.signal,
      onOpen: rest,
      onLost,
    })) {
      rest()
      await printEvent(call, event)
    }
    return 0
  },
}

/** JSON as one line an event, YAML as one document an event: both can be read while they grow. */
async function printEvent(call: Call, event: EventRecord): Promise<void> {
  if (call.output === 'json') call.print(JSON.stringify(event))
  else if (call.output === 'yaml') call.print(`---\n${(await import('yaml')).stringify(event, { lineWidth: 0 })}`)
  else call.print(formatEvent(call.display, event))
}
