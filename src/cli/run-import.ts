// What every import does: reads the file, prints what came of it, and its remarks with their lines on standard error.
import { basename } from 'node:path'
import type { Imported, Unreadable } from '../import/remark.ts'
import type { LoadBalancerInput } from '../spec/schema.ts'
import { type Call, readInputFile } from './call.ts'
import { judgeResource } from './check-input.ts'
import { oneLine } from './format/display.ts'
import { EXIT, RefusedInput } from './refusal.ts'

/** Reads a text; `fallback` names what has no name in it. */
export type Importer = (text: string, fallback: string) => Imported | Unreadable | Promise<Imported | Unreadable>

/** Answers 0 where something could be taken, 5 where nothing could. */
export async function runImport(call: Call, read: Importer): Promise<number> {
  const path = call.words[0] ?? ''
  const file = path === '-' ? 'standard input' : path
  const imported = await read(
    await readInputFile(call, path),
    path === '-' ? 'imported' : basename(path).replace(/\..*$/, ''),
  )
  if ('message' in imported)
    throw new RefusedInput('the file cannot be read to its end', [
      { path: `${file}:${imported.line}`, message: imported.message },
    ])
  const say = (text: string) => call.terminal.err(`${oneLine(text)}\n`)
  for (const { line, kind, text } of imported.remarks)
    say(`${file}:${line}: ${kind === 'left-out' ? 'not taken: ' : ''}${text}`)
  const resources = await keepSound(imported.resources, (name, message) =>
    say(`${file}: not taken: ${name}: ${message}`),
  )
  if (resources.length === 0) {
    say(`${file}: nothing could be taken; no load balancer was made`)
    return EXIT.invalid
  }
  if (call.output === 'json') call.print(JSON.stringify(resources.length === 1 ? resources[0] : resources, null, 2))
  else {
    const { stringify } = await import('yaml')
    const texts = resources.map((resource) => stringify(resource, { lineWidth: 0, aliasDuplicateObjects: false }))
    call.print(texts.join('---\n'))
  }
  return EXIT.done
}

/** Those the daemon would take; of the others it is said why. */
async function keepSound(
  resources: readonly LoadBalancerInput[],
  refuse: (name: string, message: string) => void,
): Promise<LoadBalancerInput[]> {
  const sound: LoadBalancerInput[] = []
  for (const resource of resources) {
    const judged = await judgeResource(resource)
    if (judged.ok) sound.push(resource)
    else for (const { path, message } of judged.problems) refuse(resource.name, `${path}: ${message}`)
  }
  return sound
}
