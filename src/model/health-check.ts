// How servers are asked whether they are well: probes of ours, and agents on the servers that say so themselves.
import { accepted, type Parsed, quoted, refused } from './parsed.ts'

/** Statuses from one to another, both included. */
export type StatusRange = { readonly from: number; readonly to: number }

export const CHECK_METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST'] as const

/** A request, and what the answer must be like. */
export type HttpProbe = {
  readonly type: 'http'
  readonly path: string
  /** null: the server itself. */
  readonly host: string | null
  readonly statuses: readonly StatusRange[]
  /** Absent: GET. */
  readonly method?: (typeof CHECK_METHODS)[number]
  /** Sent beside Host and User-Agent. Absent: none. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** What the answer must contain. Absent: anything. */
  readonly body?: { readonly kind: 'text' | 'regex'; readonly text: string }
}

/** Probes that are the same for every pool that has them: what is said and expected is all there is. */
export type ProtocolProbe =
  | { readonly type: 'custom'; readonly send: string; readonly expect: string }
  | { readonly type: 'redis' }
  | { readonly type: 'smtp' }
  | { readonly type: 'postgres' | 'mysql'; readonly user: string }
  /** `service`: empty for the server as a whole. `host`: what is sent as the authority. */
  | { readonly type: 'grpc'; readonly service: string; readonly host: string }

/** What an active probe sends and expects. */
export type HealthProbe = { readonly type: 'none' } | { readonly type: 'tcp' } | HttpProbe | ProtocolProbe

/** An active probe and its rhythm. */
export type HealthCheck = HealthProbe & {
  readonly intervalMs: number
  readonly timeoutMs: number
  /** Successes in a row before a server takes traffic again. */
  readonly rise: number
  /** Failures in a row before a server takes no more. */
  readonly fall: number
  /** Probe another port than the traffic's. */
  readonly port: number | null
}

/** A program beside a server that HAProxy asks how much traffic it wants. */
export type AgentCheck = {
  readonly port: number
  readonly intervalMs: number
  /** Sent to it first; null: nothing. */
  readonly send: string | null
}

/** Statuses as HAProxy and a user write them: "200,204,300-399". */
export function formatStatuses(statuses: readonly StatusRange[]): string {
  return statuses.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(',')
}

/** A database's user as a check names itself. No password is ever sent. */
export function parseDatabaseUser(text: string): Parsed<string> {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,31}$/.test(text)) return accepted(text)
  return refused(`${quoted(text)} is not a user of a check; use letters, digits and _ . @ -, at most 32`)
}

/** The name of a gRPC service, as its health service knows it. */
export function parseServiceName(text: string): Parsed<string> {
  if (/^[A-Za-z0-9_][A-Za-z0-9_./-]{0,119}$/.test(text)) return accepted(text)
  return refused(`${quoted(text)} is not a gRPC service; write for example shop.v1.Orders, at most 120 characters`)
}

/** What an agent is sent: one word, since a command of the running HAProxy can carry no line end. */
export function parseAgentText(text: string): Parsed<string> {
  if (/^[A-Za-z0-9_.:/=@+,-]{1,128}$/.test(text)) return accepted(text)
  return refused(`${quoted(text)} cannot be sent to an agent; use letters, digits and _ . : / = @ + , -, at most 128`)
}
