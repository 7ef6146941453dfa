// The ways to an engine: TCP with TLS, ssh, and answers that are too long.
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { waitFor } from '../../../src/io/deadline.ts'
import { DockerClient } from '../../../src/sources/docker/docker-client.ts'
import { FakeDocker } from '../../fakes/fake-docker.ts'
import { temporaryFolder } from '../../io/temporary-folder.ts'
import { makeCertificate } from '../../live/kit/certificates.ts'
import { Watching } from './watching.ts'

const ID = 'a'.repeat(64)
const SIGNAL = new AbortController().signal

async function startFake(): Promise<FakeDocker> {
  const docker = await new FakeDocker().start()
  docker.containers.set(ID, { name: 'web1', state: 'running', ipv4: '172.17.0.2' })
  return docker
}

test('an answer without an end is given up', async () => {
  const docker = await startFake()
  docker.answers.set('/containers/json', (_request, response) => response.end(' '.repeat(2 * 1024 * 1024)))
  const client = docker.client()
  await client.greet(SIGNAL)
  await expect(client.get('/containers/json', SIGNAL)).rejects.toThrow(/more than 1048576 bytes/)
})

describe('TLS', () => {
  const closings: (() => void)[] = []
  afterEach(() => {
    for (const close of closings.splice(0)) close()
  })

  /** A port of loopback that speaks TLS and leads to the engine. */
  async function startTls(docker: FakeDocker, options: TlsOptions): Promise<number> {
    const server = createServer(options, (socket: TLSSocket) => {
      const inner = createConnection(docker.path)
      for (const each of [socket, inner]) each.on('error', () => {})
      socket.pipe(inner).pipe(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closings.push(() => server.close())
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  function folderOf(files: Readonly<Record<string, string>>): string {
    const folder = temporaryFolder()
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    return folder
  }

  const clientOf = (port: number, folder: string, verify = true) =>
    new DockerClient({ kind: 'tcp', host: 'localhost', port, tls: { folder, verify } }, { answerMs: 2000 })

  test('both sides show a certificate; one of another authority is not believed', async () => {
    const docker = await startFake()
    const authority = await makeCertificate([], { isAuthority: true })
    const [server, ours] = [
      await makeCertificate(['localhost'], { by: authority }),
      await makeCertificate(['us'], { by: authority }),
    ]
    const ca = authority.certificate
    const port = await startTls(docker, {
      ...{ cert: server.certificate, key: server.key, ca, requestCert: true, rejectUnauthorized: true },
    })
    const good = folderOf({ 'ca.pem': ca, 'cert.pem': ours.certificate, 'key.pem': ours.key })
    const watching = new Watching(clientOf(port, good))
    await watching.until('a first word', ({ views }) => views.length > 0)
    expect(watching.views[0]?.peer).toBe('127.0.0.1')
    const other = await makeCertificate([], { isAuthority: true })
    const wrong = folderOf({ 'ca.pem': other.certificate, 'cert.pem': ours.certificate, 'key.pem': ours.key })
    await expect(clientOf(port, wrong).greet(SIGNAL)).rejects.toThrow(
      /^Docker at tcp:\/\/localhost:\d+ cannot be reached: /,
    )
    await expect(clientOf(port, folderOf({})).greet(SIGNAL)).rejects.toThrow(
      /ca.pem cannot be read \(ENOENT\); DOCKER_CERT_PATH names/,
    )
    await expect(clientOf(port, folderOf({ 'ca.pem': ca })).greet(SIGNAL)).rejects.toThrow(/cannot be reached/)
  })
})

describe('ssh', () => {
  const path = process.env['PATH'] ?? ''
  afterEach(() => {
    process.env['PATH'] = path
  })

  /** An `ssh` of the test's own that notes how it was called and then does as told. */
  function plantSsh(action: string): string {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'ssh'), `#!/bin/sh\necho "$$ $*" >> ${folder}/calls\n${action}\n`)
    chmodSync(join(folder, 'ssh'), 0o755)
    process.env['PATH'] = `${folder}:${path}`
    return folder
  }

  test('the engine is followed over a few connections, and none is left behind', async () => {
    const docker = await startFake()
    const bridge = `const s = require('net').connect('${docker.path}'); process.stdin.pipe(s).pipe(process.stdout)`
    const folder = plantSsh(`exec "${process.execPath}" -e "${bridge}"`)
    for (let index = 0; index < 20; index++)
      docker.containers.set(`${index}`.padStart(64, 'e'), {
        name: `web-${index}`,
        state: 'running',
        ipv4: '172.17.0.9',
      })
    const endpoint = { kind: 'ssh', host: 'far', user: 'me', port: 2222 } as const
    const watching = new Watching(new DockerClient(endpoint))
    await watching.until('a first word', ({ views }) => views.length > 0, 20_000)
    docker.containers.get(ID)!.state = 'paused'
    docker.tell('pause', ID)
    await watching.until('the pause', () => watching.find('web1')?.state === 'paused')
    const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')
    expect(calls.length).toBeLessThanOrEqual(5)
    expect(calls[0]).toMatch(/ -o BatchMode=yes .*-l me -p 2222 -- far docker system dial-stdio$/)
    await watching.stop()
    const isGone = (call: string) => {
      const stat = `/proc/${call.split(' ')[0]}/stat`
      return !existsSync(stat)
    }
    await waitFor(() => calls.every(isGone), { timeoutMs: 60_000, what: 'every ssh to end' })
  })

  test("ssh's own last words are told", async () => {
    plantSsh('echo "me@far: Permission denied (publickey)." >&2; exit 255')
    const watching = new Watching(new DockerClient({ kind: 'ssh', host: 'far', user: null, port: null }))
    await waitFor(() => watching.told.length > 0, { timeoutMs: 60_000, what: 'the trouble' })
    expect(watching.told[0]).toBe(
      'Docker at ssh://far cannot be reached: ssh ended (255): me@far: Permission denied (publickey).',
    )
  })
})
