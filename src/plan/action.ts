// The actions of a plan, and the closed list of reasons for a reload.
import type { Certificate, DefaultCertificate } from '../model/certificate.ts'
import type { Pool, Server } from '../model/config.ts'

/** Why a change cannot be made in the running process. Closed: a reload without one of these is a bug. */
export type ReasonCode =
  | 'start'
  | 'unknown-configuration'
  | 'process-settings'
  | 'listener-added'
  | 'listener-removed'
  | 'listener-changed'
  | 'route-depth'
  | 'reserve-used-up'
  | 'custom-settings'
  | 'template'
  | 'runtime-refused'

/** One reason for a reload: whose, which, and in words. */
export type Reason = { readonly code: ReasonCode; readonly owner: string | null; readonly text: string }

/** A pool and the place in HAProxy it stands in. */
export type PoolRef = { readonly owner: string; readonly pool: string; readonly place: string }

/** A server in HAProxy's running process. */
export type ServerRef = PoolRef & { readonly server: string }

/** One step from running to desired. */
export type Action =
  /** A pool takes a place of the reserve; `from` is the place it had until then. */
  | (PoolRef & {
      readonly kind: 'claim-place'
      readonly profile: string
      readonly definition: Pool
      readonly from: string | null
      readonly changes: readonly string[]
    })
  /** Settings of a pool that stand in maps. */
  | (PoolRef & {
      readonly kind: 'set-parameters'
      readonly before: Pool
      readonly after: Pool
      readonly changes: readonly string[]
    })
  | (ServerRef & { readonly kind: 'add-server'; readonly definition: Server; readonly in: Pool })
  | (ServerRef & { readonly kind: 'set-weight'; readonly from: number; readonly to: number; readonly drain: boolean })
  | (ServerRef & { readonly kind: 'set-max-connections'; readonly from: number | null; readonly to: number | null })
  | (ServerRef & {
      readonly kind: 'set-address'
      readonly from: string
      readonly to: string
      readonly address: string
      readonly port: number
    })
  | (ServerRef & { readonly kind: 'set-state'; readonly from: 'ready' | 'maint'; readonly to: 'ready' | 'maint' })
  | {
      readonly kind: 'set-route'
      readonly owner: string
      readonly listener: string
      readonly host: string | null
      readonly path: string
      /** The pool's id before; null for a new route. */
      readonly from: string | null
      /** The pool's id after; null where the route goes. */
      readonly to: string | null
      /** The place after; null where the route goes. */
      readonly place: string | null
    }
  /** Takes a server out for good: no new request reaches it, those under way are answered. `isLate`: nobody was sent to it any more. */
  | (ServerRef & { readonly kind: 'retire-server'; readonly definition: Server; readonly isLate: boolean })
  /** Forgets a retired server once nothing can be under way to it. */
  | (ServerRef & { readonly kind: 'delete-server' })
  /** Nobody is sent to a place any more. */
  | (PoolRef & {
      readonly kind: 'leave-place'
      readonly definition: Pool
      readonly profile: string | null
      readonly isMove: boolean
    })
  /** Nothing is left in a place: it is in reserve again, or forgotten. */
  | (PoolRef & { readonly kind: 'free-place'; readonly profile: string | null })
  /** A certificate comes to a listener. */
  | { readonly kind: 'add-certificate'; readonly owner: string; readonly certificate: Certificate }
  /** Another content under the same name. */
  | { readonly kind: 'replace-certificate'; readonly owner: string; readonly certificate: Certificate }
  | { readonly kind: 'remove-certificate'; readonly owner: string; readonly certificate: Certificate }
  /** Another certificate answers on a listener where no name matches. `owner`: whose it is. */
  | {
      readonly kind: 'set-default-certificate'
      readonly owner: string | null
      readonly listener: string
      readonly chosen: DefaultCertificate
    }
  /** A certificate that nobody of ours brought to a listener. */
  | {
      readonly kind: 'remove-stray-certificate'
      readonly owner: null
      readonly listener: string
      readonly path: string
    }
  /** The challenges of a CA for a name are answered from now on, or no more. */
  | { readonly kind: 'set-challenge'; readonly owner: string; readonly domain: string; readonly isAnswered: boolean }
  /** Puts a row back as it was told. */
  | {
      readonly kind: 'put-row'
      readonly owner: null
      readonly map: string
      readonly key: string
      readonly from: string | null
      readonly to: string | null
    }
  /** A listener that somebody switched off takes connections again. */
  | { readonly kind: 'open-listener'; readonly owner: null; readonly listener: string }
  /** The health of a server is checked again. */
  | (ServerRef & { readonly kind: 'resume-checks' })
  | { readonly kind: 'reload'; readonly because: readonly Reason[] }

/** Actions that only tidy up after an earlier change: nobody waits for them. */
export function isTidying(action: Action): boolean {
  return (
    action.kind === 'delete-server' ||
    action.kind === 'free-place' ||
    (action.kind === 'retire-server' && action.isLate)
  )
}
