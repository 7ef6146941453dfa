// The resources of the files a command is given with -f.
import type { LoadBalancerInput } from '../spec/schema.ts'
import { type Call, formatFlag, readInputFile, textsOption } from './call.ts'
import type { OptionSpec } from './command-spec.ts'
import { type Detail, RefusedInput, usageFailure } from './refusal.ts'

export const FILE_OPTION: OptionSpec = {
  flags: '-f, --file <file>',
  help: 'YAML or JSON; - is standard input',
  list: true,
}

/** A resource and the file it stands in. */
export type FileResource = { readonly file: string; readonly resource: LoadBalancerInput }

/** Every resource of every file, all of them checked. Failure `usage` without -f; `RefusedInput` names file, line, column. */
export async function readResources(call: Call): Promise<readonly FileResource[]> {
  const files = textsOption(call, 'file')
  if (files.length === 0) throw usageFailure(`${call.name} needs -f FILE; -f - reads standard input`)
  const { readDocuments } = await import('./documents.ts')
  const found: FileResource[] = []
  const problems: Detail[] = []
  for (const path of files) {
    const file = path === '-' ? 'standard input' : path
    const read = await readDocuments(await readInputFile(call, path), file)
    found.push(...read.resources.map((resource) => ({ file, resource })))
    problems.push(...read.problems)
    if (read.resources.length + read.problems.length === 0) {
      problems.push({ path: file, message: 'holds no load balancer; it needs name and spec' })
    }
  }
  problems.push(...findTwice(found))
  if (problems.length > 0) throw new RefusedInput(`${problems.length} mistakes, and nothing was changed`, problems)
  return found
}

/** The raw value of the one resource in a file, for commands that add to it. */
export async function readOneValue(call: Call): Promise<Readonly<Record<string, unknown>>> {
  const files = textsOption(call, 'file')
  const [path] = files
  if (path === undefined) return {}
  if (files.length > 1) throw usageFailure(`${call.name} takes one ${formatFlag('file')}; \`apply\` takes several`)
  const resources = await readResources({ ...call, options: { file: [path] } })
  const [only] = resources
  if (only && resources.length === 1) return only.resource
  throw usageFailure(`${path} holds ${resources.length} load balancers; use \`${call.program} apply -f ${path}\``)
}

function findTwice(found: readonly FileResource[]): Detail[] {
  return found.flatMap(({ file, resource: { name } }, index) => {
    const first = found.findIndex(({ resource }) => resource.name === name)
    const isOther = first < index && found[first]?.file !== file
    return isOther ? [{ path: file, message: `${name} stands in ${found[first]?.file} too; keep one` }] : []
  })
}
