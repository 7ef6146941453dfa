// The one wording of a plan: `plan`, the log, the API's answer and the tests all print these lines.
import type { Certificate } from '../model/certificate.ts'
import { DETOUR_PATHS, isDetour, SPLIT_PARTS } from '../model/detour.ts'
import { isHttpsPool } from '../model/place.ts'
import type { Action, Reason } from './action.ts'

/** How many reasons of one reload are spelled out; the rest is counted. */
const SPELLED_OUT = 5

/** One line an action, in the order they are carried out; none for an empty plan. */
export function formatPlan(plan: readonly Action[]): string[] {
  const lines = plan.flatMap((action, index) => {
    if (action.kind !== 'set-route' || action.host === null || !isDetour(action.host)) return [formatAction(action)]
    const isSame = (other: Action) =>
      other.kind === 'set-route' && other.host === action.host && other.to === action.to && other.from !== other.to
    // The rows of one step that lead to one pool are one line.
    if (action.from === action.to || plan.findIndex(isSame) !== index) return []
    return [formatStep(action, plan.filter(isSame).length)]
  })
  return lines
}

/** "web: 5 of 100 parts of split canary-4ad217 -> web.pool.v2". */
function formatStep({ owner, host, path, to }: Extract<Action, { kind: 'set-route' }>, count: number): string {
  const [kind = '', name = ''] = (host ?? '').split(':')
  const what = kind.startsWith('SPLIT')
    ? `${count} of ${SPLIT_PARTS} parts of split ${name}`
    : kind === 'ELSE'
      ? path === DETOUR_PATHS.first
        ? `fallback of ${name} behind`
        : `fallback of ${name}`
      : `route with conditions ${name}`
  return `${owner}: ${what} ${to === null ? 'removed' : `-> ${formatPoolId(to)}`}`
}

/** "web-lb: new pool web-lb.main; web-lb: new listener 0.0.0.0:80". */
export function formatReasons(reasons: readonly Reason[]): string {
  const words = reasons.slice(0, SPELLED_OUT).map(formatReason)
  return [...words, ...(reasons.length > SPELLED_OUT ? [`${reasons.length - SPELLED_OUT} more`] : [])].join('; ')
}

/** "web-lb: new pool web-lb.main". */
export function formatReason(reason: Reason): string {
  return reason.owner === null ? reason.text : `${reason.owner}: ${reason.text}`
}

function formatAction(action: Action): string {
  switch (action.kind) {
    case 'reload':
      return `reload because ${formatReasons(action.because)}`
    case 'set-route':
      return formatRoute(action)
    case 'put-row':
      return `row ${action.key} of ${action.map} ${action.from ?? 'missing'} -> ${action.to ?? 'removed'}`
    case 'claim-place':
    case 'set-parameters':
    case 'leave-place':
    case 'free-place':
      return `${action.owner}: ${formatPool(action)}`
    case 'add-certificate':
    case 'replace-certificate':
    case 'remove-certificate':
      return `${action.owner}: ${formatCertificate(action)}`
    case 'set-default-certificate':
      return formatDefault(action)
    case 'set-challenge':
      return `${action.owner}: challenges for ${action.domain} ${action.isAnswered ? 'answered' : 'not answered any more'}`
    case 'open-listener':
      return `listener ${action.listener} switched off -> on`
    case 'remove-stray-certificate':
      return `certificate ${action.path} nobody asked for removed from ${action.listener}`
    default:
      return `${action.owner}: server ${action.server} in ${action.pool} ${formatServer(action)}`
  }
}

type CertificateAction = Extract<Action, { certificate: Certificate }>

/** How many names of a certificate are spelled out. */
const SPELLED_NAMES = 3

function formatNames(names: readonly string[]): string {
  const more = names.length > SPELLED_NAMES ? ` and ${names.length - SPELLED_NAMES} more` : ''
  return `certificate for ${names.slice(0, SPELLED_NAMES).join(', ')}${more}`
}

function formatDefault({ owner, listener, chosen }: Extract<Action, { kind: 'set-default-certificate' }>): string {
  if (owner === null) return `self-signed certificate is the default of ${listener}`
  return `${owner}: ${formatNames(chosen.names)} is the default of ${listener}`
}

function formatCertificate({ kind, certificate }: CertificateAction): string {
  const { names, only = names, keyType, listener, notAfter } = certificate
  const what = `${formatNames(only)} (${keyType})`
  if (kind === 'remove-certificate') return `${what} removed from ${listener}`
  const until = `valid until ${notAfter.slice(0, 10)}`
  return kind === 'add-certificate'
    ? `${what} added to ${listener}, ${until}`
    : `${what} replaced on ${listener}, ${until}`
}

type PoolAction = Extract<Action, { kind: 'claim-place' | 'set-parameters' | 'leave-place' | 'free-place' }>

function formatPool(action: PoolAction): string {
  const pool = `pool ${action.pool}`
  switch (action.kind) {
    case 'claim-place':
      return action.from === null
        ? `new ${pool} takes ${action.place}`
        : `${pool} (${action.changes.join(', ')}) moves to ${action.place}`
    case 'set-parameters':
      return `${pool} changed (${action.changes.join(', ')})`
    case 'leave-place':
      return action.isMove ? `${pool} leaves ${action.place}` : `${pool} removed from ${action.place}`
    case 'free-place':
      return `${pool} has left ${action.place}`
  }
}

type ServerAction = Extract<Action, { server: string }>

function formatServer(action: ServerAction): string {
  switch (action.kind) {
    case 'add-server':
      return 'added'
    case 'set-weight':
      return `weight ${action.from} -> ${action.to}${action.drain ? ' (drain)' : ''}`
    case 'set-max-connections':
      return `maxConnections ${action.from ?? 'no limit'} -> ${action.to ?? 'no limit'}`
    case 'set-address':
      return `address ${action.from} -> ${action.to}`
    case 'set-state':
      return `${action.from} -> ${action.to}`
    case 'resume-checks':
      return 'checks off -> on'
    case 'retire-server':
      return 'taken out'
    case 'delete-server':
      return 'forgotten'
  }
}

function formatRoute({ owner, host, path, from, to, place }: Extract<Action, { kind: 'set-route' }>): string {
  const route = `${owner}: route ${host ?? ''}${path}`
  const [old, fresh] = [formatPoolId(from), formatPoolId(to)]
  if (to === null) return `${route} removed`
  if (from === to) return `${route} follows ${fresh} to ${place}`
  return from === null ? `${route} -> ${fresh} added` : `${route} ${old} -> ${fresh}`
}

function formatPoolId(id: string | null): string {
  return id !== null && isHttpsPool(id) ? `https on port ${id.slice('https.'.length)}` : (id ?? '')
}
