// nginx's times: "10", "10s", "1m30s", "500ms".
import { parseDuration } from '../../model/duration.ts'

/** The same as a resource writes it; null where it cannot. */
export function toDuration(text: string): string | null {
  const written = /^\d+$/.test(text) ? `${text}s` : text
  return parseDuration(written).ok ? written : null
}
