// prove: what it refuses before it starts anything.
import { expect, test } from 'vitest'
import { runCommand } from './run-command.ts'

const refusals: [line: string, said: string][] = [
  ['--changes many', '--changes many is not a whole number from 0 to 100000'],
  ['--changes 100001', '--changes 100001 is not a whole number from 0 to 100000'],
  ['--reloads 1.5', '--reloads 1.5 is not a whole number from 0 to 100000'],
  ['--rate 0', '--rate 0 is not a whole number from 1 to 10000'],
  ['--seed -1', '--seed -1 is not a whole number from 0 to 4294967295'],
  ['--for soon', '--for: "soon" is not a duration; write a number with a unit: 250ms, 5s, 1m, 1h, 1d'],
  ['-o xml', '-o xml is not one of table, json, yaml'],
]

for (const [line, said] of refusals) {
  test(`prove ${line}`, async () => {
    const { exitCode, out, err } = await runCommand(`prove ${line}`)
    expect({ exitCode, out, err }).toEqual({ exitCode: 2, out: '', err: `fairlead: ${said}\n` })
  })
}
