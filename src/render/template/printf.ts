// Go's printf: a format, its flags, widths and argument numbers, and what it complains of inside its text.
import { runesOf } from './bytes.ts'
import { type Flags, formatValue, NO_FLAGS } from './format-value.ts'
import { typeOf, type Value } from './value.ts'

/** The largest width and precision; Go allows a million. */
const MAX_WIDTH = 1000

/** Where in the format and its arguments we are. */
type Place = { at: number; argument: number; isReordered: boolean; isGood: boolean; afterIndex: boolean }

/** Formats as Go does; null once the text is longer than `limit` bytes. */
export function formatPrintf(format: string, values: readonly Value[], limit: number): string | null {
  const place: Place = { at: 0, argument: 0, isReordered: false, isGood: true, afterIndex: false }
  const parts: string[] = []
  let length = 0
  while (place.at < format.length && length <= limit) {
    const percent = format.indexOf('%', place.at)
    const end = percent < 0 ? format.length : percent
    const text = format.slice(place.at, end)
    place.at = end + 1
    const shown = percent < 0 ? text : `${text}${formatVerb(format, values, place)}`
    parts.push(shown)
    length += shown.length
  }
  if (!place.isReordered && place.argument < values.length) parts.push(formatExtra(values.slice(place.argument)))
  const whole = parts.join('')
  return whole.length > limit ? null : whole
}

function formatExtra(values: readonly Value[]): string {
  const shown = values.map((value) =>
    value === null ? '<nil>' : `${typeOf(value)}=${formatValue(value, 'v', NO_FLAGS)}`,
  )
  return `%!(EXTRA ${shown.join(', ')})`
}

function formatVerb(format: string, values: readonly Value[], place: Place): string {
  place.isGood = true
  place.afterIndex = false
  const signs = readSigns(format, place)
  readIndex(format, values, place)
  const width = readWidth(format, values, place)
  const precision = readPrecision(format, values, place)
  if (!place.afterIndex) readIndex(format, values, place)
  const complaints = `${width === 'bad' ? '%!(BADWIDTH)' : ''}${precision === 'bad' ? '%!(BADPREC)' : ''}`
  const verb = runesOf(format.slice(place.at, place.at + 4))[0]?.bytes
  if (verb === undefined) return `${complaints}%!(NOVERB)`
  place.at += verb.length
  if (verb === '%') return `${complaints}%`
  if (!place.isGood) return `${complaints}%!${verb}(BADINDEX)`
  if (place.argument >= values.length) return `${complaints}%!${verb}(BADINDEX)`.replace('BADINDEX', 'MISSING')
  const isLeft = signs.minus || (typeof width === 'number' && width < 0)
  const flags: Flags = {
    ...signs,
    minus: isLeft,
    zero: signs.zero && !isLeft,
    sharp: signs.sharp && verb !== 'v',
    plus: signs.plus && verb !== 'v',
    asSource: signs.sharp && verb === 'v',
    named: signs.plus && verb === 'v',
    width: typeof width === 'number' ? Math.abs(width) : null,
    precision: typeof precision === 'number' ? precision : null,
  }
  return `${complaints}${formatValue(values[place.argument++] ?? null, verb, flags)}`
}

function readSigns(format: string, place: Place): Pick<Flags, 'minus' | 'plus' | 'sharp' | 'space' | 'zero'> {
  const signs = /[#0+\- ]*/y
  signs.lastIndex = place.at
  const found = signs.exec(format)?.[0] ?? ''
  place.at += found.length
  const minus = found.includes('-')
  return {
    minus,
    plus: found.includes('+'),
    sharp: found.includes('#'),
    space: found.includes(' '),
    zero: found.includes('0') && !minus,
  }
}

/** Reads `[2]`: which argument comes next. */
function readIndex(format: string, values: readonly Value[], place: Place): void {
  place.afterIndex = false
  if (format[place.at] !== '[') return
  place.isReordered = true
  const end = format.indexOf(']', place.at)
  const inside = format.slice(place.at + 1, end)
  const isNumber = end > 0 && /^\d{1,7}$/.test(inside)
  place.at = end < 0 ? place.at + 1 : end + 1
  place.afterIndex = isNumber
  if (isNumber && Number(inside) >= 1 && Number(inside) <= values.length) place.argument = Number(inside) - 1
  else place.isGood = false
}

function readWidth(format: string, values: readonly Value[], place: Place): number | null | 'bad' {
  if (format[place.at] === '*') return readStar(values, place)
  const width = readDigits(format, place)
  if (place.afterIndex && width !== null) place.isGood = false
  return width
}

function readPrecision(format: string, values: readonly Value[], place: Place): number | null | 'bad' {
  if (format[place.at] !== '.' || place.at + 1 >= format.length) return null
  place.at++
  if (place.afterIndex) place.isGood = false
  readIndex(format, values, place)
  if (format[place.at] !== '*') return readDigits(format, place) ?? 0
  const precision = readStar(values, place)
  return typeof precision === 'number' && precision < 0 ? 'bad' : precision
}

function readStar(values: readonly Value[], place: Place): number | 'bad' {
  place.at++
  place.afterIndex = false
  const value = values[place.argument]
  if (place.argument < values.length) place.argument++
  return typeof value === 'bigint' && value <= MAX_WIDTH && value >= -MAX_WIDTH ? Number(value) : 'bad'
}

/** A number in the format; one that is too large is as if it were not there. */
function readDigits(format: string, place: Place): number | null {
  const digits = /\d*/y
  digits.lastIndex = place.at
  const found = digits.exec(format)?.[0] ?? ''
  place.at += found.length
  return found === '' || found.length > 7 || Number(found) > MAX_WIDTH ? null : Number(found)
}
