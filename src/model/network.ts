// Networks of addresses as people write them (CIDR), in one form for all spellings of the same network.
import { isIP } from 'node:net'
import { accepted, type Parsed, quoted, refused } from './parsed.ts'
import { canonicalAddress } from './text.ts'

/** An address with a length (`10.0.0.0/8`), or alone: canonical, bits beyond the length cleared, IPv4 inside IPv6 taken out. */
export function parseNetwork(text: string): Parsed<string> {
  const [, address = '', digits] = /^([0-9A-Fa-f.:]{2,45})(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const family = isIP(address)
  const bits = family === 4 ? 32 : 128
  const length = digits === undefined ? bits : Number(digits)
  if (family === 0 || length > bits)
    return refused(`${quoted(text)} is not a network; write an address or a CIDR, for example 10.0.0.0/8 or fd00::/8`)
  const value = maskTo(toNumber(address, family), length, bits)
  // An IPv4 client is an IPv4 client, whichever way it is written.
  if (family === 6 && length >= 96 && value >> 32n === MAPPED)
    return accepted(format(value & 0xffffffffn, length - 96, 32))
  return accepted(format(value, length, bits))
}

/** ::ffff:0:0/96, without its last 32 bits: where IPv6 has the addresses of IPv4. */
const MAPPED = 0xffffn

/** The parts of an IPv6 network that no IPv4 address lies in; any other network as it is. */
export function withoutMapped(network: string): string[] {
  const [address = '', digits] = network.split('/')
  const length = Number(digits ?? 128)
  if (isIP(address) !== 6 || length >= 96) return [network]
  const value = toNumber(address, 6)
  const mapped = MAPPED << 32n
  if (maskTo(mapped, length, 128) !== value) return [network]
  // Around the hole: at each length the half that it does not lie in.
  return Array.from({ length: 96 - length }, (_, index) => {
    const depth = length + index + 1
    const sibling = maskTo(mapped, depth, 128) ^ (1n << BigInt(128 - depth))
    return format(sibling, depth, 128)
  })
}

function maskTo(value: bigint, length: number, bits: number): bigint {
  const free = BigInt(bits - length)
  return (value >> free) << free
}

function toNumber(address: string, family: number): bigint {
  if (family === 4) return address.split('.').reduce((sum, part) => (sum << 8n) + BigInt(part), 0n)
  return toGroups(address).reduce((sum, group) => (sum << 16n) + BigInt(group), 0n)
}

/** The eight numbers of an IPv6 address, one that ends like IPv4 included. */
export function toGroups(address: string): number[] {
  const plain = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(':'),
  )
  const [head = '', tail] = plain.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)))
  const [start, end] = [groups(head), groups(tail ?? '')]
  return [...start, ...Array.from({ length: tail === undefined ? 0 : 8 - start.length - end.length }, () => 0), ...end]
}

function format(value: bigint, length: number, bits: 32 | 128): string {
  const size = bits === 32 ? 8 : 16
  const parts = Array.from({ length: bits / size }, (_, index) => {
    const part = (value >> BigInt(bits - (index + 1) * size)) & ((1n << BigInt(size)) - 1n)
    return part.toString(bits === 32 ? 10 : 16)
  })
  const address = bits === 32 ? parts.join('.') : canonicalAddress(parts.join(':'))
  return length === bits ? address : `${address}/${length}`
}
