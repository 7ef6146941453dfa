// Which of the providers a name belongs to.
import type { DnsProvider } from './provider.ts'

/** The one with the longest zone that the name lies in; undefined where there is none. */
export function findProvider(providers: readonly DnsProvider[], name: string): DnsProvider | undefined {
  const bare = name.replace(/^\*\./, '')
  const fitting = providers.flatMap((provider) =>
    provider.zones.filter((zone) => bare === zone || bare.endsWith(`.${zone}`)).map((zone) => ({ provider, zone })),
  )
  return fitting.sort((a, b) => b.zone.length - a.zone.length)[0]?.provider
}
