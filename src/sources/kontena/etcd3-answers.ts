// Answers of etcd's v3 API through its JSON gateway, strictly read; paths are told from the prefix on.
import { z } from 'zod'
import type { EtcdChange } from './etcd-tree.ts'

/** The gateway leaves out what is empty, and writes whole numbers as texts. */
const revision = z.string().regex(/^-?\d{1,20}$/)

const pair = z.object({ key: z.string(), value: z.string().optional() })

const rangeSchema = z.object({ header: z.object({ revision }), kvs: z.array(pair).optional() })

const tokenSchema = z.object({ token: z.string().min(1) })

const watchSchema = z.object({
  result: z.object({
    events: z.array(z.object({ type: z.enum(['PUT', 'DELETE']).optional(), kv: pair })).optional(),
    canceled: z.boolean().optional(),
    compact_revision: revision.optional(),
    cancel_reason: z.string().optional(),
  }),
})

/** Of an answer, and of a stream, where it stands one deeper. */
const errorSchema = z.object({ error: z.union([z.string(), z.object({ message: z.string() })]) })

/** What a line of a watch says. */
export type WatchWord =
  | { readonly kind: 'changes'; readonly changes: readonly EtcdChange[] }
  /** Everything is to be read again: what happened since is not known any more. */
  | { readonly kind: 'compacted' }
  | { readonly kind: 'refused'; readonly word: string }

/** The range of all keys that begin with `prefix` and a slash, as the API wants it. */
export function rangeOf(prefix: string): { readonly key: string; readonly range_end: string } {
  // A slash and what comes after it in the alphabet of bytes.
  return { key: encode(`${prefix}/`), range_end: encode(`${prefix}0`) }
}

/** The keys below the prefix and the revision they are of; null where it is no such answer. */
export function parseRange(json: unknown, prefix: string): { tree: Map<string, string>; index: string } | null {
  const parsed = rangeSchema.safeParse(json)
  if (!parsed.success) return null
  const { header, kvs = [] } = parsed.data
  return { tree: new Map(kvs.map(({ key, value }) => [below(key, prefix), decode(value)])), index: header.revision }
}

/** Null where it is no such answer. */
export function parseToken(json: unknown): string | null {
  const parsed = tokenSchema.safeParse(json)
  return parsed.success ? parsed.data.token : null
}

/** Null where it is no such line. */
export function parseWatchWord(json: unknown, prefix: string): WatchWord | null {
  const error = parseError3(json)
  if (error !== null) return { kind: 'refused', word: error }
  const parsed = watchSchema.safeParse(json)
  if (!parsed.success) return null
  const { events = [], canceled = false, compact_revision = '0', cancel_reason = '' } = parsed.data.result
  if (canceled && compact_revision !== '0') return { kind: 'compacted' }
  if (canceled) return { kind: 'refused', word: cancel_reason || 'the watch was cancelled' }
  const changes = events.map(({ type, kv }) => ({
    path: below(kv.key, prefix),
    value: type === 'DELETE' ? null : decode(kv.value),
  }))
  return { kind: 'changes', changes }
}

/** What etcd says of an error; null where it tells of none. */
export function parseError3(json: unknown): string | null {
  const parsed = errorSchema.safeParse(json)
  if (!parsed.success) return null
  const { error } = parsed.data
  return typeof error === 'string' ? error : error.message
}

function below(key: string, prefix: string): string {
  return decode(key).slice(prefix.length + 1)
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64')
}

function decode(text = ''): string {
  return Buffer.from(text, 'base64').toString('utf8')
}
