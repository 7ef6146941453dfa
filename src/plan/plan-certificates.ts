// The certificates of one load balancer, from how they are served to how they are wanted.
import { type Certificate, formatCertificateId } from '../model/certificate.ts'
import type { Action } from './action.ts'

/** Steps by when they are due: what comes, and what goes once that is there. */
export function planCertificates(
  before: readonly Certificate[] = [],
  after: readonly Certificate[] = [],
): { readonly build: readonly Action[]; readonly leave: readonly Action[] } {
  if (before === after) return { build: [], leave: [] }
  const [old, fresh] = [byId(before), byId(after)]
  const build = [...fresh].flatMap(([id, certificate]): Action[] => {
    const { owner } = certificate
    const served = old.get(id)
    if (!served) return [{ kind: 'add-certificate', owner, certificate }]
    const isOther = served.digest !== certificate.digest
    if (formatNames(served) === formatNames(certificate))
      return isOther ? [{ kind: 'replace-certificate', owner, certificate }] : []
    // Which names it is served for is told only with the entry itself.
    return [
      { kind: 'remove-certificate', owner, certificate: served },
      { kind: 'add-certificate', owner, certificate },
    ]
  })
  const gone = [...old].filter(([id]) => !fresh.has(id))
  const leave = gone.map(
    ([, certificate]): Action => ({ kind: 'remove-certificate', owner: certificate.owner, certificate }),
  )
  return { build, leave }
}

function byId(certificates: readonly Certificate[]): ReadonlyMap<string, Certificate> {
  return new Map(certificates.map((certificate) => [formatCertificateId(certificate), certificate]))
}

function formatNames({ only }: Certificate): string {
  return only?.join() ?? ''
}
