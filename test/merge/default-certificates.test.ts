// Which certificate answers by default: who asks for it, then the oldest; what is told; and what serves without one.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type MergeContext, type Merged, merge } from '../../src/merge/merge.ts'
import { type KnownCertificate, SELF_SIGNED_NAME } from '../../src/model/certificate.ts'
import type { Fragment } from '../../src/model/fragment.ts'
import { convert } from '../arbitrary/resources.ts'

const LISTENER = '0.0.0.0:443'

function known(name: string, keyTypes: readonly ('rsa' | 'ecdsa')[] = ['ecdsa']): KnownCertificate {
  const dates = { notBefore: '2026-01-01T00:00:00.000Z', notAfter: '2027-01-01T00:00:00.000Z' }
  const keys = keyTypes.map((keyType) => {
    const digest = keyTypes.length > 1 ? `${name} ${keyType}` : name
    return { keyType, digest, fingerprint: digest, names: [name], issuer: '', ...dates }
  })
  return { keys, trouble: null, remarks: [] }
}

const OWN = known(SELF_SIGNED_NAME)
const MISSING: KnownCertificate = { keys: [], trouble: 'there is no such file', remarks: [] }

/** Everybody's file is there, but those of `missing`. */
function contextOf(missing: readonly string[] = [], before?: Merged): MergeContext {
  const kept = new Map(
    [...(before?.placements ?? [])].flatMap(([name, { serving }]) => (serving ? [[name, serving] as const] : [])),
  )
  const get = (source: string) => {
    if (source === 'self-signed') return OWN
    const name = /([a-z]+)\.pem$/.exec(source)?.[1] ?? ''
    return missing.includes(name) ? MISSING : (KNOWN[name] ?? OWN)
  }
  return { vpcs: [], addresses: new Map(), kept, setAside: new Map(), certificates: { get } }
}

const NAMES = ['a', 'b', 'c', 'd', 'one', 'two', 'old', 'mid', 'new', 'web', 'ca']
const KNOWN: Record<string, KnownCertificate> = {
  ...Object.fromEntries(NAMES.map((name) => [name, known(`${name}.test`)])),
  both: known('both.test', ['ecdsa', 'rsa']),
}

function lb(name: string, since: number, tls: object = {}, version = 1): Fragment {
  const routes = [{ match: { host: `${name}.test` }, backends: [{ target: '10.0.0.1:80' }] }]
  const spec = { routes, tls: { certificateFile: `/${name}.pem`, ...tls } }
  const converted = convert({ name, spec }, { source: 'store', id: name, since, version })
  if (!converted) throw new Error(`${name} is refused`)
  return converted
}

const defaultOf = ({ value }: Merged) => value.listeners.get(LISTENER)?.tls?.default?.digest
const toldOf = ({ placements }: Merged, name: string) => placements.get(name)?.problems.map(({ code }) => code)

test.each([
  ['the oldest', [lb('new', 3), lb('old', 1), lb('mid', 2)], 'old.test'],
  ['who asks for it', [lb('new', 3, { default: true }), lb('old', 1)], 'new.test'],
  [
    'of two who ask the older one',
    [lb('new', 3, { default: true }), lb('mid', 2, { default: true }), lb('old', 1)],
    'mid.test',
  ],
  ['nobody who wants not to', [lb('old', 1, { default: false }), lb('new', 2)], 'new.test'],
  ['ours where nobody else does', [lb('old', 1, { default: false })], SELF_SIGNED_NAME],
  ['of two kinds RSA, which every client knows', [lb('both', 1)], 'both.test rsa'],
  ['nobody with strictSni', [lb('old', 1), lb('new', 2, { strictSni: true })], undefined],
  ['nobody where clients are asked for certificates', [lb('old', 1), lb('new', 2, { clientCa: '/ca.pem' })], undefined],
])('%s answers by default', (_what, word, digest) => {
  expect(defaultOf(merge(word, contextOf()))).toBe(digest)
})

