// A real etcd on loopback for a test, and clients of both APIs that write a load balancer's keys.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '../../../src/io/deadline.ts'
import type { MadeCertificate } from './certificates.ts'
import { findFreePort } from './free-port.ts'

/** Who signs, and the certificate that etcd and its clients show. */
export type EtcdCertificates = { readonly authority: MadeCertificate; readonly own: MadeCertificate }

const toBase64 = (text: string) => Buffer.from(text).toString('base64')

/** One member, whose data and port stay the same over its restarts. */
export class TestEtcd {
  readonly port: number
  readonly folder: string
  readonly #peerPort: number
  readonly #certificates: EtcdCertificates | null
  #process: ChildProcess | null = null
  /** Sent with every v3 request. */
  token: string | null = null

  private constructor(folder: string, port: number, peerPort: number, certificates: EtcdCertificates | null) {
    this.folder = folder
    this.port = port
    this.#peerPort = peerPort
    this.#certificates = certificates
  }

  static async start(certificates: EtcdCertificates | null = null): Promise<TestEtcd> {
    const folder = await mkdtemp(join(tmpdir(), 'fairlead-etcd-'))
    const etcd = new TestEtcd(folder, await findFreePort(), await findFreePort(), certificates)
    if (certificates) {
      await writeFile(join(folder, 'ca.pem'), certificates.authority.certificate)
      await writeFile(join(folder, 'cert.pem'), certificates.own.certificate)
      await writeFile(join(folder, 'key.pem'), certificates.own.key)
    }
    await etcd.resume()
    return etcd
  }

  /** Starts it where it was. */
  async resume(): Promise<void> {
    const scheme = this.#certificates ? 'https' : 'http'
    const [url, peerUrl] = [`${scheme}://127.0.0.1:${this.port}`, `http://127.0.0.1:${this.#peerPort}`]
    const own = this.#certificates ? `${url},${scheme}://localhost:${this.port}` : url
    const flags = {
      name: 'test',
      'data-dir': join(this.folder, 'data'),
      'listen-client-urls': url,
      'advertise-client-urls': own,
      'listen-peer-urls': peerUrl,
      'initial-advertise-peer-urls': peerUrl,
      'initial-cluster': `test=${peerUrl}`,
      'enable-v2': 'true',
      'heartbeat-interval': '20',
      'election-timeout': '200',
      'log-level': 'error',
      'bcrypt-cost': '4',
      ...(this.#certificates ? this.#tlsFlags() : {}),
    }
    const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
    this.#process = spawn('etcd', args, { stdio: 'ignore' })
    await waitFor(() => this.#isWell(), { timeoutMs: 60_000, what: 'etcd to answer' })
  }

  #tlsFlags(): Record<string, string> {
    const at = (name: string) => join(this.folder, name)
    const files = { 'cert-file': at('cert.pem'), 'key-file': at('key.pem'), 'trusted-ca-file': at('ca.pem') }
    return { ...files, 'client-cert-auth': 'true' }
  }

  async kill(): Promise<void> {
    const own = this.#process
    this.#process = null
    if (own === null || own.exitCode !== null) return
    const ended = new Promise((resolve) => own.once('exit', resolve))
    own.kill('SIGKILL')
    await ended
  }

  /** Kills it and starts it anew without anything it knew. */
  async wipe(): Promise<void> {
    await this.kill()
    await rm(join(this.folder, 'data'), { recursive: true })
    await this.resume()
  }

  async close(): Promise<void> {
    await this.kill()
    await rm(this.folder, { recursive: true, force: true })
  }

  /** A request of the v2 API; answers the body. */
  async v2(method: 'GET' | 'PUT' | 'DELETE', path: string, value?: string): Promise<string> {
    const form = value === undefined ? '' : new URLSearchParams({ value }).toString()
    const { status, body } = await this.#ask(method, `/v2/keys${path}`, form, 'application/x-www-form-urlencoded')
    if (status >= 400) throw new Error(`${method} ${path}: ${status} ${body}`)
    return body
  }

  /** A request of the v3 API. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  async v3(path: string, question: object = {}): Promise<any> {
    const { status, body } = await this.#ask('POST', `/v3/${path}`, JSON.stringify(question), 'application/json')
    if (status !== 200) throw new Error(`${path}: ${status} ${body}`)
    return JSON.parse(body)
  }

  /** Sets a key by either API. */
  async set(api: 2 | 3, path: string, value: string): Promise<void> {
    if (api === 2) await this.v2('PUT', path, value)
    else await this.v3('kv/put', { key: toBase64(path), value: toBase64(value) })
  }

  /** Removes a key and everything below it. */
  async remove(api: 2 | 3, path: string): Promise<void> {
    if (api === 2) await this.v2('DELETE', `${path}?recursive=true`)
    else {
      await this.v3('kv/deleterange', { key: toBase64(path) })
      await this.v3('kv/deleterange', { key: toBase64(`${path}/`), range_end: toBase64(`${path}0`) })
    }
  }

  async #isWell(): Promise<boolean> {
    const answer = await this.#ask('GET', '/health', '', '').catch(() => null)
    return answer?.status === 200 && answer.body.includes('true')
  }

  #ask(method: string, path: string, body: string, type: string): Promise<{ status: number; body: string }> {
    const headers = {
      ...(body === '' ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) }),
      ...(this.token === null ? {} : { authorization: this.token }),
    }
    const options = {
      host: '127.0.0.1',
      port: this.port,
      method,
      path,
      headers,
      agent: false,
      timeout: 10_000,
    } as const
    const { authority, own } = this.#certificates ?? {}
    const secrets = { ca: authority?.certificate, cert: own?.certificate, key: own?.key, servername: 'localhost' }
    return new Promise((resolve, reject) => {
      const sent = own ? requestTls({ ...options, ...secrets }) : requestPlain(options)
      sent.on('response', (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (piece: string) => (text += piece))
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }))
      })
      sent.on('timeout', () => sent.destroy(new Error(`etcd gave no answer to ${path}`)))
      sent.on('error', reject)
      sent.end(body)
    })
  }
}
