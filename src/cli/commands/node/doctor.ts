// doctor: looks at the machine the daemon is to run on, and says what to do.
import type { CommandSpec } from '../../command-spec.ts'
import { EXIT } from '../../refusal.ts'
import { takeSettings } from '../../setting-options.ts'
import { loadDaemonOptions, readDaemonSettings } from './up.ts'

export const doctor: CommandSpec = {
  usage: 'doctor',
  summary: 'Check this machine: HAProxy, ports, permissions, limits; exit code 1 where something fails',
  kind: 'report',
  examples: [
    ['Why does it not start?', 'PROGRAM doctor'],
    ['The same for a daemon elsewhere', 'PROGRAM doctor --state-dir /srv/fairlead --api 127.0.0.1:8081'],
  ],
  loadOptions: loadDaemonOptions,
  run: async (call) => {
    const { settings } = takeSettings(await readDaemonSettings(call))
    const { examine, formatDoctor } = await import('../../../daemon/doctor.ts')
    const findings = await examine(settings)
    await call.show(findings, () => formatDoctor(findings).join('\n'))
    return findings.some(({ ok }) => ok === false) ? EXIT.failed : EXIT.done
  },
}
