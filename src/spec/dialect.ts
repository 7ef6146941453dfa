// The platform's other page writes the same resource differently: brought into the one form the schema knows.

type Json = Readonly<Record<string, unknown>>

/** Objects whose keys are the user's own words and therefore stay as they are. */
const OWN_WORDS = new Set(['labels', 'pools', 'headers', 'users', 'set', 'add'])

const RENAMED: ReadonlyMap<string, string> = new Map([
  ['vpcId', 'vpc'],
  ['healthyThreshold', 'rise'],
  ['unhealthyThreshold', 'fall'],
])

/** Understands `metadata.name`, snake_case, `*_seconds`, `vpc_id` and `listeners[]`; anything else passes as it is. */
export function normaliseResource(input: unknown): unknown {
  if (!isObject(input)) return input
  const { metadata, kind: _kind, apiVersion: _apiVersion, spec, ...rest } = input
  const { name, labels, ...other } = isObject(metadata) ? metadata : {}
  const lifted = { ...(name === undefined ? {} : { name }), ...(labels === undefined ? {} : { labels }) }
  const metadataLeft =
    isObject(metadata) && Object.keys(other).length === 0 ? {} : metadata === undefined ? {} : { metadata }
  return {
    ...lifted,
    ...rest,
    ...metadataLeft,
    ...(spec === undefined ? {} : { spec: normaliseSpec(spec) }),
  }
}

/** The spec part alone, as PATCH bodies carry it. */
export function normaliseSpec(spec: unknown): unknown {
  const renamed = renameKeys(spec)
  if (!isObject(renamed) || !Array.isArray(renamed['listeners'])) return renamed
  const { listeners, tls, ...rest } = renamed
  const plain = listeners.filter((listener) => isListener(listener, ['http', 'tcp', undefined]))
  const secure = listeners.filter((listener) => isListener(listener, ['https']))
  const [first, ...more] = [...plain, ...secure]
  const isOneOfEach = plain.length <= 1 && secure.length <= 1 && plain.length + secure.length === listeners.length
  // What cannot be said in the other words stays, and is refused as a key nobody knows.
  if (
    !first ||
    !isOneOfEach ||
    more.some(({ targetPort }) => targetPort !== undefined && targetPort !== first['targetPort'])
  )
    return renamed
  const port = secure[0]?.['listenPort']
  const said: Json = {
    ...keep('type', plain[0]?.['protocol']),
    ...keep('port', plain[0]?.['listenPort']),
    ...keep('targetPort', first['targetPort']),
  }
  if (
    Object.entries(said).some(([key, value]) => key in rest && rest[key] !== value) ||
    (port !== undefined && isObject(tls) && 'port' in tls)
  )
    return renamed
  return { ...said, ...rest, ...keep('tls', port === undefined ? tls : { ...(isObject(tls) ? tls : {}), port }) }
}

const LISTENER_KEYS = new Set(['listenPort', 'targetPort', 'protocol'])

function isListener(value: unknown, protocols: readonly unknown[]): value is Json {
  return (
    isObject(value) &&
    protocols.includes(value['protocol']) &&
    Object.keys(value).every((key) => LISTENER_KEYS.has(key))
  )
}

function keep(key: string, value: unknown): Json {
  return value === undefined ? {} : { [key]: value }
}

/** Two words for one key in one object: the second keeps its own spelling, and is refused. */
function renameKeys(value: unknown, ownWords = false): unknown {
  if (Array.isArray(value)) return value.map((item) => renameKeys(item))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => (ownWords ? [key, renameKeys(inner)] : renameKey(value, key, inner))),
  )
}

function renameKey(value: Json, key: string, inner: unknown): [string, unknown] {
  const isSeconds = key.endsWith('_seconds') && typeof inner === 'number'
  const camel = toCamel(isSeconds ? key.slice(0, -8) : key)
  const ours = RENAMED.get(camel) ?? camel
  if (ours !== key && Object.hasOwn(value, ours)) return [key, inner]
  return [ours, isSeconds ? `${inner}s` : renameKeys(inner, OWN_WORDS.has(camel))]
}

function toCamel(key: string): string {
  return !key.includes('_') ? key : key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
