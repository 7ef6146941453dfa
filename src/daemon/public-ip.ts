// The address clients reach this node by, as far as the node itself can tell.
import { networkInterfaces } from 'node:os'

/** The first address that is neither loopback nor link-local, IPv4 before IPv6; empty where there is none. */
export function findPublicIp(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  const outside = all.filter(
    ({ internal, address }) => !internal && !address.startsWith('169.254.') && !address.startsWith('fe80:'),
  )
  return (outside.find(({ family }) => family === 'IPv4') ?? outside[0])?.address ?? ''
}
