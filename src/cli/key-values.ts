// `KEY=VALUE` of any key of the resource, for commands that set what has no command of its own.
import type { LoadBalancerInput } from '../spec/schema.ts'
import { RefusedInput, usageFailure } from './refusal.ts'

/** A key and what it is to be; undefined: not there any more. */
export type KeyValue = { readonly text: string; readonly path: readonly (string | number)[]; readonly value: unknown }

/** Reads `routes[0].rateLimit.requests=100`; a list is `a,b` or `[a, b]` as in a file. Throws `RefusedInput` for a key there is not, or a value it does not take. */
export async function readKeyValue(word: string): Promise<KeyValue> {
  const [, text = '', value] = /^([^=]+)=(.*)$/s.exec(word) ?? []
  if (value === undefined)
    throw usageFailure(`${JSON.stringify(word)} is not KEY=VALUE; write for example slowStart=30s`)
  const { path, schema } = await findKey(text)
  const { isPlain, readText, takesList } = await import('../spec/read-text.ts')
  const isWritten = takesList(schema) && /^\s*\[.*\]\s*$/s.test(value)
  const read = isPlain(schema) && !isWritten ? readText(schema, value) : await readYaml(value)
  if (!read.ok) throw new RefusedInput('', [{ path: text, message: read.message }])
  return { text, path, value: read.value }
}

/** Reads the key alone, to take it out. */
export async function readKey(text: string): Promise<KeyValue> {
  return { text, path: (await findKey(text)).path, value: undefined }
}

async function findKey(text: string) {
  const [{ parseKeyPath }, { specSchema }] = await Promise.all([
    import('../spec/key-path.ts'),
    import('../spec/schema.ts'),
  ])
  const key = parseKeyPath(specSchema, text.replace(/^spec\./, ''))
  if (!key.ok) throw new RefusedInput('', [{ path: text, message: key.message }])
  return key.value
}

/** Keys and lists of them, as they stand in a file: `{ path: /health }`, `[{ pool: v1, weight: 95 }]`. */
async function readYaml(text: string) {
  const { parseDocument } = await import('yaml')
  const document = parseDocument(text)
  const [error] = document.errors
  if (!error) return { ok: true, value: document.toJS() as unknown } as const
  return { ok: false, message: `is not YAML: ${error.message.split('\n')[0]}` } as const
}

/** A spec with these set, one after the other. Throws `RefusedInput` where a list is not that long. */
export async function withKeyValues(spec: object, changes: readonly KeyValue[]): Promise<LoadBalancerInput['spec']> {
  const { withValueAt } = await import('../spec/key-path.ts')
  let changed: unknown = spec
  for (const { text, path, value } of changes) {
    const next = withValueAt(changed, path, value)
    if (!next.ok) throw new RefusedInput('', [{ path: text, message: next.message }])
    changed = next.value ?? {}
  }
  return changed as LoadBalancerInput['spec']
}