test('who asks for it in vain is told, and serves', () => {
  const word = [lb('old', 1, { default: true }), lb('new', 2, { default: true })]
  const merged = merge(word, contextOf())
  expect([toldOf(merged, 'old'), toldOf(merged, 'new'), [...merged.losers]]).toEqual([[], ['default_taken'], []])
  expect(merged.placements.get('new')?.problems[0]).toMatchObject({
    fatal: false,
    path: 'spec.tls.default',
    message: expect.stringContaining('load balancer old, which is older'),
  })
  const after = merge(word.slice(1), contextOf([], merged), merged)
  expect([defaultOf(after), toldOf(after, 'new')]).toEqual(['new.test', []])
  expect(after.changed).toContain('new')
})

test('a port refuses unknown names or has a default, whoever says so first', () => {
  const clashOf = (first: object, second: object) =>
    merge([lb('one', 1, first), lb('two', 2, second)], contextOf())
      .placements.get('two')
      ?.problems.map(({ path }) => path)
  const clash = ['spec.tls.strictSni']
  expect(clashOf({ default: true }, { strictSni: true })).toEqual(clash)
  expect(clashOf({ strictSni: true }, { default: true })).toEqual(clash)
  expect(clashOf({ strictSni: false }, { clientCa: '/ca.pem' })).toEqual(clash)
  expect(clashOf({ strictSni: true }, { clientCa: '/ca.pem' })).toEqual([])
  expect(clashOf({ default: true }, {})).toEqual([])
})

test('a merge from the one before comes to the same default, and tells the same, as one from nothing', () => {
  const wishes = [{}, { default: true }, { default: false }]
  const times = [1, 2, 3, 4, 5]
  // Who does not change is the same object in the next word.
  const all = ['a', 'b', 'c', 'd'].flatMap((name) =>
    times.flatMap((since) => wishes.map((tls, index) => lb(name, since, tls, since * 10 + index))),
  )
  const name = fc.constantFrom('a', 'b', 'c', 'd')
  // One at a time comes, changes or goes, or its file does.
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...all).map((fragment) => ({ come: fragment })) },
    { weight: 1, arbitrary: name.map((gone) => ({ gone })) },
    { weight: 1, arbitrary: fc.subarray(['a', 'b', 'c', 'd'], { maxLength: 1 }).map((missing) => ({ missing })) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      let before: Merged | undefined
      let missing: readonly string[] = []
      const told = new Map<string, Fragment>()
      for (const one of steps) {
        if ('come' in one) told.set(one.come.name, one.come)
        else if ('gone' in one) told.delete(one.gone)
        else missing = one.missing
        const word = [...told.values()]
        const context = contextOf(missing, before)
        const [fresh, next]: [Merged, Merged] = [merge(word, context), merge(word, context, before)]
        expect(next.value.listeners.get(LISTENER)?.tls).toEqual(fresh.value.listeners.get(LISTENER)?.tls)
        for (const each of told.keys()) expect(toldOf(next, each)?.sort()).toEqual(toldOf(fresh, each)?.sort())
        before = next
      }
    }),
    { numRuns: 300 },
  )
})

test('tcp that asks clients for certificates has no line that asks for none', () => {
  const portOf = (tls: object) => {
    const spec = { type: 'tcp', port: 443, backends: [{ target: '10.0.0.1:80' }] }
    const origin = { source: 'store', id: 'web', since: 1, version: 1 }
    const fragment = convert({ name: 'web', spec: { ...spec, tls: { certificateFile: '/web.pem', ...tls } } }, origin)
    return fragment && merge([fragment], contextOf()).value.listeners.get(LISTENER)?.tls
  }
  expect(portOf({})?.default?.owner).toBe('web')
  expect(portOf({ clientCa: '/ca.pem' })).toEqual({ minVersion: '1.2', clients: true })
})
