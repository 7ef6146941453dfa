// The actions of a plan, and the closed list of reasons for a reload.

/** Why a change cannot be made in the running process. Closed: a reload without one of these is a bug. */
export type ReasonCode =
  | 'start'
  | 'unknown-configuration'
  | 'process-settings'
  | 'listener-added'
  | 'listener-removed'
  | 'listener-changed'
  | 'route-added'
  | 'route-removed'
  | 'route-changed'
  | 'pool-added'
  | 'pool-removed'
  | 'pool-changed'
  | 'server-added'
  | 'server-removed'
  | 'server-changed'
  | 'runtime-refused'

/** One reason for a reload: whose, which, and in words. */
export type Reason = { readonly code: ReasonCode; readonly owner: string | null; readonly text: string }

/** A server in HAProxy's running process. */
export type ServerRef = { readonly owner: string; readonly pool: string; readonly server: string }

/** One step from running to desired. */
export type Action =
  | (ServerRef & { readonly kind: 'set-weight'; readonly from: number; readonly to: number; readonly drain: boolean })
  | (ServerRef & {
      readonly kind: 'set-address'
      readonly from: string
      readonly to: string
      readonly address: string
      readonly port: number
    })
  | (ServerRef & { readonly kind: 'set-state'; readonly from: 'ready' | 'maint'; readonly to: 'ready' | 'maint' })
  | { readonly kind: 'reload'; readonly because: readonly Reason[] }
