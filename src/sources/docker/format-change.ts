// What the log says when containers change: the published ports with their backends, as the program these labels come from says it.
import { parseTarget } from '../../model/target.ts'
import { compare } from './groups.ts'
import type { ServiceVerdict, Verdict } from './verdict.ts'

/** With more lines than this one sentence says it. */
const MOST_LINES = 20

const HEADING = 'Backends changed. Reconfiguring haproxy with:'

/** A backend by the port it is published on. */
type Published = { readonly where: string; readonly line: string }

/** The lines of what changed, without those of ports that stay as they are; none when nothing did. */
export function formatChange(before: readonly Verdict[], after: readonly Verdict[]): string[] {
  const [had, has] = [groupByPort(before), groupByPort(after)]
  const wheres = [...new Set([...had.keys(), ...has.keys()])].sort(compare)
  const changed = wheres.filter((where) => had.get(where)?.join('\n') !== has.get(where)?.join('\n'))
  if (changed.length === 0) return []
  const lines = changed.flatMap((where) => {
    const backends = has.get(where)
    return backends ? [`Publish ${where}`, ...backends] : [`No more ${where}`]
  })
  return lines.length > MOST_LINES ? [summarise(changed, had, has)] : [HEADING, ...lines]
}

type ByPort = ReadonlyMap<string, readonly string[]>

function groupByPort(verdicts: readonly Verdict[]): ByPort {
  const published = verdicts.flatMap(({ name, services }) => services.flatMap((one) => toPublished(name, one)))
  const groups = Map.groupBy(published, ({ where }) => where)
  return new Map([...groups].map(([where, all]) => [where, all.map(({ line }) => line).sort(compare)]))
}

function toPublished(name: string, { publishes, target, state, because }: ServiceVerdict): Published[] {
  const parsed = target === null ? null : parseTarget(target)
  const [, mode = '', where = ''] = /^(\S+) (.+)$/.exec(publishes ?? '') ?? []
  if (!parsed?.ok || state === 'out') return []
  const { host, port } = parsed.value
  const [at = '', ...conditions] = where.split(', ')
  const rest = state === 'waiting' ? ` (waits: ${because})` : ''
  return [
    {
      where: [`${at} ${mode.toUpperCase()}`, ...conditions].join(', '),
      line: `Backend ${name} at ${host} , port ${port}${rest}`,
    },
  ]
}

function summarise(changed: readonly string[], had: ByPort, has: ByPort): string {
  const count = (groups: ByPort) => changed.reduce((sum, where) => sum + (groups.get(where)?.length ?? 0), 0)
  return `Backends changed. Reconfiguring haproxy: ${changed.length} published ${changed.length === 1 ? 'address' : 'addresses'} changed, with ${count(has)} backends where ${count(had)} were`
}
