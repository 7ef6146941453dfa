// down: stops the daemon and its HAProxy.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../../api/client.ts'
import type { CommandSpec } from '../command-spec.ts'
import { EXIT } from '../refusal.ts'

/** HAProxy lets connections end before it goes; the daemon bounds that, and this bounds the daemon. */
const LONGEST_MS = 120_000

/** A wait this long is told. */
const PATIENCE_MS = 2000

export const down: CommandSpec = {
  usage: 'down',
  summary: 'Stop the daemon and its HAProxy, after connections have ended',
  kind: 'connect',
  examples: [
    ['Stop serving on this machine', 'PROGRAM down'],
    ['The daemon of another state directory', 'PROGRAM down --state-dir /srv/fairlead'],
  ],
  options: [{ flags: '--no-wait', help: 'return at once' }],
  run: async (call) => {
    const client = await call.client()
    await client.down()
    if (!call.wait) {
      call.print('stopping')
      return EXIT.done
    }
    const note = setTimeout(() => call.terminal.err('waiting for connections to end …\n'), PATIENCE_MS)
    const isDown = await waitUntilDown(client)
    clearTimeout(note)
    call.print(isDown ? 'stopped: the daemon and its HAProxy' : 'still stopping; connections are open')
    return isDown ? EXIT.done : EXIT.failed
  },
}

async function waitUntilDown(client: Client): Promise<boolean> {
  const deadline = Date.now() + LONGEST_MS
  while (await client.answers()) {
    if (Date.now() > deadline) return false
    await sleep(100)
  }
  return true
}
