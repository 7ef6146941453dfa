// The certificates as the API sees them: stored ones from the disk, and beside them those that are obtained.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeKey } from '../../src/certs/describe-chain.ts'
import type { ObtainState } from '../../src/certs/obtain/obtain-state.ts'
import { type PemKey, parsePem } from '../../src/certs/parse-pem.ts'
import { Board, NOTHING_YET } from '../../src/daemon/board.ts'
import { createCertificateDesk, openCertificates } from '../../src/daemon/certificates.ts'
import type { Haproxy } from '../../src/haproxy/haproxy.ts'
import { merge } from '../../src/merge/merge.ts'
import { convert } from '../arbitrary/resources.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'
import { makeCertificate } from '../live/kit/certificates.ts'

const STATE: ObtainState = {
  name: 'app.example.com',
  isUnderWay: false,
  steps: [],
  fingerprint: null,
  notAfter: null,
  obtainedAt: null,
  renewAt: '2027-01-20T10:00:00.000Z',
  lastError: null,
  failures: 0,
  counts: { obtained: 0, failed: 0 },
}
const OBTAINED = { renewAt: STATE.renewAt, isUnderWay: false, lastError: null, failures: 0 }

/** A desk over a folder, with states of names that are wanted and what is there of them. */
function makeDesk(states: readonly ObtainState[], keys: Readonly<Record<string, PemKey>> = {}) {
  const folder = temporaryFolder()
  const board = new Board()
  const haproxy = { pems: { keep: async () => 'digest' } } as unknown as Haproxy
  const certificates = openCertificates(
    folder,
    haproxy,
    async () => ({ pem: undefined, remark: null }),
    () => {},
  )
  const obtaining = {
    states: () => [...states],
    state: (name: string) => states.find((one) => one.name === name),
    certificate: (name: string) => (keys[name] ? describeKey(keys[name]) : undefined),
  }
  const desk = createCertificateDesk(certificates, obtaining, haproxy, board)
  return { desk, board, folder: join(folder, 'certificates') }
}

async function makeKey(names: readonly string[], days = 30): Promise<PemKey> {
  const parsed = await parsePem((await makeCertificate(names, { days })).pem)
  if (!parsed.ok || !parsed.value[0]) throw new Error('no certificate')
  return parsed.value[0]
}

test('what has come, what has not, and what is stored, by name; no key comes out', async () => {
  const key = await makeKey([STATE.name])
  const came = { ...STATE, obtainedAt: '2026-11-20T09:30:00.000Z' }
  const failed = { ...STATE, name: '*.example.com', lastError: 'the CA said no', failures: 2 }
  const { desk } = makeDesk([came, failed], { [STATE.name]: key })
  await desk.put('my-cert', [(await makeCertificate(['a.test'])).pem])
  await desk.put('another', [(await makeCertificate(['a.test'])).pem])
  const all = await desk.list()
  expect(all.map(({ name, obtained }) => [name, obtained])).toEqual([
    ['*.example.com', { ...OBTAINED, lastError: 'the CA said no', failures: 2 }],
    ['another', null],
    ['app.example.com', OBTAINED],
    ['my-cert', null],
  ])
  const { pem: _pem, ...bare } = key
  expect(all[2]).toMatchObject({ keys: [bare], updatedAt: '2026-11-20T09:30:00.000Z', remarks: [] })
  expect(all[0]).toMatchObject({ keys: [], updatedAt: null, remarks: [] })
  expect(JSON.stringify(all)).not.toContain('PRIVATE KEY')
  expect(await desk.get('app.example.com')).toEqual(all[2])
  expect(await desk.get('nobody.example.com')).toBeUndefined()
})

test('one that has expired says so, and that a new one is asked for', async () => {
  const { desk } = makeDesk([STATE], { [STATE.name]: await makeKey([STATE.name], -1) })
  expect((await desk.get(STATE.name))?.remarks).toEqual([
    expect.stringMatching(/^the certificate for app\.example\.com expired on .*; a new one is asked for$/),
  ])
})

test('a stored one of the same name goes first, and both are listed', async () => {
  const { desk } = makeDesk([{ ...STATE, name: 'intranet' }])
  expect((await desk.get('intranet'))?.obtained).toEqual(OBTAINED)
  await desk.put('intranet', [(await makeCertificate(['a.test'])).pem])
  expect((await desk.get('intranet'))?.obtained).toBeNull()
  expect((await desk.list()).map(({ obtained }) => obtained)).toEqual([null, OBTAINED])
})

test('users are those who ask for it, of the same kind, and those for whom an earlier version stands in', async () => {
  const { desk, board } = makeDesk([{ ...STATE, name: 'intranet' }])
  await desk.put('intranet', [(await makeCertificate(['a.test'])).pem])
  const lb = (name: string, port: number, tls: object) => {
    const made = convert({
      name,
      spec: { port, tls: { port: port + 1, ...tls }, backends: [{ target: '10.0.0.1:80' }] },
    })
    if (!made) throw new Error(`${name} is refused`)
    return made
  }
  const [web, api, old] = [
    lb('web', 80, { domain: 'intranet' }),
    lb('api', 82, { certificate: 'intranet' }),
    lb('old', 84, { domains: ['intranet', 'b.test'] }),
  ]
  const ground = { vpcs: [], addresses: new Map(), kept: new Map(), setAside: new Map() }
  const merged = merge([web, api, old], { ...ground, certificates: new Map() })
  const broken = { name: 'old', origin: old.origin, broken: [] }
  board.post({ ...NOTHING_YET, word: [web, api, broken], config: merged.value, placements: merged.placements })
  expect((await desk.list()).map(({ obtained, usedBy }) => [obtained !== null, usedBy])).toEqual([
    [false, ['api']],
    [true, ['old', 'web']],
  ])
})

test('a name that is no name leads to no file', async () => {
  const { desk, folder } = makeDesk([])
  const { pem } = await makeCertificate(['a.test'])
  await mkdir(join(folder, 'obtained'), { recursive: true })
  for (const name of ['obtained/app.example.com', '_default', '../outside']) {
    await writeFile(join(folder, `${name}.pem`), pem)
    expect([name, await desk.get(name)]).toEqual([name, undefined])
  }
})
