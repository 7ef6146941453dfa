// Floating-point numbers by their bits: the verbs %b, %x and %X of Go.

/** A number above zero: `mantissa` has 53 bits, fewer for the smallest ones; its value is mantissa × 2^exponent. */
function bitsOf(size: number): { readonly mantissa: bigint; readonly exponent: number } {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, size)
  const bits = view.getBigUint64(0)
  const written = Number(bits >> 52n)
  const fraction = bits & ((1n << 52n) - 1n)
  return written === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: written - 1075 }
}

/** `%b`: 4503599627370496p-53; of a number that is not negative. */
export function formatBits(size: number): string {
  const { mantissa, exponent } = bitsOf(size)
  return `${mantissa}p${exponent < 0 ? '' : '+'}${exponent}`
}

/** `%x`: 0x1.8p+01; of a number that is not negative, with this many digits or as many as it needs. */
export function formatHexFloat(size: number, precision: number | null): string {
  let { mantissa, exponent } = bitsOf(size)
  while (mantissa !== 0n && mantissa < 1n << 52n) {
    mantissa <<= 1n
    exponent--
  }
  const kept = Math.min(precision ?? 13, 13)
  const dropped = BigInt(52 - 4 * kept)
  mantissa = roundBits(mantissa, dropped)
  const [top, power] = mantissa >= 1n << 53n ? [mantissa >> 1n, exponent + 53] : [mantissa, exponent + 52]
  const digits = (top & ((1n << 52n) - 1n)).toString(16).padStart(13, '0')
  const shown = precision === null ? digits.replace(/0+$/, '') : digits.padEnd(precision, '0').slice(0, precision)
  const shift = size === 0 ? 0 : power
  const sign = shift < 0 ? '-' : '+'
  return `0x${size === 0 ? 0 : 1}${shown === '' ? '' : `.${shown}`}p${sign}${String(Math.abs(shift)).padStart(2, '0')}`
}

/** The last bits rounded away, half to even. */
function roundBits(mantissa: bigint, dropped: bigint): bigint {
  if (dropped === 0n) return mantissa
  const half = 1n << (dropped - 1n)
  const rest = mantissa & ((1n << dropped) - 1n)
  const floor = (mantissa >> dropped) << dropped
  const isUp = rest > half || (rest === half && ((mantissa >> dropped) & 1n) === 1n)
  return isUp ? floor + (1n << dropped) : floor
}
