// One value by one verb of printf, as Go's fmt prints it, its complaints included.
import { bytesOfRune, countRunes, isPrintable, runesOf } from './bytes.ts'
import { formatQuoted } from './escapes.ts'
import { formatFloat, withPoint } from './format-float.ts'
import { sortedEntries, typeOf, type Value } from './value.ts'

/** What stands between % and the verb. */
export type Flags = {
  readonly plus: boolean
  readonly minus: boolean
  readonly sharp: boolean
  readonly space: boolean
  readonly zero: boolean
  /** `%#v`: as Go source. */
  readonly asSource: boolean
  /** `%+v`: fields with their names. */
  readonly named: boolean
  readonly width: number | null
  readonly precision: number | null
}

export const NO_FLAGS: Flags = {
  plus: false,
  minus: false,
  sharp: false,
  space: false,
  zero: false,
  asSource: false,
  named: false,
  width: null,
  precision: null,
}

/** A value as `print` and {{ }} show it. */
export function formatPlain(value: Value): string {
  return typeof value === 'string' ? value : formatValue(value, 'v', NO_FLAGS)
}

/** A value by a verb; one that does not fit gives Go's `%!d(string=x)`. */
export function formatValue(value: Value, verb: string, flags: Flags): string {
  if (verb === 'T' && value !== null) return formatText(typeOf(value), 's', flags)
  if (value === null) return verb === 'v' || verb === 'T' ? pad('<nil>', flags) : formatMisfit(value, verb, flags)
  if (verb === 'v' && flags.asSource) return formatSource(value, flags)
  if (typeof value === 'boolean')
    return verb === 't' || verb === 'v' ? pad(String(value), flags) : formatMisfit(value, verb, flags)
  if (typeof value === 'bigint') return formatInteger(value, verb, flags)
  if (typeof value === 'number') return formatNumber(value, verb, flags)
  if (typeof value === 'string') return formatText(value, verb, flags)
  if (verb === 'p') return formatMisfit(value, verb, flags)
  const show = (item: Value) => (item === null ? '<nil>' : formatValue(item, verb, flags))
  if (value.kind === 'list') return `[${value.items.map(show).join(' ')}]`
  if (value.kind === 'map')
    return `map[${sortedEntries(value)
      .map(([key, item]) => `${show(key)}:${show(item)}`)
      .join(' ')}]`
  const fields = [...value.fields].map(([name, item]) => (flags.named ? `${name}:${show(item)}` : show(item)))
  return `{${fields.join(' ')}}`
}

/** `%#v`: a value as Go source. */
function formatSource(value: Value, flags: Flags): string {
  const show = (item: Value) => (item === null ? 'interface {}(nil)' : formatSource(item, flags))
  if (typeof value === 'string') return formatText(value, 'q', flags)
  if (value === null || typeof value !== 'object') return formatValue(value, 'v', { ...flags, asSource: false })
  const inner =
    value.kind === 'list'
      ? value.items.map(show)
      : value.kind === 'map'
        ? sortedEntries(value).map(([key, item]) => `${show(key)}:${show(item)}`)
        : [...value.fields].map(([name, item]) => `${name}:${show(item)}`)
  return `${typeOf(value)}{${inner.join(', ')}}`
}

function formatMisfit(value: Value, verb: string, flags: Flags): string {
  if (value === null) return `%!${verb}(<nil>)`
  return `%!${verb}(${typeOf(value)}=${formatValue(value, 'v', flags)})`
}

const BASES: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 }

function formatInteger(value: bigint, verb: string, flags: Flags): string {
  const base = BASES[verb]
  if (base !== undefined) return formatDigits(value, verb, base, flags)
  if (verb === 'c') return pad(bytesOfRune(toRune(value)), flags)
  if (verb === 'q') return pad(formatQuoted(bytesOfRune(toRune(value)), "'", flags.plus), flags)
  if (verb === 'U') return formatUnicode(value, flags)
  return formatMisfit(value, verb, flags)
}

function toRune(value: bigint): number {
  return value < 0n || value > 0x10ffffn ? 0xfffd : Number(value)
}

