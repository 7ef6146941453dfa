// SYSLOG_TARGET: where HAProxy's own messages go.
import { accepted, type Parsed, quoted, refused } from '../../model/parsed.ts'

const FACILITIES =
  'kern user mail daemon auth syslog lpr news uucp cron auth2 ftp ntp audit alert cron2 local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  )
const LEVELS = 'emerg alert crit err warning notice info debug'.split(' ')

/** Reads `10.0.0.9:514 local1 info` into a line of `global`. */
export function parseSyslogTarget(text: string): Parsed<string> {
  const [address = '', facility = 'local1', level = 'info', ...more] = text.trim().split(/\s+/)
  const isAddress = /^(?:\[?[A-Za-z0-9][A-Za-z0-9.:-]*\]?(?::\d{1,5})?|\/[A-Za-z0-9._/-]+)$/.test(address)
  if (isAddress && FACILITIES.includes(facility) && LEVELS.includes(level) && more.length === 0)
    return accepted(`log ${address} ${facility} ${level}`)
  return refused(
    `${quoted(text)} is not a target; write address, facility and level, for example 10.0.0.9:514 local1 info`,
  )
}
