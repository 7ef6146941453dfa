// The resources of one file, checked as the daemon will check them.
import { formatFaultPlace, parseDocuments } from '../spec/documents.ts'
import type { LoadBalancerInput } from '../spec/schema.ts'
import { judgeResource } from './check-input.ts'
import type { Detail } from './refusal.ts'

/** What a file holds: checked resources, and what is wrong with the others; `path` is "lb.yml:7:15: spec.port". */
export type ReadDocuments = { readonly resources: readonly LoadBalancerInput[]; readonly problems: readonly Detail[] }

/** Reads YAML or JSON. Changes nothing, sends nothing. */
export async function readDocuments(text: string, file: string): Promise<ReadDocuments> {
  const documents = parseDocuments(text)
  if (!documents.ok)
    return {
      resources: [],
      problems: documents.faults.map((fault) => ({ path: formatFaultPlace(file, fault), message: fault.message })),
    }
  const resources: LoadBalancerInput[] = []
  const problems: Detail[] = []
  for (const { resource, faults, locate } of documents.items) {
    const judged = resource === null ? null : await judgeResource(resource)
    if (judged?.ok) resources.push(judged.value)
    const found = judged?.ok === false ? judged.problems.map(locate) : faults
    problems.push(...found.map((fault) => ({ path: formatFaultPlace(file, fault), message: fault.message })))
  }
  return { resources, problems: [...problems, ...findTwice(resources, file)] }
}

function findTwice(resources: readonly LoadBalancerInput[], file: string): Detail[] {
  const names = resources.map(({ name }) => name)
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index))
  return [...twice].map((name) => ({ path: file, message: `${name} stands there more than once; keep one` }))
}
