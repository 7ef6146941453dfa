// Names for load balancers made of containers: readable, and the same while containers come and go.
import type { Word } from '../../model/fragment.ts'
import { toName as toAnyName } from '../../model/to-name.ts'
import { describeContainer, type Group } from './groups.ts'
import type { Offer, Wish } from './offer.ts'

/** A name for each group, or why it has none. Groups come in the order in which they may choose. */
export function nameGroups(
  groups: readonly Group[],
  seen: Word,
): Map<Group, { readonly name: string; readonly conflict: string | null }> {
  const before = new Map(seen.map(({ origin, name }) => [origin.id, name]))
  const holders = new Map<string, Group>()
  return new Map(
    groups.map((group) => {
      const wanted = group.eldest.wish.name
      const holder = wanted === null ? undefined : holders.get(wanted)
      const free = [wanted ?? before.get(group.id), ...listNames(group.eldest, group.eldest.wish)].filter(
        (name) => name !== undefined && !holders.has(name),
      )
      const name = free[0] ?? toName(`docker-${group.id}`, `${group.id} `)
      holders.set(name, holders.get(name) ?? group)
      const conflict = holder
        ? `the name ${wanted} is taken by the load balancer of ${describeContainer(holder.eldest)} on ${holder.id}; give this one another lb.name`
        : null
      return [group, { name, conflict }]
    }),
  )
}

/** Names a service would have, the best first; `wish` is null where its labels make no sense. */
export function listNames(service: Offer, wish: Wish | null): string[] {
  return [...listOwnNames(service, wish), ...(wish ? listPlainNames(wish) : [toName(service.container.name)])]
}

/** Those of them that say who it is, wherever it is published. */
export function listOwnNames({ container, name }: Offer, wish: Wish | null): string[] {
  const { labels } = container
  const project = labels['com.docker.compose.project']
  const service = labels['com.docker.compose.service']
  const swarm = labels['com.docker.swarm.service.name']
  return [
    ...(wish?.name ? [wish.name] : []),
    ...(name === null ? [] : [name]),
    ...(name === null && project && service ? [toName(`${project}-${service}`)] : []),
    ...(name === null && swarm ? [toName(swarm)] : []),
  ]
}

/** `docker-80`, `docker-80-app-example-com`, `docker-127-0-0-1-80-app-example-com-api`. */
function listPlainNames({ bind, port, host, path }: Wish): string[] {
  const words = ['docker', ...(bind === '0.0.0.0' ? [] : [bind]), port, ...(host === null ? [] : [host]), path]
  const whole = words.join('-')
  return [toName(whole), toName(whole, whole)]
}

/** Any text as a name; with a hash of `distinct` where it is given. */
export function toName(text: string, distinct?: string): string {
  return toAnyName(text, 'docker', distinct)
}
