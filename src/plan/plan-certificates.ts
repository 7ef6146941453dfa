// The certificates of one load balancer, from how they are served to how they are wanted.
import { type Certificate, formatCertificateId } from '../model/certificate.ts'
import { type Config, listenersOf } from '../model/config.ts'
import type { Action, Reason } from './action.ts'

/**
 * Steps by when they are due: what comes, and what goes once that is there. One that asks clients for theirs comes and
 * goes, but does not change: HAProxy 2.6.12 crashes at the second change of the CAs or of the certificate beside them.
 */
export function planCertificates(
  before: readonly Certificate[] = [],
  after: readonly Certificate[] = [],
): { readonly build: readonly Action[]; readonly leave: readonly Action[]; readonly reasons: readonly Reason[] } {
  if (before === after) return { build: [], leave: [], reasons: [] }
  const [old, fresh] = [byId(before), byId(after)]
  const reasons: Reason[] = []
  const build = [...fresh].flatMap(([id, certificate]): Action[] => {
    const { owner } = certificate
    const served = old.get(id)
    if (!served) return [{ kind: 'add-certificate', owner, certificate }]
    const isOther = formatContent(served) !== formatContent(certificate)
    const isSameEntry = formatEntry(served) === formatEntry(certificate)
    if (served.clients || certificate.clients) {
      if (isOther || !isSameEntry) reasons.push(toReason(certificate))
      return []
    }
    if (isSameEntry) return isOther ? [{ kind: 'replace-certificate', owner, certificate }] : []
    // Which names it is served for, and to whom, is told only with the entry itself.
    return [
      { kind: 'remove-certificate', owner, certificate: served },
      { kind: 'add-certificate', owner, certificate },
    ]
  })
  const gone = [...old].filter(([id]) => !fresh.has(id))
  const leave = gone.map(
    ([, certificate]): Action => ({ kind: 'remove-certificate', owner: certificate.owner, certificate }),
  )
  return { build, leave, reasons }
}

/** Listeners that are to answer with another certificate by default. */
export function planDefaults(before: Config, after: Config): Action[] {
  if (before.listeners === after.listeners) return []
  return listenersOf(after).flatMap(({ id, tls }): Action[] => {
    const [served, chosen] = [before.listeners.get(id)?.tls?.default, tls?.default]
    if (!served || !chosen || served.digest === chosen.digest) return []
    return [{ kind: 'set-default-certificate', owner: chosen.owner, listener: id, chosen }]
  })
}

function toReason({ owner, names, only = names, listener }: Certificate): Reason {
  const text = `changed certificate for ${only.join(', ')} on listener ${listener}, or the CAs of its clients`
  return { code: 'listener-changed', owner, text }
}

function formatContent({ digest, clients }: Certificate): string {
  return `${digest} ${clients?.authority.digest}`
}

function byId(certificates: readonly Certificate[]): ReadonlyMap<string, Certificate> {
  return new Map(certificates.map((certificate) => [formatCertificateId(certificate), certificate]))
}

function formatEntry({ only = [], clients }: Certificate): string {
  return [clients ? clients.isRequired : null, ...only].join()
}
