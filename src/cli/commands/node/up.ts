// up: runs the daemon in the foreground.
import type { Call } from '../../call.ts'
import type { CommandSpec, OptionSpec } from '../../command-spec.ts'
import { listSettingOptions, pickSettingFlags, takeSettings } from '../../setting-options.ts'

export const up: CommandSpec = {
  usage: 'up',
  summary: 'Run the daemon, and HAProxy with it, until Ctrl-C',
  kind: 'plain',
  examples: [
    ['Run it', 'PROGRAM up'],
    ['Something to look at on an empty machine', 'PROGRAM up --demo'],
    ['A second one beside it', 'PROGRAM up --state-dir ~/second --api 127.0.0.1:8081'],
    ['Load balancers from a file that is watched', 'PROGRAM up --source file=/etc/fairlead/lb.yml'],
  ],
  loadOptions: loadDaemonOptions,
  run: async (call) => {
    const { settings } = takeSettings(await readDaemonSettings(call))
    const { runDaemon } = await import('../../../daemon/run-daemon.ts')
    call.terminal.handOver()
    return runDaemon(settings, () => readDaemonSettings(call))
  },
}

/** Every daemon setting as an option; the daemon's code is loaded only for the commands that need it. */
export async function loadDaemonOptions(): Promise<readonly OptionSpec[]> {
  const { listSettingFlags } = await import('../../../daemon/settings.ts')
  return listSettingOptions(listSettingFlags())
}

/** The settings this call gives: flags, variables, file, defaults. */
export async function readDaemonSettings(call: Call) {
  const { readSettings } = await import('../../../daemon/settings.ts')
  return readSettings(pickSettingFlags(call.options), call.terminal.env)
}
