// The platform's other page writes the same resource differently: brought into the one form the schema knows.

type Json = Readonly<Record<string, unknown>>

/** Objects whose keys are the user's own words and therefore stay as they are. */
const OWN_WORDS = new Set(['labels', 'pools', 'headers', 'users', 'set', 'add'])

const RENAMED: Readonly<Record<string, string>> = { vpcId: 'vpc', healthyThreshold: 'rise', unhealthyThreshold: 'fall' }

/** Understands `metadata.name`, snake_case, `*_seconds`, `vpc_id` and `listeners[]`; anything else passes as it is. */
export function normaliseResource(input: unknown): unknown {
  if (!isObject(input)) return input
  const { metadata, kind: _kind, apiVersion: _apiVersion, spec, ...rest } = input
  const { name, labels, ...other } = isObject(metadata) ? metadata : {}
  const lifted = { ...(name === undefined ? {} : { name }), ...(labels === undefined ? {} : { labels }) }
  const metadataLeft =
    isObject(metadata) && Object.keys(other).length === 0 ? {} : metadata === undefined ? {} : { metadata }
  return { ...lifted, ...rest, ...metadataLeft, ...(spec === undefined ? {} : { spec: normaliseSpec(spec) }) }
}

/** The spec part alone, as PATCH bodies carry it. */
export function normaliseSpec(spec: unknown): unknown {
  const renamed = renameKeys(spec)
  if (!isObject(renamed) || !Array.isArray(renamed['listeners'])) return renamed
  const { listeners, ...rest } = renamed
  const known = listeners.filter(isObject)
  const plain = known.filter((listener) => listener['protocol'] !== 'https')
  const secure = known.filter((listener) => listener['protocol'] === 'https')
  if (known.length !== listeners.length || plain.length > 1 || secure.length > 1) return renamed
  const [first] = plain.length > 0 ? plain : secure
  return {
    ...(plain[0]?.['protocol'] === undefined ? {} : { type: plain[0]['protocol'] }),
    ...(plain[0]?.['listenPort'] === undefined ? {} : { port: plain[0]['listenPort'] }),
    ...(first?.['targetPort'] === undefined ? {} : { targetPort: first['targetPort'] }),
    ...(secure[0]?.['listenPort'] === undefined ? {} : { tls: { port: secure[0]['listenPort'] } }),
    ...rest,
  }
}

function renameKeys(value: unknown, ownWords = false): unknown {
  if (Array.isArray(value)) return value.map((item) => renameKeys(item))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (ownWords) return [key, renameKeys(inner)]
      if (key.endsWith('_seconds') && typeof inner === 'number') return [toCamel(key.slice(0, -8)), `${inner}s`]
      const camel = toCamel(key)
      return [Object.hasOwn(RENAMED, camel) ? RENAMED[camel] : camel, renameKeys(inner, OWN_WORDS.has(camel))]
    }),
  )
}

function toCamel(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
