// The small texts of health checks: lists of statuses, headers, and the command line's one-word form.
import { parseDuration } from '../model/duration.ts'
import { parseDatabaseUser, parseServiceName, type StatusRange } from '../model/health-check.ts'
import { accepted, type Parsed, quoted, refused } from '../model/parsed.ts'
import { parseChangeableHeader, parseRequestTarget } from '../model/text.ts'
import type { HealthCheckSpec } from './health-check-schema.ts'

/** Reads "200", "200-399" or "200,204,300-399". */
export function parseStatuses(text: string): Parsed<readonly StatusRange[]> {
  const ranges = text.split(/, ?/).map((part) => {
    const [, from, to = from] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(part) ?? []
    return { from: Number(from), to: Number(to) }
  })
  if (ranges.length <= 50 && ranges.every(({ from, to }) => from <= to)) return accepted(ranges)
  return refused(`${quoted(text)} is not a status or a range of them; write 200, 200-399 or 200,204,300-399`)
}

/** A header a check may send: the Host has a key of its own. */
export function parseCheckHeader(text: string): Parsed<string> {
  if (text.toLowerCase() === 'host') return refused(`${quoted(text)} has a key of its own; give it as host`)
  return parseChangeableHeader(text)
}

const FORMS =
  'http:/health:5s, tcp::5s, custom:<send>/<expect>:5s, redis::5s, postgres:<user>:5s, mysql:<user>:5s, smtp::5s, grpc:<service>:5s or none'

/** Types that are said with nothing between the colons, and may stand alone. */
const BARE: readonly string[] = ['tcp', 'redis', 'smtp', 'grpc']

/** Reads the command line's `http:/path:interval`, `tcp::interval`, `custom:<send>/<expect>:interval` and their like. */
export function parseHealthCheckText(text: string): Parsed<HealthCheckSpec> {
  const refusal = refused(`${quoted(text)} is not a health check; write ${FORMS}`)
  if (text === 'none') return accepted({ type: 'none' })
  const parts = /^(http|tcp|custom|redis|postgres|mysql|smtp|grpc):(.*?)(?::([0-9a-z]+))?$/s.exec(text)
  const [, type = text, middle = '', every] = parts ?? []
  if (!parts && !BARE.includes(text)) return refusal
  const interval = every === undefined ? undefined : parseDuration(every)
  if (interval && !interval.ok) return interval
  const probe = parseMiddle(type, middle)
  if (probe === null) return refusal
  return probe.ok ? accepted({ ...probe.value, ...(every === undefined ? {} : { interval: every }) }) : probe
}

/** What stands between the colons; null where it is not of the form. */
function parseMiddle(type: string, middle: string): Parsed<HealthCheckSpec> | null {
  switch (type) {
    case 'http': {
      const path = parseRequestTarget(middle)
      return path.ok ? accepted({ type, path: middle }) : path
    }
    case 'postgres':
    case 'mysql': {
      const user = parseDatabaseUser(middle)
      return user.ok ? accepted({ type, user: middle }) : user
    }
    case 'tcp':
    case 'redis':
    case 'smtp':
      return middle === '' ? accepted({ type }) : null
    case 'grpc': {
      const service = parseServiceName(middle)
      if (middle === '') return accepted({ type })
      return service.ok ? accepted({ type, service: middle }) : service
    }
    default:
      return parseCustom(middle)
  }
}

function parseCustom(middle: string): Parsed<HealthCheckSpec> | null {
  const at = middle.search(/(?<!\\)\//)
  if (at < 0 || at === middle.length - 1) return null
  const [send, expect] = [middle.slice(0, at), middle.slice(at + 1)].map((part) => part.replaceAll('\\/', '/'))
  return accepted({ type: 'custom', send: send ?? '', expect: expect ?? '' })
}
