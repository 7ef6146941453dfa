// Certificates that are obtained: how a load balancer serves before and after, and for which names there are none.
import { expect, test } from 'vitest'
import { type Merged, merge } from '../../src/merge/merge.ts'
import type { KnownCertificate } from '../../src/model/certificate.ts'
import type { Fragment } from '../../src/model/fragment.ts'
import { convert } from '../arbitrary/resources.ts'

const BACKENDS = [{ target: '10.0.0.1:80' }]

const DATES = { notBefore: '2026-01-01T00:00:00.000Z', notAfter: '2027-01-01T00:00:00.000Z' }
const AUTHORITY = {
  keyType: 'authority',
  digest: 'ca',
  fingerprint: 'CA',
  names: ['CN=CA'],
  issuer: '',
  ...DATES,
} as const

function known(...names: string[]): KnownCertificate {
  const digest = names.join()
  return {
    keys: [{ keyType: 'ecdsa', digest, fingerprint: digest, names, issuer: 'CN=CA', ...DATES }],
    trouble: null,
    remarks: [],
  }
}

function lb(name: string, spec: object, since = 1): Fragment {
  const converted = convert(
    { name, spec: { backends: BACKENDS, ...spec } },
    { source: 'store', id: name, since, version: 1 },
  )
  if (!converted) throw new Error(`${name} is refused`)
  return converted
}

function mergeAll(obtained: readonly string[], word: readonly Fragment[], before?: Merged): Merged {
  const certificates = new Map(obtained.map((name) => [`domain ${name}`, known(name)]))
  return merge(word, { vpcs: [], addresses: new Map(), kept: new Map(), setAside: new Map(), certificates }, before)
}

const poolsOf = ({ value }: Merged) =>
  value.shares.get('web')?.routes.map(({ listener, pool }) => `${listener} ${pool}`)
const problemsOf = ({ placements }: Merged, name: string) =>
  placements.get(name)?.problems.map(({ code, message, fatal }) => ({ code, message, fatal }))

test('http serves until each name has a certificate, and leads to https from then on; the same object each time', () => {
  const word = [lb('web', { tls: { domains: ['a.test', 'b.test'] } })]
  const none = mergeAll([], word)
  const one = mergeAll(['a.test'], word, none)
  const both = mergeAll(['a.test', 'b.test'], word, one)
  const [plain, led] = ['web.main', 'https.443'].map((pool) => [`0.0.0.0:80 ${pool}`, '0.0.0.0:443 web.main'])
  expect([none, one, both].map(poolsOf)).toEqual([plain, plain, led])
  expect(none.value.shares.get('web')?.domains).toEqual(['a.test', 'b.test'])
  expect(problemsOf(one, 'web')).toEqual([
    {
      code: 'pending',
      fatal: false,
      message: expect.stringMatching(/^no certificate for b\.test yet: it is being obtained; /),
    },
  ])
  expect(problemsOf(both, 'web')).toEqual([])
  const again = mergeAll([], word)
  expect(again.placements.get('web')?.serving).toBe(none.placements.get('web')?.serving)
})

test('what clients meet until then is told as it is', () => {
  const told = (spec: object) => {
    const known = new Map([['authority /ca.pem', { keys: [AUTHORITY], trouble: null, remarks: [] }]])
    const ground = { vpcs: [], addresses: new Map(), kept: new Map(), setAside: new Map(), certificates: known }
    const [problem] = merge([lb('web', spec)], ground).placements.get('web')?.problems ?? []
    return problem?.message.replace('no certificate for a.test yet: it is being obtained; until it is there ', '')
  }
  const domain = 'a.test'
  const selfSigned = 'https answers with a self-signed one'
  const refused = 'https refuses clients of that name'
  expect(told({ tls: { domain } })).toBe(`${selfSigned}, and http is not sent there`)
  expect(told({ tls: { domain, redirect: false } })).toBe(selfSigned)
  expect(told({ port: 443, tls: { domain, port: 443 } })).toBe(selfSigned)
  expect(told({ tls: { domain, strictSni: true } })).toBe(`${refused}, and http is not sent there`)
  expect(told({ port: 443, tls: { domain, port: 443, clientCa: '/ca.pem' } })).toBe(refused)
  expect(told({ tls: { domain, clientCa: '/ca.pem' } })).toBe(
    `${refused}, and http is sent there all the same: nobody comes in without a certificate of their own`,
  )
  const db = { type: 'tcp', port: 5432 }
  expect(told({ ...db, tls: { domain } })).toBe('port 5432 answers with a self-signed one')
  expect(told({ ...db, tls: { domain, clientCa: '/ca.pem' } })).toBe('port 5432 refuses clients of that name')
})

test('a wildcard has no challenge by http', () => {
  const merged = mergeAll([], [lb('web', { tls: { domains: ['*.a.test', 'a.test'] } })])
  expect(merged.value.shares.get('web')?.domains).toEqual(['a.test'])
})

test('a name that is passed through by somebody else: none is obtained, and who has it is told', () => {
  const through = lb('db', { type: 'tcp', port: 8443, tls: { passthrough: true, domains: ['db.test', '*.apps.test'] } })
  for (const domain of ['db.test', 'one.apps.test']) {
    const merged = mergeAll([], [through, lb('web', { tls: { domain } }, 2)])
    expect(problemsOf(merged, 'web')).toEqual([
      {
        code: 'conflict',
        fatal: true,
        message: expect.stringContaining(`TLS for ${domain} is passed through to the servers of load balancer db,`),
      },
    ])
  }
  expect(problemsOf(mergeAll([], [through, lb('web', { tls: { domain: 'apps.test' } }, 2)]), 'web')).toHaveLength(1)
  expect(problemsOf(mergeAll(['x.test'], [through, lb('web', { tls: { domain: 'x.test' } }, 2)]), 'web')).toEqual([])
})
