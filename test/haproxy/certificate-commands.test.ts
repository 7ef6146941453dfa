// Certificates by the worker's socket: the commands, what is taken for well, and what is undone.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changeCertificates, formatCertificateSteps } from '../../src/haproxy/certificate-commands.ts'
import {
  findStrays,
  overlayCertificates,
  overlayDefaults,
  parseCertificateList,
  parseFingerprints,
} from '../../src/haproxy/live-certificates.ts'
import type { Certificate } from '../../src/model/certificate.ts'
import { toConfig } from '../../src/model/config.ts'

const CERTIFICATE: Certificate = {
  owner: 'web',
  listener: '0.0.0.0:443',
  source: 'certificate my-cert',
  keyType: 'ecdsa',
  digest: 'd1',
  fingerprint: 'AB12',
  names: ['a.test', 'b.test'],
  notBefore: '2026-01-01T00:00:00.000Z',
  notAfter: '2027-01-01T00:00:00.000Z',
  issuer: 'CN=Test',
}
const FILE = 'certs/web.ecdsa.0.0.0.0_443.pem'
const LIST = 'certs/0.0.0.0_443.list'
const commandsOf = (...args: Parameters<typeof formatCertificateSteps>) =>
  formatCertificateSteps(...args).map(({ command }) => command)

test('a certificate is made, filled, and put on the list', () => {
  expect(commandsOf({ kind: 'add-certificate', owner: 'web', certificate: CERTIFICATE }, 'A\n\n\nB\n')).toEqual([
    `new ssl cert ${FILE}`,
    `set ssl cert ${FILE} <<\nA\nB\n`,
    `commit ssl cert ${FILE}`,
    `add ssl crt-list ${LIST} <<\n${FILE}\n`,
  ])
})

test('one whose names others have is served for the rest of them', () => {
  const certificate = { ...CERTIFICATE, only: ['b.test'] }
  expect(commandsOf({ kind: 'add-certificate', owner: 'web', certificate }, 'A').at(-1)).toBe(
    `add ssl crt-list ${LIST} <<\n${FILE} b.test\n`,
  )
})

test('its content is replaced, it is taken out, and so is one that nobody brought', () => {
  expect(commandsOf({ kind: 'replace-certificate', owner: 'web', certificate: CERTIFICATE }, 'A')).toEqual([
    `set ssl cert ${FILE} <<\nA\n`,
    `commit ssl cert ${FILE}`,
  ])
  const gone = [`del ssl crt-list ${LIST} ${FILE}`, `del ssl cert ${FILE}`]
  expect(commandsOf({ kind: 'remove-certificate', owner: 'web', certificate: CERTIFICATE }, '')).toEqual(gone)
  expect(
    commandsOf({ kind: 'remove-stray-certificate', owner: null, listener: '0.0.0.0:443', path: FILE }, ''),
  ).toEqual(gone)
})

const CHOSEN = { owner: 'web', digest: 'd2', fingerprint: 'CD34', names: ['a.test'], notAfter: '' }

test('another default is another content of the first of the list', async () => {
  const said: string[] = []
  const ask = async (command: string) => {
    said.push(command)
    return command.startsWith('set') ? 'Transaction created for certificate x!\n' : 'Success!\n'
  }
  const action = { kind: 'set-default-certificate', owner: 'web', listener: '0.0.0.0:443', chosen: CHOSEN } as const
  await changeCertificates([action], ask, async (digest) => `PEM ${digest}`)
  const file = 'certs/default.0.0.0.0_443.pem'
  expect(said).toEqual([`set ssl cert ${file} <<\nPEM d2\n`, `commit ssl cert ${file}`])
})

test('the default as it is live is laid over what was told, and is no stray', () => {
  const listener = {
    id: '0.0.0.0:443',
    address: '0.0.0.0',
    port: 443,
    mode: 'http',
    owner: 'web',
    wildcardLabels: 4,
    timeouts: { clientMs: 1, httpRequestMs: 1, keepAliveMs: 1 },
    tls: { minVersion: '1.2', default: CHOSEN },
  } as const
  const { listeners } = toConfig([listener], [])
  const file = 'certs/default.0.0.0.0_443.pem'
  const live = (fingerprint: string) => ({
    lists: new Map([[listener.id, parseCertificateList(`${file} default.invalid`)]]),
    fingerprints: new Map([[file, fingerprint]]),
  })
  expect(overlayDefaults(listeners, live('CD34'))).toBe(listeners)
  expect(overlayDefaults(listeners, live('EF56')).get(listener.id)?.tls?.default).toEqual({
    ...CHOSEN,
    digest: '',
    fingerprint: 'EF56',
  })
  expect(findStrays([], live('CD34'))).toEqual([])
})

