// The longest texts and the largest numbers a resource may hold: HAProxy takes them too.
import { expect, test } from 'vitest'
import { merge } from '../../src/merge/merge.ts'
import { renderHaproxy } from '../../src/render/haproxy/render-haproxy.ts'
import { formatSpecProblem, parseResource } from '../../src/spec/parse-resource.ts'
import { toFragment } from '../../src/spec/to-fragment.ts'
import { checkFiles } from '../haproxy/check-files.ts'
import { readOwnSettings } from './settings.ts'

const LONGEST_HOST = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`
const MOST_LABELS = `*.${Array.from({ length: 126 }, () => 'a').join('.')}`
const BACKENDS = [{ target: `${LONGEST_HOST}:65535`, weight: 256, backup: true, maxConnections: 1_000_000 }]

/** What HAProxy says of one load balancer; null where it is content. */
async function complaintsOf(spec: Record<string, unknown>, name = 'web'): Promise<readonly string[]> {
  const parsed = parseResource({ name, spec: { backends: BACKENDS, ...spec } })
  const checked = parsed.ok ? toFragment(parsed.value, { source: 'store', id: name, since: 1, version: 1 }) : parsed
  if (!checked.ok) throw new Error(checked.problems.map(formatSpecProblem).join('\n'))
  const { value } = merge([checked.value], { vpcs: [], addresses: new Map(), kept: new Map(), setAside: new Map() })
  return (await checkFiles(renderHaproxy(value, await readOwnSettings()))).complaints
}

const route = (match: Record<string, unknown>) => ({ routes: [{ match, backends: BACKENDS }] })

test.each([
  ['the longest host', route({ host: LONGEST_HOST })],
  ['the wildcard with the most labels', route({ host: MOST_LABELS })],
  ['the longest path', route({ path: `/${'%20'.repeat(341)}` })],
  ['the longest path of a check, all of it escaped', { healthCheck: { path: `/${"'".repeat(1023)}` } }],
  ['the longest host of a check', { healthCheck: { path: '/', host: LONGEST_HOST } }],
  [
    'the most bytes to send and expect',
    { healthCheck: { type: 'custom', send: '€'.repeat(1024), expect: '€'.repeat(1024) } },
  ],
  ['the longest cookie', { sticky: { mode: 'cookie', cookieName: 'x'.repeat(64) } }],
  ['the longest header', { rateLimit: { requests: 1, window: '1s', key: `header:${'x'.repeat(128)}` } }],
  ['the largest rate', { rateLimit: { requests: 1_000_000_000, window: '2147483647ms' } }],
  [
    'the longest times',
    {
      timeouts: Object.fromEntries(
        ['connect', 'client', 'server', 'queue', 'tunnel', 'httpRequest', 'keepAlive'].map((key) => [
          key,
          '2147483647ms',
        ]),
      ),
      healthCheck: { path: '/', interval: '2147483647ms', timeout: '2147483647ms', rise: 1000, fall: 1000 },
    },
  ],
  ['the longest raw line', { customSettings: [`acl x path /${'a'.repeat(2035)}`] }],
  [
    'many pools',
    { pools: Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`p${index}`, { backends: BACKENDS }])) },
  ],
])('%s', async (_what, spec) => {
  expect(await complaintsOf(spec)).toEqual([])
})

test('the longest name', async () => {
  expect(await complaintsOf({ rateLimit: { requests: 1, window: '1s' } }, 'x'.repeat(63))).toEqual([])
})
