// What is known of one container: its source's verdict, and what came of the load balancers it is in.
import type { Explained } from '../api/engine.ts'
import type { ExplainedService, Explanation } from '../api/wire.ts'
import type { Placement } from '../merge/merge.ts'
import type { ServiceVerdict, Verdict, VerdictSource } from '../sources/docker/verdict.ts'
import { findNearest } from '../spec/nearest.ts'

/** An id is shown, and may be given, by this many of its digits. */
const SHOWN_DIGITS = 12

/** Fewer digits could be of many. */
const LEAST_DIGITS = 4

/** Explains a container by its name or the beginning of its id. */
export function explainContainer(
  asked: string,
  sources: readonly VerdictSource[],
  placements: { readonly get: (name: string) => Placement | undefined },
): Explained {
  if (sources.length === 0) return { kind: 'no-source' }
  const told = sources.flatMap(({ verdicts }) => (verdicts === null ? [] : [verdicts]))
  if (told.length === 0) return { kind: 'silent' }
  const all = told.flat()
  const name = asked.replace(/^\//, '')
  const verdict = all.find((one) => one.name === name) ?? findById(all, name)
  if (!verdict)
    return {
      kind: 'unknown',
      near: findNearest(
        name,
        all.map((one) => one.name),
      ),
    }
  return { kind: 'known', explanation: toExplanation(verdict, placements) }
}

function findById(all: readonly Verdict[], digits: string): Verdict | undefined {
  const found = digits.length < LEAST_DIGITS ? [] : all.filter(({ id }) => id.startsWith(digits.toLowerCase()))
  return found.length === 1 ? found[0] : undefined
}

function toExplanation(
  { id, name, image, state, health, because, services }: Verdict,
  placements: { readonly get: (name: string) => Placement | undefined },
): Explanation {
  return {
    container: name,
    id: id.slice(0, SHOWN_DIGITS),
    image,
    state,
    health,
    because,
    services: services.map((service) => toService(service, placements.get(service.loadBalancer ?? ''))),
  }
}

/** What keeps the whole load balancer out keeps its containers out, whatever their source thinks of them. */
function toService(service: ServiceVerdict, placement: Placement | undefined): ExplainedService {
  const theirs = (placement?.problems ?? []).filter(({ message }) => !message.startsWith('container '))
  const fatal = theirs.find((problem) => problem.fatal)
  if (placement?.serving === null && service.state !== 'out')
    return { ...service, state: 'out', because: fatal?.message ?? 'its load balancer does not serve' }
  const remarks = theirs.map(({ message }) => message).filter((message) => !service.remarks.includes(message))
  return { ...service, remarks: [...service.remarks, ...remarks] }
}
