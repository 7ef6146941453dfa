// config: the settings a daemon would run with, and where each comes from.
import type { CommandSpec } from '../../command-spec.ts'
import { type Column, formatTable } from '../../format/table.ts'
import { takeSettings } from '../../setting-options.ts'
import { loadDaemonOptions, readDaemonSettings } from './up.ts'

const COLUMNS: readonly Column[] = [
  { title: 'SETTING' },
  { title: 'VALUE', shrinks: true },
  { title: 'FROM', shrinks: true },
]

export const config: CommandSpec = {
  usage: 'config',
  summary: 'Print the settings `up` would run with, and where each comes from',
  kind: 'report',
  examples: [
    ['Why is the API on that port?', 'PROGRAM config'],
    ['Does a settings file say what I mean?', 'PROGRAM config --config fairlead.yml'],
  ],
  loadOptions: loadDaemonOptions,
  run: async (call) => {
    const { effective } = takeSettings(await readDaemonSettings(call))
    const rows = effective.map(({ key, value, origin }) => [key, value || '-', origin])
    await call.show(effective, (display) => formatTable(display, COLUMNS, rows))
    return 0
  },
}
