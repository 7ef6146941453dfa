// The actions of a plan, and the closed list of reasons for a reload.
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
  | 'pool-added'
  | 'pool-removed'
  | 'pool-changed'
  | 'server-changed'
  | 'runtime-refused'

/** One reason for a reload: whose, which, and in words. */
export type Reason = { readonly code: ReasonCode; readonly owner: string | null; readonly text: string }

/** A server in HAProxy's running process. */
export type ServerRef = { readonly owner: string; readonly pool: string; readonly server: string }

/** One step from running to desired. */
export type Action =
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
  /** Takes a server out for good: no new request reaches it, those under way are answered. */
  | (ServerRef & { readonly kind: 'retire-server' })
  /** Forgets a retired server once nothing can be under way to it. */
  | (ServerRef & { readonly kind: 'delete-server' })
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
    }
  | { readonly kind: 'reload'; readonly because: readonly Reason[] }
