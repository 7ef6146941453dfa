// How often HAProxy was reloaded and why, as the daemon counts it.
import type { Client } from '../api/client.ts'
import type { Reloads } from './report.ts'

/** The count since the daemon started. */
export async function readReloads(client: Client): Promise<Reloads> {
  const [metrics, nodes] = await Promise.all([client.metrics(), client.nodes()])
  return { total: nodes[0]?.haproxy.reloads ?? 0, byReason: parseReasons(metrics) }
}

/** The reasons in the text of /metrics. Pure. */
export function parseReasons(metrics: string): Readonly<Record<string, number>> {
  const samples = metrics.matchAll(/^fairlead_reloads_total\{reason="([^"]*)"[^}]*\} (\d+)/gm)
  return Object.fromEntries([...samples].map(([, reason = '', count]) => [reason, Number(count)]))
}

/** What came between two counts. Pure. */
export function findReloadsBetween(before: Reloads, after: Reloads): Reloads {
  const reasons = Object.entries(after.byReason).map(
    ([reason, count]) => [reason, count - (before.byReason[reason] ?? 0)] as const,
  )
  return {
    total: after.total - before.total,
    byReason: Object.fromEntries(reasons.filter(([, count]) => count > 0)),
  }
}
