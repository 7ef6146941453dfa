// An nginx configuration, imported and applied, serves: the servers, the certificate and the paths of the file.
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/io/deadline.ts'
import { askTls, makeCertificate } from './kit/certificates.ts'
import { type Daemon, Daemons } from './kit/daemon.ts'
import { findFreePort } from './kit/free-port.ts'
import { type Origin, startOrigins } from './kit/origin.ts'
import { ask } from './kit/prober.ts'

const SEED = new URL('../import/files/seed.conf', import.meta.url)

const daemons = new Daemons()
let daemon: Daemon
let origins: Origin[]
beforeAll(async () => {
  origins = await startOrigins('strong', 'plain', 'benched', 'spare')
  daemon = await daemons.start()
})
afterAll(async () => {
  for (const origin of origins) origin.close()
  await daemons.close()
})

test("the seed's nginx configuration serves https, with its weights, its bench and its backup", async () => {
  const folder = await daemons.folder()
  const { certificate, key } = await makeCertificate(['site.test'])
  await writeFile(join(folder, 'site.pem'), certificate)
  await writeFile(join(folder, 'site.key'), key)
  const [port, tlsPort] = [await findFreePort(), await findFreePort()]
  let text = (await readFile(SEED, 'utf8')).replaceAll('/etc/ssl', folder).replace('listen 443', `listen ${tlsPort}`)
  for (const [index, { target }] of origins.entries()) text = text.replace(`10.0.1.1${index}:8080`, target)
  await writeFile(join(folder, 'site.conf'), text)

  const imported = await daemon.run(['import', 'nginx', join(folder, 'site.conf'), '-o', 'json'])
  expect(imported.code).toBe(0)
  // What the import says to do about the key.
  const [, from = '', to = ''] = /ln -s (\S+) (\S+)/.exec(imported.err) ?? []
  await symlink(from, to)
  const { name, spec } = JSON.parse(imported.out)
  const applied = await daemon.run(['apply', '-f', '-'], { input: JSON.stringify({ name, spec: { ...spec, port } }) })
  expect(applied, applied.err).toMatchObject({ code: 0 })

  const get = async () => askTls(tlsPort, 'site.test', { path: '/api/x' })
  await waitFor(async () => (await get()).status === 200, { timeoutMs: 60_000, what: 'an answer over https' })
  for (const origin of origins) origin.hits = 0
  for (let count = 0; count < 50; count++) expect((await get()).status).toBe(200)
  const hits = origins.map((origin) => origin.hits)
  expect(hits.map((count) => count > 0)).toEqual([true, true, true, false])
  const { backends } = (await daemon.ask('GET', `/v1/load-balancers/${name}`)).body.status
  expect(backends.map(({ weight }: { weight: number }) => weight)).toEqual([3, 1, 1, 1])
  expect((await askTls(tlsPort, 'site.test', { path: '/static/x' })).status).toBe(404)
  expect(await ask(port, { path: '/api/x', headers: { host: 'site.test' } })).toMatchObject({ status: 301 })

  const sick = origins[2]
  if (!sick) throw new Error('no origin')
  sick.status = 500
  const statuses: number[] = []
  for (let count = 0; count < 40; count++) statuses.push((await get()).status)
  expect(statuses.filter((status) => status === 500)).toHaveLength(2)
  for (const origin of origins.slice(0, 3)) origin.close()
  await waitFor(async () => (await get()).headers['x-origin'] === 'spare', {
    timeoutMs: 60_000,
    what: 'the backup to answer alone',
  })
})
