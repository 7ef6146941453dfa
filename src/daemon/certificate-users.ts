// Which load balancers use which certificates.
import { formatSource } from '../model/certificate.ts'
import type { Turned } from './board.ts'

/** Load balancers by name, sorted, by the source they ask for or serve with, as `formatSource` has it. */
export type CertificateUsers = { readonly of: (source: string) => string[] }

/** Everybody who asks for a certificate now, serves with it, or waits for it in an earlier version that stands in. */
export function findCertificateUsers({ word, placements, config }: Turned): CertificateUsers {
  const users = new Map<string, Set<string>>()
  const add = (source: string, name: string) => users.set(source, (users.get(source) ?? new Set()).add(name))
  const asking = word.flatMap((one) => ('broken' in one ? [] : [one]))
  const serving = [...placements.values()].flatMap((one) => one.serving ?? [])
  for (const { name, certificates = [] } of [...asking, ...serving])
    for (const { source } of certificates) add(formatSource(source), name)
  for (const { owner, certificates = [] } of config.shares.values())
    for (const { source } of certificates) add(source, owner)
  return { of: (source) => [...(users.get(source) ?? [])].sort() }
}