test('a text never ends the payload early, nor begins another command after it', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('A', '\n', '\n\n', 'show info', ' ', ';'), { maxLength: 20 }), (parts) => {
      const [set = ''] = commandsOf(
        { kind: 'replace-certificate', owner: 'web', certificate: CERTIFICATE },
        parts.join(''),
      )
      expect(
        set
          .split('\n')
          .slice(1, -1)
          .filter((line) => line === ''),
      ).toEqual(parts.join('').trim() === '' ? [''] : [])
    }),
  )
})

const add = { kind: 'add-certificate', owner: 'web', certificate: CERTIFICATE } as const
const GOOD: Readonly<Record<string, string>> = {
  new: `New empty certificate store '${FILE}'!\n`,
  set: `Transaction created for certificate ${FILE}!\n`,
  commit: `Committing ${FILE}\nSuccess!\n`,
  add: `Inserting certificate '${FILE}' in crt-list '${LIST}'..\nSuccess!\n`,
  abort: `Transaction aborted for certificate '${FILE}'!\n`,
}

async function say(answers: Readonly<Record<string, string>>) {
  const said: string[] = []
  const ask = async (command: string) => {
    said.push(command.split('\n')[0] ?? '')
    return { ...GOOD, ...answers }[command.split(' ')[0] ?? ''] ?? ''
  }
  const ended = await changeCertificates([add], ask, async () => 'SECRET').then(
    () => 'well',
    (error: Error) => error.message,
  )
  return { said, ended }
}

test('one that is there already is filled and listed all the same', async () => {
  expect((await say({ new: `Certificate '${FILE}' already exists!\n` })).ended).toBe('well')
})

test('a refused content is aborted, and the refusal told without the key', async () => {
  const { said, ended } = await say({
    commit: `inconsistencies between private key and certificate loaded '${FILE}'.\nCan't commit ${FILE}!\n`,
  })
  expect(said).toEqual([
    `new ssl cert ${FILE}`,
    `set ssl cert ${FILE} <<`,
    `commit ssl cert ${FILE}`,
    `abort ssl cert ${FILE}`,
  ])
  expect(ended).toBe(
    `HAProxy refused "commit ssl cert ${FILE}": inconsistencies between private key and certificate loaded '${FILE}'.; Can't commit ${FILE}!`,
  )
  expect((await say({ set: 'unable to load certificate\n' })).ended).toBe(
    `HAProxy refused "set ssl cert ${FILE}": unable to load certificate`,
  )
})

test('answers are read: lists, and fingerprints of those that are there', () => {
  expect([...parseCertificateList(`# ${LIST}\n${FILE}\n/x.pem a.test !b.test\n\n`).values()]).toEqual([
    FILE,
    '/x.pem a.test !b.test',
  ])
  expect(parseCertificateList("didn't find the specified filename!\n\n").size).toBe(0)
  const shown = `Filename: ${FILE}\nStatus: Used\nSerial: 7F\nSHA1 FingerPrint: AB12\nSubject: /CN=a\n\nCan't display the certificate: Not found or the certificate is a bundle!\n\nFilename: x\nStatus: Empty\n\n`
  expect([...parseFingerprints(shown)]).toEqual([[FILE, 'AB12']])
})

test('what is live is laid over what was told', () => {
  const share = { owner: 'web', routes: [], pools: [], certificates: [CERTIFICATE] }
  const live = (lines: string[], fingerprint?: string) => ({
    lists: new Map([[CERTIFICATE.listener, parseCertificateList(lines.join('\n'))]]),
    fingerprints: new Map(fingerprint === undefined ? [] : [[FILE, fingerprint]]),
  })
  expect(overlayCertificates(share, live([FILE], 'AB12'))).toBe(share)
  expect(overlayCertificates(share, live([FILE], 'CD34')).certificates).toEqual([
    { ...CERTIFICATE, digest: '', fingerprint: 'CD34' },
  ])
  expect(overlayCertificates(share, live([], 'AB12')).certificates).toEqual([])
  expect(overlayCertificates(share, live([FILE])).certificates).toEqual([])
  expect(overlayCertificates(share, live([`${FILE} a.test`], 'AB12')).certificates).toEqual([
    { ...CERTIFICATE, only: ['a.test'] },
  ])
  expect(overlayCertificates(share, { lists: new Map(), fingerprints: new Map() })).toBe(share)
  expect(findStrays([share], live([FILE, '/x.pem']))).toEqual([{ listener: CERTIFICATE.listener, path: '/x.pem' }])
})
