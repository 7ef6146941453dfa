// Floating-point numbers as Go's strconv prints them, rounded half to even on their exact decimal digits.

import { formatBits, formatHexFloat } from './format-binary.ts'

/** Digits and where the point stands: `digits` × 10^(point − length of digits). */
type Decimal = { readonly digits: string; readonly point: number }

/** A number by one of the verbs b, e, E, f, F, g, G, x, X; `precision` null is the shortest that reads back the same. */
export function formatFloat(value: number, verb: string, precision: number | null): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value < 0 ? '-Inf' : '+Inf'
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  const size = Math.abs(value)
  const text = formatSize(size, verb.toLowerCase(), precision)
  return `${sign}${/[EGX]/.test(verb) ? text.toUpperCase() : text}`
}

function formatSize(size: number, verb: string, precision: number | null): string {
  if (verb === 'b') return formatBits(size)
  if (verb === 'x') return formatHexFloat(size, precision)
  if (verb === 'f') {
    const exact = precision === null ? shortest(size) : exactDecimal(size)
    return fixed(precision === null ? exact : round(exact, exact.point + precision), precision)
  }
  if (verb === 'e') {
    const digits = precision === null ? shortest(size) : round(exactDecimal(size), precision + 1)
    return scientific(digits, precision ?? Math.max(digits.digits.length - 1, 0))
  }
  const wanted = precision === null ? null : Math.max(precision, 1)
  const decimal = trimmed(wanted === null ? shortest(size) : round(exactDecimal(size), wanted))
  const exponent = decimal.point - 1
  const known = decimal.digits.length
  const limit = wanted === null ? 6 : wanted > known && known >= decimal.point ? known : wanted
  if (exponent < -4 || exponent >= limit) return scientific(decimal, Math.max(known - 1, 0))
  return fixed(decimal, Math.max(known - decimal.point, 0))
}

function shortest(size: number): Decimal {
  if (size === 0) return { digits: '0', point: 1 }
  const [mantissa = '0', exponent = '0'] = size.toExponential().split('e')
  return { digits: mantissa.replace('.', ''), point: Number(exponent) + 1 }
}

/** Every decimal digit of a float: it is a whole number times a power of two. */
function exactDecimal(size: number): Decimal {
  if (size === 0) return { digits: '0', point: 1 }
  let [whole, shift] = [size, 0]
  while (!Number.isInteger(whole)) {
    whole *= 2
    shift++
  }
  const digits = (BigInt(whole) * 5n ** BigInt(shift)).toString()
  return { digits, point: digits.length - shift }
}

/** The first `count` digits, half to even. */
function round({ digits, point }: Decimal, count: number): Decimal {
  if (count < 0) return { digits: '', point }
  if (count >= digits.length) return { digits, point }
  const kept = digits.slice(0, count)
  const rest = digits.slice(count)
  const half = rest.startsWith('5') && /^50*$/.test(rest)
  const isUp = half ? Number(kept.at(-1) ?? 0) % 2 === 1 : (rest[0] ?? '0') >= '5'
  if (!isUp) return { digits: kept, point }
  const raised = (BigInt(kept || '0') + 1n).toString().padStart(count, '0')
  return raised.length > count ? { digits: raised, point: point + 1 } : { digits: raised, point }
}

function trimmed({ digits, point }: Decimal): Decimal {
  const bare = digits.replace(/0+$/, '')
  return bare === '' ? { digits: '0', point: 1 } : { digits: bare, point }
}

function fixed({ digits, point }: Decimal, precision: number | null): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0'
  const part = `${'0'.repeat(Math.max(-point, 0))}${digits.slice(Math.max(point, 0))}`
  const shown = precision === null ? part.replace(/0+$/, '') : part.slice(0, precision).padEnd(precision, '0')
  return shown === '' ? whole : `${whole}.${shown}`
}

function scientific({ digits, point }: Decimal, precision: number): string {
  const part = digits.slice(1, 1 + precision).padEnd(precision, '0')
  const exponent = digits === '0' || /^0*$/.test(digits) ? 0 : point - 1
  const sign = exponent < 0 ? '-' : '+'
  const power = String(Math.abs(exponent)).padStart(2, '0')
  return `${digits[0] ?? '0'}${part === '' ? '' : `.${part}`}e${sign}${power}`
}

/** `#`: a point always, and of g and G so many digits, zeros included. */
export function withPoint(text: string, digits: number): string {
  const [, sign = '', body = '', tail = ''] = /^([+-]?)(\d[\d.]*)(e.*)?$/i.exec(text) ?? []
  if (body === '') return text
  const known = body === '0' ? 1 : body.replace('.', '').replace(/^0+/, '').length
  const point = body.includes('.') ? '' : '.'
  return `${sign}${body}${point}${'0'.repeat(Math.max(digits - known, 0))}${tail}`
}
