// Every key of the resource has its label, and docs/docker.md tells of each.
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { findLabelKey, LABEL_KEYS } from '../../../src/sources/docker/label-keys.ts'
import { toWord } from '../../../src/sources/docker/to-word.ts'
import { resourceSchema } from '../../../src/spec/schema.ts'
import { container, findAddress, servedOf } from './containers.ts'
import { formatLabelTable } from './label-table.ts'

type Json = { readonly [key: string]: unknown }

/** Every key that holds a value, as `spec.healthCheck.path`; what a user names is `*`. */
function listLeaves(schema: Json, path: string): string[] {
  const { properties, additionalProperties, items } = schema as Record<string, Json | undefined>
  if (properties)
    return Object.entries(properties).flatMap(([key, inner]) => listLeaves(inner as Json, `${path}.${key}`))
  if (typeof additionalProperties === 'object') return listLeaves(additionalProperties, `${path}.*`)
  if (items && 'properties' in items) return listLeaves(items, `${path}[]`)
  // A key that is named and not built takes nothing.
  return 'not' in schema ? [] : [path]
}

/** The keys of pools and routes that stand at the top too are reached there. */
function toTopKey(leaf: string): string {
  return leaf
    .replace(/^spec\.pools\.\*\.rewrite/, 'route.rewrite')
    .replace(/^spec\.pools\.\*\.(?!backends)/, 'spec.')
    .replace(/^spec\.(?:pools\.\*\.|routes\[\]\.)?backends\[\]/, 'server')
    .replace(/^spec\.routes\[\]\.(.+)$/, (_, key: string) => (isTop(key) ? `spec.${key}` : `route.${key}`))
    .replace(/^(?:spec|server|route)\.agentCheck/, 'server.agentCheck')
}

function isTop(key: string): boolean {
  return LABEL_KEYS.some(({ place, path }) => place === 'spec' && path[0] === key.split('.')[0])
}

/** Said by containers, not by labels: servers are found, and pools are versions. */
const FOUND = ['server.target', 'route.pool', 'route.split[].pool', 'route.split[].weight', 'name']

test('every key of the resource is reached by a label', () => {
  const leaves = listLeaves(z.toJSONSchema(resourceSchema, { io: 'input', unrepresentable: 'any' }) as Json, '')
  expect(leaves.length).toBeGreaterThan(150)
  const wanted = new Set(leaves.map((leaf) => toTopKey(leaf.slice(1))))
  const reached = new Set(LABEL_KEYS.map(({ place, path }) => (place === 'labels' ? path : [place, ...path]).join('.')))
  expect([...wanted].filter((key) => !reached.has(key)).sort()).toEqual([...FOUND].sort())
})

test('every label is found by its own name, in each way to write it', () => {
  for (const key of LABEL_KEYS) {
    const segments = key.label.replace('<name>', 'X-Some').split('.').slice(1)
    expect(findLabelKey(segments)?.key).toBe(key)
    expect(
      findLabelKey(segments.map((one, index) => (one === 'X-Some' && index > 0 ? one : one.replaceAll('-', '_'))))?.key,
    ).toBe(key)
  }
})

test('docs/docker.md has the table of all labels', () => {
  const file = new URL('../../../docs/docker.md', import.meta.url)
  const text = readFileSync(file, 'utf8')
  const [before = '', , after = ''] = text.split(/<!-- labels(?: end)? -->\n/)
  const table = `${formatLabelTable().join('\n')}\n`
  const whole = `${before}<!-- labels -->\n${table}<!-- labels end -->\n${after}`
  if (process.env['UPDATE'] === '1') writeFileSync(file, whole)
  expect(readFileSync(file, 'utf8')).toBe(whole)
})

