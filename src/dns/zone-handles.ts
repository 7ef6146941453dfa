// Where a provider's zones are: asked for once, and kept.
import type { ZoneHandle } from './record-store.ts'

/** A question about a zone that was answered well is not asked again; one that failed is. */
export function keepZones(
  ask: (zone: string, signal: AbortSignal) => Promise<ZoneHandle>,
): (zone: string, signal: AbortSignal) => Promise<ZoneHandle> {
  const known = new Map<string, ZoneHandle>()
  return async (zone, signal) => {
    const handle = known.get(zone) ?? (await ask(zone, signal))
    known.set(zone, handle)
    return handle
  }
}
