// The watch over certificates: the last good one is kept, trouble is told, and what does not change stays the same object.
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { CertificateWatch } from '../../src/certs/certificate-watch.ts'
import { waitFor } from '../../src/io/deadline.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'
import { makeCertificate } from '../live/kit/certificates.ts'

const [one, two] = await Promise.all([makeCertificate(['one.test']), makeCertificate(['two.test'])])
const closing: AbortController[] = []
afterEach(() => {
  for (const each of closing.splice(0)) each.abort()
})

function open(stored: Record<string, string> = {}, now = Date.now) {
  const closed = new AbortController()
  closing.push(closed)
  const kept: string[] = []
  let rings = 0
  const keep = async (pem: string) => `digest-${kept.push(pem)}`
  const watch = new CertificateWatch({
    stored: async (name) => stored[name],
    obtained: async () => ({ pem: undefined, remark: null }),
    selfSigned: async () => one.pem,
    keep,
    ring: () => rings++,
    now,
    lookMs: 20,
  })
  return { watch, kept, rings: () => rings, run: () => void watch.run(closed.signal) }
}

const namesOf = (watch: CertificateWatch, source: string) =>
  watch
    .known()
    .get(source)
    ?.keys.flatMap(({ names }) => names)

test('a stored certificate is read when it is wanted, and again when it has changed', async () => {
  const stored: Record<string, string> = { web: one.pem }
  const { watch, rings } = open(stored)
  await watch.want(
    [
      { kind: 'stored', name: 'web' },
      { kind: 'stored', name: 'none' },
    ],
    5000,
  )
  expect(namesOf(watch, 'certificate web')).toEqual(['one.test'])
  expect(watch.known().get('certificate none')).toMatchObject({
    keys: [],
    trouble: expect.stringContaining('there is no certificate none'),
  })
  const before = watch.known()
  await watch.want(
    [
      { kind: 'stored', name: 'web' },
      { kind: 'stored', name: 'none' },
    ],
    5000,
  )
  expect([watch.known(), rings()]).toEqual([before, 0])
  expect(watch.known()).toBe(before)
  stored['web'] = two.pem
  await watch.refresh({ kind: 'stored', name: 'web' })
  expect([namesOf(watch, 'certificate web'), rings()]).toEqual([['two.test'], 1])
})

test('a stored certificate that is removed while nobody wants it is forgotten', async () => {
  const stored: Record<string, string> = { web: one.pem }
  const { watch } = open(stored)
  await watch.want([{ kind: 'stored', name: 'web' }], 5000)
  await watch.want([], 5000)
  delete stored['web']
  await watch.refresh({ kind: 'stored', name: 'web' })
  await watch.wantAlso([{ kind: 'stored', name: 'web' }], 5000)
  expect(watch.known().get('certificate web')).toMatchObject({
    keys: [],
    trouble: expect.stringContaining('there is no certificate web'),
  })
})

test('a file is followed, also one whose key lies beside it', async () => {
  const path = join(temporaryFolder(), 'web.pem')
  await writeFile(path, one.certificate)
  await writeFile(`${path}.key`, one.key)
  const { watch, rings, run } = open()
  await watch.want([{ kind: 'file', path }], 5000)
  expect(namesOf(watch, `file ${path}`)).toEqual(['one.test'])
  run()
  await writeFile(path, 'half')
  await waitFor(() => rings() === 1, { timeoutMs: 60_000, what: 'the trouble to be told' })
  expect([namesOf(watch, `file ${path}`), watch.known().get(`file ${path}`)?.trouble]).toEqual([
    ['one.test'],
    expect.stringContaining('holds no certificate'),
  ])
  await writeFile(path, two.pem)
  await waitFor(() => rings() === 2, { timeoutMs: 60_000, what: 'the new certificate' })
  expect([namesOf(watch, `file ${path}`), watch.known().get(`file ${path}`)?.trouble]).toEqual([['two.test'], null])
  await rm(path)
  await waitFor(() => rings() === 3, { timeoutMs: 60_000, what: 'the missing file to be told' })
  expect(namesOf(watch, `file ${path}`)).toEqual(['two.test'])
})

test('what is no plain file is not read', async () => {
  const { watch } = open()
  await watch.want(
    [
      { kind: 'file', path: '/dev/zero' },
      { kind: 'file', path: '/' },
    ],
    5000,
  )
  for (const path of ['/dev/zero', '/'])
    expect(watch.known().get(`file ${path}`)?.trouble).toBe(`the file ${path} is no PEM file: it is no plain file`)
})

test('what served before is good until something newer is read', async () => {
  const { watch } = open()
  const key = {
    keyType: 'ecdsa',
    digest: 'd',
    fingerprint: 'F',
    names: ['x.test'],
    notBefore: '2026-01-01T00:00:00.000Z',
    notAfter: '2036-01-01T00:00:00.000Z',
    issuer: '',
  } as const
  watch.remember([{ ...key, owner: 'web', listener: '0.0.0.0:443', source: 'file /gone.pem' }])
  await watch.want([{ kind: 'file', path: '/gone.pem' }], 5000)
  expect(watch.known().get('file /gone.pem')).toEqual({
    keys: [key],
    trouble: expect.stringContaining('there is no such file'),
    remarks: [],
  })
})

test('a certificate that expires is told of before and after', async () => {
  let nowMs = Date.now()
  const { watch, run, rings } = open({ web: one.pem }, () => nowMs)
  await watch.want([{ kind: 'stored', name: 'web' }], 5000)
  const remarks = () => watch.known().get('certificate web')?.remarks
  expect(remarks()).toEqual([])
  run()
  for (const [days, words] of [
    [25, 'expires on'],
    [31, 'expired on'],
  ] as const) {
    nowMs = Date.now() + days * 86_400_000
    await waitFor(() => remarks()?.[0]?.includes(words) ?? false, { timeoutMs: 60_000, what: words })
  }
  expect(rings()).toBe(2)
})

test('what takes longer to read than anybody waits for it is told of once it is there', async () => {
  const reading = Promise.withResolvers<string>()
  let rings = 0
  const watch = new CertificateWatch({
    stored: () => reading.promise,
    obtained: async () => ({ pem: undefined, remark: null }),
    selfSigned: async () => one.pem,
    keep: async () => 'digest',
    ring: () => rings++,
  })
  await watch.want([{ kind: 'stored', name: 'slow' }], 10)
  expect([namesOf(watch, 'certificate slow'), rings]).toEqual([undefined, 0])
  reading.resolve(one.pem)
  await waitFor(async () => rings === 1, { timeoutMs: 60_000, what: 'the bell' })
  expect(namesOf(watch, 'certificate slow')).toEqual(['one.test'])
  // Whoever did not have to wait needs no bell.
  await watch.want([{ kind: 'self-signed' }], 5000)
  expect([namesOf(watch, 'self-signed'), rings]).toEqual([['one.test'], 1])
})
