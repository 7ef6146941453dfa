// What became of containers that carry Kontena's variables, beside what their labels came to.
import type { Word } from '../model/fragment.ts'
import { compare } from '../sources/docker/groups.ts'
import type { ServiceVerdict, Verdict } from '../sources/docker/verdict.ts'
import { formatId } from '../sources/kontena/draft.ts'
import { formatOption } from '../sources/kontena/options.ts'
import type { KontenaInstance } from './kontena-containers.ts'

/** How the service of these variables is called beside those of labels. */
const SERVICE = 'kontena'

/** The verdicts with those of Kontena; `word` is what Kontena's services became. */
export function withKontena(
  verdicts: readonly Verdict[],
  instances: readonly KontenaInstance[],
  word: Word,
): readonly Verdict[] {
  if (instances.length === 0) return verdicts
  const items = new Map(word.map((item) => [item.origin.id, item]))
  const byContainer = new Map(instances.map((instance) => [instance.container.id, instance]))
  return verdicts.map((verdict) => {
    const instance = byContainer.get(verdict.id)
    if (!instance) return verdict
    const { balancer, service } = instance
    const item = items.get(formatId({ name: balancer }, service))
    return { ...verdict, because: null, services: [...verdict.services, toVerdict(instance, item)] }
  })
}

function toVerdict(instance: KontenaInstance, item: Word[number] | undefined): ServiceVerdict {
  const { container, life, found, service, differences } = instance
  const fragment = item && !('broken' in item) ? item : null
  const problems = !item ? [] : 'broken' in item ? item.broken : item.problems
  const fatal = problems.find((problem) => problem.fatal)
  const reason =
    life.kind === 'gone' ? life.because : found.ok ? (fragment ? null : (fatal?.message ?? null)) : found.reason
  const isOut = reason !== null || !fragment
  const differing = `${differences.join(', ')} differ from those of the eldest container of ${service.name}, which count until it ends`
  return {
    service: SERVICE,
    state: isOut ? 'out' : life.kind === 'serving' ? 'serving' : 'waiting',
    because: isOut ? reason : life.because,
    loadBalancer: item?.name ?? null,
    publishes: fragment ? formatPublished(fragment) : null,
    target: found.ok && life.kind !== 'gone' ? `${found.address}:${found.port}` : null,
    network: found.ok ? found.network : null,
    taken: Object.keys(service.options)
      .filter((name) => formatOption(name) in container.environment)
      .sort(compare)
      .map((name) => ({ label: formatOption(name), key: name })),
    ignored: [],
    remarks: [
      ...(differences.length > 0 ? [differing] : []),
      ...problems.filter((problem) => problem !== fatal || !isOut).map(({ message }) => message),
    ],
  }
}

function formatPublished({ listeners, routes }: Extract<Word[number], { routes: unknown }>): string {
  const [listener] = listeners
  const [only, ...more] = routes.filter((route) => listener && route.listener.endsWith(`:${listener.port}`))
  const one = only && more.length === 0 ? only : null
  const host = one?.host ? `, host ${one.host}` : ''
  const path = one && one.path !== '/' ? `, path ${one.path}` : ''
  return `${listener?.mode ?? 'http'} port ${listener?.port ?? 0}${host}${path}`
}
