// Answers of etcd's v2 keys API, strictly read; paths are told from the prefix on.
import { z } from 'zod'
import type { EtcdChange } from './etcd-tree.ts'

type Node = { readonly key: string; readonly dir?: boolean; readonly value?: string; readonly nodes?: readonly Node[] }

const node: z.ZodType<Node> = z.lazy(
  () =>
    z.object({
      key: z.string(),
      dir: z.boolean().optional(),
      value: z.string().optional(),
      nodes: z.array(node).optional(),
    }) as z.ZodType<Node>,
)

const listSchema = z.object({ node })

const eventSchema = z.object({
  action: z.string(),
  node: z.object({
    key: z.string(),
    dir: z.boolean().optional(),
    value: z.string().optional(),
    modifiedIndex: z.number().int().nonnegative(),
  }),
})

const errorSchema = z.object({ errorCode: z.number(), message: z.string().optional(), cause: z.string().optional() })

const REMOVALS = ['delete', 'expire', 'compareAndDelete']

/** The keys and folders below the prefix; null where it is no such answer. */
export function parseList(json: unknown, prefix: string): Map<string, string> | null {
  const parsed = listSchema.safeParse(json)
  if (!parsed.success) return null
  const tree = new Map<string, string>()
  const waiting = [parsed.data.node]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const path = pathBelow(next.key, prefix)
    if (path !== null && path !== '') tree.set(next.dir ? `${path}/` : path, next.value ?? '')
    waiting.push(...(next.nodes ?? []))
  }
  return tree
}

/** What a watch told, and the index it happened at; null where it is no such answer. */
export function parseEvent(
  json: unknown,
  prefix: string,
): { readonly changes: readonly EtcdChange[]; readonly index: string } | null {
  const parsed = eventSchema.safeParse(json)
  if (!parsed.success) return null
  const { action, node } = parsed.data
  const index = String(node.modifiedIndex)
  const path = pathBelow(node.key, prefix)
  if (REMOVALS.includes(action)) return { changes: [{ path: path ?? '', value: null, isTree: true }], index }
  if (path === null || path === '') return { changes: [], index }
  // Folders come into being with what is put in them, and no event tells of it.
  const parts = path.split('/')
  const folders = parts.slice(0, -1).map((_, last) => `${parts.slice(0, last + 1).join('/')}/`)
  const own = node.dir ? { path: `${path}/`, value: '' } : { path, value: node.value ?? '' }
  return { changes: [...folders.map((folder) => ({ path: folder, value: '' })), own], index }
}

/** The error an answer tells of; null where it tells of none. */
export function parseError(json: unknown): { readonly code: number; readonly word: string } | null {
  const parsed = errorSchema.safeParse(json)
  if (!parsed.success) return null
  const { errorCode, message = '', cause = '' } = parsed.data
  return { code: errorCode, word: [message, cause].filter((part) => part !== '').join(': ') }
}

/** Null for the prefix's parents, which are told of when they are taken away. */
function pathBelow(key: string, prefix: string): string | null {
  if (key === prefix) return ''
  return key.startsWith(`${prefix}/`) ? key.slice(prefix.length + 1) : null
}
