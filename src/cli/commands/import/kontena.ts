// import kontena: the load balancers of a kontena.yml as load balancers for apply.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { outcomeOf } from '../../../io/outcome.ts'
import type { CommandSpec } from '../../command-spec.ts'
import { runImport } from '../../run-import.ts'

export const importKontenaFile: CommandSpec = {
  usage: 'kontena <file>',
  summary: 'Print a kontena.yml as load balancers for apply, and say line by line what is not in them',
  kind: 'report',
  examples: [
    ['Look at what comes out', 'PROGRAM import kontena kontena.yml'],
    ['Into a file, to read and apply', 'PROGRAM import kontena kontena.yml > web.yml'],
    ['Under the name of another project', 'KONTENA_PROJECT=shop PROGRAM import kontena kontena.yml'],
  ],
  run: async (call) => {
    const { importKontena } = await import('../../../import/kontena/import-kontena.ts')
    const [file = '-'] = call.words
    const path = resolve(file === '-' ? 'kontena.yml' : file)
    return runImport(call, (text) => importKontena({ path, text, environment: call.terminal.env, readText }))
  },
}

async function readText(path: string): Promise<string | null> {
  const read = await outcomeOf(readFile(path, 'utf8'))
  return read.ok ? read.value : null
}
