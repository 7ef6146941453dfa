// What starts cost in processor time: a command as it is shipped beside one from the sources, and HAProxy reading 1,000 places that share their rules beside places that do not.
//
//   node_modules/.bin/node bench/starts.ts [--rounds 10]
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { EMPTY_CONFIG } from '../src/model/config.ts'
import { renderHaproxy } from '../src/render/haproxy/render-haproxy.ts'
import { writeGeneration } from '../test/haproxy/check-files.ts'
import { setup } from '../test/live/kit/shipped.ts'
import { HAPROXY, readOwnSettings } from '../test/render/settings.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' } } })

/** Processor milliseconds of one run and all its children. */
function measure(command: string, args: readonly string[]): number {
  const script = `"$@" >/dev/null 2>&1; awk '{ print $16 + $17 }' "/proc/$$/stat"`
  const ticks = execFileSync('sh', ['-c', script, 'sh', command, ...args], { encoding: 'utf8' })
  return Number(ticks) * 10
}

const middle = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0

const folder = mkdtempSync(join(tmpdir(), 'fairlead-bench-'))
const remove = await setup()
const settings = await readOwnSettings()
const readings = [true, false].map((rulesInDefaults) => {
  const root = join(folder, String(rulesInDefaults))
  const capabilities = { ...settings.capabilities, rulesInDefaults }
  writeGeneration(root, renderHaproxy(EMPTY_CONFIG, { ...settings, capabilities }))
  return ['-c', '-C', root, '-f', 'config']
})
const commands = [join(process.env['FAIRLEAD_SHIPPED'] ?? '', 'bin/fairlead'), 'bin/fairlead']
const pairs = [
  ['a command: shipped | from sources', commands.map((command) => [command, ['lb', '--help']] as const)],
  ['HAProxy reads 1,000 places: shared rules | own', readings.map((args) => [HAPROXY, args] as const)],
] as const
console.log('processor time, median of runs in turn                  ms     ms   ratio')
for (const [name, pair] of pairs) {
  const runs: [number[], number[]] = [[], []]
  for (let round = 0; round < Number(values.rounds); round++)
    for (const [index, [command, args]] of pair.entries()) runs[index === 0 ? 0 : 1].push(measure(command, args))
  const [first, second] = runs.map(middle) as [number, number]
  console.log(
    [
      name.padEnd(50),
      String(first).padStart(7),
      String(second).padStart(6),
      (first / second).toFixed(2).padStart(7),
    ].join(''),
  )
}
await remove?.()
rmSync(folder, { recursive: true })
