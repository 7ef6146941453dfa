// TLS in the configuration: the bind line, the list of certificates, and what no input can add to either.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Certificate, formatCertificateId } from '../../src/model/certificate.ts'
import { toConfig } from '../../src/model/config.ts'
import { parseName } from '../../src/model/text.ts'
import {
  renderCertificateList,
  renderCertificates,
  renderChangedCertificates,
  renderHttpsPools,
  renderTlsWords,
} from '../../src/render/haproxy/tls.ts'

const LISTENER = {
  id: '[::1]:443',
  address: '::1',
  port: 443,
  mode: 'http',
  owner: 'web',
  timeouts: { clientMs: 1, httpRequestMs: 1, keepAliveMs: 1 },
  wildcardLabels: 4,
  tls: { minVersion: '1.3' },
} as const

function certificate(owner: string, changes: Partial<Certificate> = {}): Certificate {
  const dates = { notBefore: '2026-01-01T00:00:00.000Z', notAfter: '2027-01-01T00:00:00.000Z' }
  const key = {
    keyType: 'rsa',
    digest: `digest-${owner}`,
    fingerprint: 'AB',
    names: ['a.test'],
    issuer: '',
    ...dates,
  } as const
  return { ...key, owner, listener: LISTENER.id, source: `certificate ${owner}`, ...changes }
}

/** Of HAProxy 2.6 on Debian. */
const CAPABILITIES = { curves: 'X25519:prime256v1:secp384r1' }
const SUITES = ' ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256'
const CURVES = ` curves ${CAPABILITIES.curves}`
const INTERMEDIATE = ` ssl-min-ver TLSv1.2 prefer-client-ciphers ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305${SUITES}${CURVES}`

const share = (owner: string, ...certificates: Certificate[]) => ({ owner, routes: [], pools: [], certificates })

test('a listener speaks HTTP/2 and HTTP/1.1, and no version below the least one', () => {
  expect(renderTlsWords(LISTENER, CAPABILITIES)).toBe(
    ` ssl crt-list certs/__1_443.list strict-sni alpn h2,http/1.1 ssl-min-ver TLSv1.3 prefer-client-ciphers${SUITES}${CURVES}`,
  )
  expect(renderTlsWords({ id: 'x', mode: 'http' }, CAPABILITIES)).toBe('')
})

test('ciphers of a user stand in the place of the guideline’s, and in their order; what a library does not know is not asked of it', () => {
  const tls = { minVersion: '1.2', ciphers: 'A:B' } as const
  expect(renderTlsWords({ ...LISTENER, tls }, CAPABILITIES)).toMatch(
    new RegExp(` ssl-min-ver TLSv1.2 ciphers A:B${SUITES}${CURVES}$`),
  )
  expect(renderTlsWords({ ...LISTENER, tls }, { curves: null })).not.toContain('curves')
})

const DEFAULT = { owner: 'web', digest: 'digest-web', fingerprint: 'AB', names: ['a.test'], notAfter: '' }

test('with a default certificate unknown names are let in, and it is the first of the list, for no name of its own', () => {
  const listener = { ...LISTENER, tls: { minVersion: '1.2', default: DEFAULT } } as const
  expect(renderTlsWords(listener, CAPABILITIES)).toBe(
    ` ssl crt-list certs/__1_443.list alpn h2,http/1.1${INTERMEDIATE}`,
  )
  expect(renderCertificates(toConfig([listener], [share('aaa', certificate('aaa'))])).slice(0, 2)).toEqual([
    {
      path: 'certs/__1_443.list',
      content: 'certs/default.__1_443.pem default.invalid\ncerts/aaa.rsa.__1_443.pem\n',
      owner: null,
    },
    { path: 'certs/default.__1_443.pem', content: '', link: '../../../certs/digest-web.pem', owner: null },
  ])
})

test('tcp answers whoever asks for no name with what it has, unless it is told to be strict', () => {
  const words = (tls: object) =>
    renderTlsWords({ ...LISTENER, mode: 'tcp', tls: { minVersion: '1.2', ...tls } }, CAPABILITIES)
  expect(words({})).toBe(` ssl crt-list certs/__1_443.list${INTERMEDIATE}`)
  expect(words({ default: DEFAULT })).toBe(words({}))
  expect(words({ strict: true })).toContain(' strict-sni ')
  // The line that asks clients for theirs stays the first one: nobody comes in past it.
  expect(words({ clients: true })).toBe(words({}))
})

test('another default is another link', () => {
  const of = (digest: string) =>
    toConfig([{ ...LISTENER, tls: { minVersion: '1.2', default: { ...DEFAULT, digest } } }], [])
  expect(renderChangedCertificates(of('one'), of('two'), []).files).toEqual([
    { path: 'certs/default.__1_443.pem', content: '', link: '../../../certs/two.pem', owner: null },
  ])
  expect(renderChangedCertificates(of('one'), of('one'), []).files).toEqual([])
})

test('the list names each certificate, and its names where it has not all of its own', () => {
  const config = toConfig(
    [LISTENER],
    [share('web', certificate('web')), share('two', certificate('two', { only: ['a.test', 'b.test'] }))],
  )
  expect(renderCertificates(config)).toEqual([
    {
      path: 'certs/__1_443.list',
      content: 'certs/two.rsa.__1_443.pem a.test b.test\ncerts/web.rsa.__1_443.pem\n',
      owner: null,
    },
    { path: 'certs/two.rsa.__1_443.pem', content: '', link: '../../../certs/digest-two.pem', owner: 'two' },
    { path: 'certs/web.rsa.__1_443.pem', content: '', link: '../../../certs/digest-web.pem', owner: 'web' },
  ])
})

test('a change touches the list, what is new, and what is gone', () => {
  const before = toConfig([LISTENER], [share('web', certificate('web')), share('two', certificate('two'))])
  const after = toConfig(
    [LISTENER],
    [share('web', certificate('web', { keyType: 'ecdsa' })), share('two', certificate('two'))],
  )
  expect(renderChangedCertificates(before, before, ['web'])).toEqual({ files: [], gone: [] })
  const { files, gone } = renderChangedCertificates(before, after, ['web'])
  expect([files.map(({ path }) => path), gone]).toEqual([
    ['certs/web.ecdsa.__1_443.pem', 'certs/__1_443.list'],
    ['certs/web.rsa.__1_443.pem'],
  ])
})

test('the way to https keeps the host and names the port where it is another than usual', () => {
  const config = toConfig([LISTENER, { ...LISTENER, id: '0.0.0.0:8443', address: '0.0.0.0', port: 8443 }], [])
  const text = renderHttpsPools(config, { hostOnly: true }).flat().join('\n')
  expect(text).toContain('backend be_https.443 from df_http')
  expect(text).toContain('code 301 prefix https://%[req.hdr(host),host_only] if METH_GET')
  expect(text).toContain('code 308 prefix https://%[req.hdr(host),host_only]:8443')
})

test('each certificate of a list stands on one line of its own, whoever owns it', () => {
  const owners = fc.uniqueArray(
    fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/).filter((name) => parseName(name).ok),
    { maxLength: 10 },
  )
  fc.assert(
    fc.property(owners, (names) => {
      const all = names.map((name) => certificate(name))
      const { content } = renderCertificateList(
        LISTENER,
        all.map((one) => share(one.owner, one)),
      )
      const lines = content.split('\n').slice(0, -1)
      expect(lines).toEqual(all.map((one) => `certs/${formatCertificateId(one)}.pem`).sort())
      expect(lines.every((line) => /^[a-z0-9./_-]+$/.test(line))).toBe(true)
    }),
  )
})