function formatUnicode(value: bigint, flags: Flags): string {
  const digits = BigInt.asUintN(64, value).toString(16).toUpperCase()
  const rune = toRune(value)
  const shown = flags.sharp && value >= 0n && value <= 0x10ffffn && isPrintable(rune) ? ` '${bytesOfRune(rune)}'` : ''
  return pad(`U+${digits.padStart(Math.max(4, flags.precision ?? 0), '0')}${shown}`, { ...flags, zero: false })
}

function formatDigits(value: bigint, verb: string, base: number, flags: Flags): string {
  const { precision, width } = flags
  if (precision === 0 && value === 0n) return pad('', { ...flags, zero: false })
  const isSigned = value < 0n || flags.plus || flags.space
  const size = value < 0n ? -value : value
  const least = precision ?? (flags.zero && width !== null ? width - (isSigned ? 1 : 0) : 0)
  const digits = size.toString(base).padStart(least, '0')
  const octal = base === 8 && flags.sharp && !digits.startsWith('0') ? '0' : ''
  const prefix = base === 2 && flags.sharp ? '0b' : base === 16 && flags.sharp ? '0x' : octal
  const sign = value < 0n ? '-' : flags.plus ? '+' : flags.space ? ' ' : ''
  const bare = `${prefix}${digits}`
  const text = `${sign}${verb === 'O' ? '0o' : ''}${verb === 'X' ? bare.toUpperCase() : bare}`
  return pad(text, { ...flags, zero: false })
}

function formatNumber(value: number, verb: string, flags: Flags): string {
  if (!'veEfFgGbxX'.includes(verb)) return formatMisfit(value, verb, flags)
  const isShort = 'vgGxX'.includes(verb)
  const precision = flags.precision ?? (isShort ? null : 6)
  const bareText = formatFloat(value, verb === 'v' ? 'g' : verb, precision)
  const text = flags.sharp && !'bxX'.includes(verb) ? withPoint(bareText, isShort ? (precision ?? 6) : 0) : bareText
  const isInfinite = !Number.isFinite(value)
  const bare = text.replace(/^[+-]/, '')
  const positive = flags.plus ? '+' : flags.space ? ' ' : isInfinite && !Number.isNaN(value) ? '+' : ''
  const sign = text.startsWith('-') ? '-' : positive
  if (flags.zero && flags.width !== null && sign !== '' && !isInfinite)
    return `${sign}${bare.padStart(flags.width - 1, '0')}`
  return pad(`${sign}${bare}`, isInfinite ? { ...flags, zero: false } : flags)
}

function formatText(value: string, verb: string, flags: Flags): string {
  const { precision } = flags
  if (verb === 'x' || verb === 'X') return formatHex(value, verb, flags)
  if (verb !== 'v' && verb !== 's' && verb !== 'q') return formatMisfit(value, verb, flags)
  const runes = precision === null ? [] : runesOf(value)
  const cut =
    precision === null
      ? value
      : runes
          .slice(0, precision)
          .map(({ bytes }) => bytes)
          .join('')
  if (verb !== 'q') return pad(cut, flags)
  const isRaw = flags.sharp && runesOf(cut).every(({ code }) => isRawChar(code))
  return pad(isRaw ? `\`${cut}\`` : formatQuoted(cut, '"', flags.plus), flags)
}

/** What may stand between backquotes. */
function isRawChar(code: number | null): boolean {
  return code !== null && code !== 0xfeff && code !== 0x7f && code !== 0x60 && (code >= 0x20 || code === 9)
}

function formatHex(value: string, verb: string, flags: Flags): string {
  const cut = value.slice(0, flags.precision ?? value.length)
  const bytes = [...cut].map((byte) => byte.charCodeAt(0).toString(16).padStart(2, '0'))
  const prefix = flags.sharp && bytes.length > 0 ? '0x' : ''
  const text = flags.space ? bytes.map((byte) => `${prefix}${byte}`).join(' ') : `${prefix}${bytes.join('')}`
  return pad(verb === 'X' ? text.toUpperCase() : text, flags)
}

function pad(text: string, { width, minus, zero }: Flags): string {
  const missing = (width ?? 0) - countRunes(text)
  if (missing <= 0) return text
  return minus ? `${text}${' '.repeat(missing)}` : `${(zero ? '0' : ' ').repeat(missing)}${text}`
}
