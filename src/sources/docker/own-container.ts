// Which container we run in, if any: what the kernel and the host name give away.
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { outcomeOf } from '../../io/outcome.ts'

/** Ids, or beginnings of ids, one of which may be our own container's; empty outside of one. */
export async function readOwnIds(): Promise<string[]> {
  const [mounts, groups] = await Promise.all(
    ['/proc/self/mountinfo', '/proc/self/cgroup'].map((path) => outcomeOf(readFile(path, 'utf8'))),
  )
  return findOwnIds(mounts?.ok ? mounts.value : '', groups?.ok ? groups.value : '', hostname())
}

/**
 * From /proc/self/mountinfo (Docker mounts `/etc/hostname` from a folder named by the id), /proc/self/cgroup (its path
 * ends in the id, unless cgroup v2 hides it) and the host name (the first twelve digits, unless somebody gave another).
 */
export function findOwnIds(mountinfo: string, cgroup: string, host: string): string[] {
  const mounted = /\/containers\/([0-9a-f]{64})\/\S* \/etc\/(?:hostname|hosts|resolv\.conf) /.exec(mountinfo)?.[1]
  const grouped = /[/-]([0-9a-f]{64})(?:\.scope)?$/m.exec(cgroup)?.[1]
  const named = /^[0-9a-f]{12}$/.test(host) ? host : undefined
  return [mounted, grouped, named].filter((id) => id !== undefined)
}