describe('what labels say', () => {
  const PLAIN = { 'lb.publish': '80' }
  test.each<[Record<string, string>, object]>([
    [{ 'lb.health-check': 'http:/health:5s' }, { healthCheck: { type: 'http', path: '/health', interval: '5s' } }],
    [
      { 'lb.health-check': 'http:/health:5s', 'lb.health-check.path': '/up', 'lb.healthCheck.rise': '3' },
      { healthCheck: { type: 'http', path: '/up', interval: '5s', rise: 3 } },
    ],
    [{ 'lb.health-check': 'none' }, { healthCheck: { type: 'none' } }],
    [{ 'lb.health-check.status': '200,204' }, { healthCheck: { status: ['200', '204'].map(Number) } }],
    [{ 'lb.sticky': 'cookie:SESSION' }, { sticky: { mode: 'cookie', cookieName: 'SESSION' } }],
    [{ 'lb.rate-limit': '100/60s:tarpit' }, { rateLimit: { requests: 100, window: '60s', action: 'tarpit' } }],
    [
      { 'lb.rate-limit': '100/60s', 'lb.rate-limit.key': 'header:X-Api-Key' },
      { rateLimit: { requests: 100, window: '60s', key: 'header:X-Api-Key' } },
    ],
    [{ 'lb.tls': 'my-cert' }, { tls: { certificate: 'my-cert' } }],
    [{ 'lb.tls': '/etc/web.pem', 'lb.tls.port': '8443' }, { tls: { certificateFile: '/etc/web.pem', port: 8443 } }],
    [{ 'lb.ssl': '/etc/web.pem' }, { port: 80, tls: { certificateFile: '/etc/web.pem', port: 80 } }],
    [{ 'lb.tls': 'my-cert', 'lb.tls.hsts': 'yes' }, { tls: { certificate: 'my-cert', hsts: true } }],
    [
      { 'lb.tls': 'my-cert', 'lb.tls.hsts': 'yes', 'lb.tls.hsts.max-age': '1d', 'lb.tls.settings': 'modern' },
      { tls: { hsts: { maxAge: '1d' }, settings: 'modern' } },
    ],
    [{ 'lb.tls.domain': 'app.example.com' }, { tls: { domain: 'app.example.com' } }],
    [
      { 'lb.headers.response.set.X-Frame-Options': 'DENY', 'lb.headers.request.remove': 'X-A, X-B' },
      { headers: { response: { set: { 'X-Frame-Options': 'DENY' } }, request: { remove: ['X-A', 'X-B'] } } },
    ],
    [
      { 'lb.compression': 'No', 'lb.timeouts.server': '2m' },
      { compression: false, timeouts: { server: '2m' } },
    ],
    [{ 'lb.access.allow': '10.0.0.0/8,fd00::/8' }, { access: { allow: ['10.0.0.0/8', 'fd00::/8'] } }],
    [{ 'lb.retries.on': '502,empty-response' }, { retries: { on: ['502', 'empty-response'] } }],
    [
      { 'lb.mode': 'TCP', 'lb.publish': '5432' },
      { type: 'tcp', port: 5432, backends: [{ target: '172.17.0.2:80' }] },
    ],
    [{ 'lb.target': '9000' }, { routes: [{ backends: [{ target: '172.17.0.2:9000' }] }] }],
    [
      { 'lb.weight': '5', 'lb.backup': 'Y', 'lb.max-connections': '9', 'lb.agent-check.port': '99' },
      { routes: [{ backends: [{ weight: 5, backup: true, maxConnections: 9, agentCheck: { port: 99 } }] }] },
    ],
    [{ 'lb.rewrite.strip-prefix': '1', 'lb.path': '/api' }, { routes: [{ rewrite: { stripPrefix: true } }] }],
    [
      { 'lb.redirect.host': 'b.test', 'lb.redirect.status': '301' },
      { routes: [{ redirect: { host: 'b.test', status: 301 } }] },
    ],
  ])('%j', (labels, spec) => {
    const served = servedOf([container('web', { ...PLAIN, ...labels })])
    expect([...served.values()][0]).toMatchObject(spec)
  })

  test('stickiness can be taken out', () => {
    const served = servedOf([container('web', { ...PLAIN, 'lb.sticky': 'none' })])
    expect(served.get('docker-80')).not.toHaveProperty('sticky')
  })

  test.each(['Y', 'y', 'yes', 'YES', 'true', '1', ' y '])('lb.enable=%j', (enable) => {
    expect(servedOf([container('web', { ...PLAIN, 'lb.enable': enable })]).size).toBe(1)
  })

  test.each([
    ['lb.wieght', 'did you mean lb.weight?'],
    ['lb.health-chek.path', 'did you mean lb.health-check.path?'],
    ['lb.api.wieght', 'did you mean lb.api.weight?'],
    ['lb.headers.response.set.', 'there is no such label'],
    ['lb.constructor', 'there is no such label'],
    ['lb.__proto__.x', 'there is no such label'],
  ])('%s is told and keeps nobody out', (label, hint) => {
    const labels = { ...PLAIN, 'lb.api.publish': '81', [label]: '1' }
    const services = toWord([container('web', labels)], findAddress).verdicts[0]?.services ?? []
    expect(services.map(({ state }) => state)).toEqual(['serving', 'serving'])
    expect(services.flatMap(({ ignored }) => ignored)).toEqual([{ label, reason: expect.stringContaining(hint) }])
  })
})
