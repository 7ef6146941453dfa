// A kontena.yml becomes load balancers, by the same rules as where it is followed, and a remark on what is not in them.
import type { Fragment } from '../../model/fragment.ts'
import { findUpstreams } from '../../sources/kontena/find-upstreams.ts'
import { NO_SERVICE_PAGE, UNAVAILABLE_PAGE } from '../../sources/kontena/pages.ts'
import { type ReadText, readStack } from '../../sources/kontena/read-stack.ts'
import { formatStackProblem, type StackProblem } from '../../sources/kontena/stack-file-problem.ts'
import { toWord } from '../../sources/kontena/to-word.ts'
import type { LoadBalancerInput } from '../../spec/schema.ts'
import { type Imported, Remarks, type Unreadable } from '../remark.ts'

type KontenaInput = {
  readonly path: string
  readonly text: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Reads what the file names: `extends`, `env_file`, secrets. */
  readonly readText: ReadText
}

/** Reads a whole kontena.yml. */
export async function importKontena({
  path,
  text,
  environment,
  readText,
}: KontenaInput): Promise<Imported | Unreadable> {
  const { balancers, problems } = await readStack({ path, text, environment }, readText)
  const refusal = problems.find(({ kind }) => kind === 'refused')
  if (balancers === null) return { line: refusal?.line ?? 1, message: refusal ? formatIn(path, refusal) : '' }
  const remarks = new Remarks()
  for (const problem of problems)
    remarks[problem.kind === 'fault' ? 'leaveOut' : 'note'](lineIn(path, problem), formatIn(path, problem))
  const told = new Set(problems.map(formatStackProblem))
  const resources = toWord(findUpstreams(balancers, new Map()), []).flatMap((item) => {
    const line = lineOf(text, item.origin.id)
    if ('broken' in item) {
      for (const { message } of item.broken)
        if (![...told].some((one) => message.endsWith(one))) remarks.leaveOut(line, `${item.name}: ${message}`)
      return []
    }
    for (const { message } of item.problems) remarks.note(line, `${item.name}: ${message}`)
    if (item.text !== undefined) remarks.leaveOut(line, `${item.name}: lines of global have no place in a resource`)
    return isPage(item) || item.text !== undefined ? [] : [withoutPage(item.resource as LoadBalancerInput)]
  })
  return { resources, remarks: remarks.list() }
}

/** Whether it is there for its page alone: whoever leaves Kontena leaves its pages. */
function isPage({ resource }: Fragment): boolean {
  return (resource as LoadBalancerInput).spec.unavailable?.body === NO_SERVICE_PAGE
}

function withoutPage(resource: LoadBalancerInput): LoadBalancerInput {
  const { unavailable, ...spec } = resource.spec
  return unavailable?.body === UNAVAILABLE_PAGE ? { ...resource, spec } : resource
}

/** Where a service is described, by the longest key that its name ends with. */
function lineOf(text: string, id: string): number {
  const lines = text.split('\n').map((line) => /^\s*["']?([\w.-]+)["']?\s*:\s*(?:#.*)?$/.exec(line)?.[1] ?? '')
  const name = lines.filter((key) => key !== '' && id.endsWith(key)).sort((a, b) => b.length - a.length)[0]
  return name === undefined ? 1 : lines.indexOf(name) + 1
}

function lineIn(path: string, { file, line }: StackProblem): number {
  return file === path ? line : 1
}

function formatIn(path: string, problem: StackProblem): string {
  return problem.file === path
    ? formatStackProblem(problem).slice(`${path}:${problem.line}: `.length)
    : formatStackProblem(problem)
}
