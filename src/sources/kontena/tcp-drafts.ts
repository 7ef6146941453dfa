// The tcp services of a load balancer: each has a port of its own, or several.
import { type Before, type Draft, describe, fault, formatId, lastOf, remark, sinceOf } from './draft.ts'
import type { ExternalPort } from './external-ports.ts'
import { keepLast } from './keep-last.ts'
import type { KontenaBalancer } from './kontena.ts'
import { toName } from './names.ts'
import { withProxy } from './of-port.ts'
import { toTcpSpec } from './to-spec.ts'
import { toBackends } from './upstreams.ts'
import type { Reading } from './wish.ts'

/** A service on one of its ports. */
type Opening = { readonly id: string; readonly reading: Reading; readonly port: ExternalPort }

/** Makes them. */
export function draftTcp(balancer: KontenaBalancer, readings: readonly Reading[], before: Before): Draft[] {
  const well = readings.filter(({ faults }) => faults.length === 0)
  const openings = well.flatMap((reading) => listOpenings(balancer, reading))
  const kept = readings.filter(({ faults }) => faults.length > 0).flatMap((one) => draftFaulty(balancer, one, before))
  const holders = new Map(kept.flatMap(({ spec, who }) => (spec?.port === undefined ? [] : [[spec.port, who]])))
  const inOrder = [...openings].sort((a, b) => compareOpenings(a, b, before))
  for (const { reading, port } of inOrder)
    if (!holders.has(port.external)) holders.set(port.external, describe(balancer, reading.service))
  return [...openings.map((opening) => draftOpening(balancer, opening, holders)), ...kept]
}

/** The first port has the service's own id, so that a second one changes nothing for it. */
function listOpenings(balancer: KontenaBalancer, reading: Reading): Opening[] {
  return reading.wish.ports.map((port, index) => ({
    id: formatId(balancer, reading.service, index === 0 ? undefined : port.external),
    reading,
    port,
  }))
}

/** Who has a port keeps it, then the oldest, then the alphabet. */
function compareOpenings(a: Opening, b: Opening, before: Before): number {
  const rank = ({ id, port }: Opening) =>
    lastOf(before, id)?.listeners.some((listener) => listener.port === port.external) ? 0 : 1
  return rank(a) - rank(b) || sinceOf(before, a.id) - sinceOf(before, b.id) || (a.id < b.id ? -1 : 1)
}

function draftOpening(
  balancer: KontenaBalancer,
  { id, reading, port }: Opening,
  holders: ReadonlyMap<number, string>,
): Draft {
  const { service, wish } = reading
  const who = describe(balancer, service)
  const remarks = [...reading.remarks]
  const holder = holders.get(port.external)
  const loss = `${who}: port ${port.external} is taken by ${holder}; give one of them another KONTENA_LB_EXTERNAL_PORT`
  const isFree = holder === who
  const backends = toBackends(service.upstreams, port.internal !== null, remarks)
  const problems = remarks.map((message) => remark(`${who}: ${message}`))
  return {
    id,
    wanted: listNames(id, balancer, reading),
    spec: isFree ? toTcpSpec(balancer, port, wish, backends) : null,
    problems: isFree ? problems : [fault('conflict', loss), ...problems],
  }
}

/** A name with the mode in it is for when http has the plain one. */
function listNames(id: string, balancer: KontenaBalancer, { service }: Reading): string[] {
  const [, port] = /:(\d+)$/.exec(id) ?? []
  const end = port === undefined ? '' : `-${port}`
  return ['', '-tcp'].map((mode) => toName(`${balancer.name}-${service.name}${mode}${end}`))
}

/** On each port where it serves now, or one draft that tells of it where it serves nowhere. */
function draftFaulty(balancer: KontenaBalancer, reading: Reading, before: Before): (Draft & { who: string })[] {
  const { service, faults, remarks } = reading
  const who = describe(balancer, service)
  const first = formatId(balancer, service)
  const others = [...before.items.keys()].filter(
    (id) => id.startsWith(`${first}:`) && /^\d+$/.test(id.slice(first.length + 1)),
  )
  const served = [first, ...others].filter((id) => lastOf(before, id) !== null)
  const problems = [
    ...faults.map((message) => fault('invalid', `${who}: ${message}`)),
    ...remarks.map((message) => remark(`${who}: ${message}`)),
  ]
  return (served.length > 0 ? served : [first]).map((id) => {
    const last = lastOf(before, id)
    const spec = last ? withProxy(keepLast(last, service, null), balancer) : null
    return { id, wanted: listNames(id, balancer, reading), spec, problems, who }
  })
}
