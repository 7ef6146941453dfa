// The table of labels in docs/docker.md, made from the labels there are.
import { z } from 'zod'
import { LABEL_KEYS, otherNamesOf } from '../../../src/sources/docker/label-keys.ts'
import { SHORT_FORMS } from '../../../src/sources/docker/short-forms.ts'
import { unwrapSchema } from '../../../src/spec/key-path.ts'

/** Where the schema says nothing. */
const ABOUT: Readonly<Record<string, string>> = {
  'lb.tls.auto-renew': 'Whether a certificate that is obtained is renewed; true by default',
  'lb.sticky.mode': 'What keeps a client on its server; `source` by default',
  'lb.unavailable.body': 'The answer itself',
  'lb.auth.basic.users.<name>': 'The hash of its password, as `fairlead hash-password` prints it',
  'lb.redirect.scheme': 'Another scheme',
  'lb.labels.<name>': "The load balancer's own labels, for `lb list --label`",
  'lb.target-port': 'Where the container listens; may be left out where it exposes one port',
  'lb.port': 'The port clients reach; required',
  'lb.type': '`http` by default',
  'lb.match.methods': 'Methods, in capitals',
  'lb.custom-settings': 'Raw HAProxy lines of the pool, one to a line of the label',
  'lb.algorithm': '`leastconn` by default',
  'lb.compression': 'Packs text for clients that can unpack it; true by default',
  'lb.fallback': 'The version (`lb.version`) that stands in while no server of the others is up',
  'lb.headers.request.remove': 'Headers servers do not see',
  'lb.headers.response.remove': 'Headers clients do not see',
  'lb.tls.domains': 'Names to serve',
}

/** Its lines, the heading included. */
export function formatLabelTable(): string[] {
  const short = SHORT_FORMS.map(({ label, form, about }) => [`\`${label}\``, form, about])
  const keys = LABEL_KEYS.map((key) => {
    const names = [...otherNamesOf(key), key.label].map((name) => `\`${name}\``).join(', ')
    const about = ABOUT[key.label] ?? key.about
    return [names, describeValues(key.schema, key.label), about]
  })
  const rows = [['`lb.enable`', switches, 'Nothing of a container is looked at without it'], ...short, ...keys]
  return ['| label | value | means |', '|---|---|---|', ...rows.map((row) => `| ${row.map(escapeCell).join(' | ')} |`)]
}

const switches = '`true`, `false` (also `Y`, `yes`, `1`, `on`, …)'

function describeValues(schema: z.ZodType, label: string): string {
  const inner = unwrapSchema(schema)
  const { examples = [] } = (inner.meta() ?? {}) as { examples?: unknown[] }
  const example = examples[0] === undefined ? '' : `\`${String(examples[0])}\``
  if (inner instanceof z.ZodRecord) return describeValues(inner.valueType as z.ZodType, label)
  if (inner instanceof z.ZodBoolean) return 'switch'
  if (inner instanceof z.ZodEnum) return inner.options.map((option) => `\`${String(option)}\``).join(', ')
  if (inner instanceof z.ZodLiteral) return [...inner.values].map((value) => `\`${String(value)}\``).join(', ')
  if (inner instanceof z.ZodNumber) return `${String(inner.minValue)} to ${String(inner.maxValue)}`
  if (inner instanceof z.ZodArray) {
    const between = label === 'lb.custom-settings' ? 'lines' : 'commas between'
    return `${describeValues(inner.element as z.ZodType, label)}; ${between}`
  }
  if (inner instanceof z.ZodUnion) return describeValues(inner.options.at(-1) as z.ZodType, label)
  return example === '' ? 'text' : example
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
