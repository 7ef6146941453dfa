// Certificates made for a test with openssl, and clients that shake hands.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type RequestOptions, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A certificate and its key, as PEM texts. */
export type MadeCertificate = { readonly certificate: string; readonly key: string; readonly pem: string }

type Wish = {
  readonly keyType?: 'ec' | 'rsa' | 'ed25519'
  /** Of an RSA key. */
  readonly bits?: number
  /** Negative: it has expired. */
  readonly days?: number
  /** Who signs it; itself unless told. */
  readonly by?: MadeCertificate
  readonly isAuthority?: boolean
  /** As openssl writes it; the first name unless told. */
  readonly subject?: string
  /** Signed with SHA-1, which OpenSSL does not take any more. */
  readonly isWeak?: boolean
}

/** Makes a certificate for these names. */
export async function makeCertificate(names: readonly string[], wish: Wish = {}): Promise<MadeCertificate> {
  const { keyType = 'ec', bits = 2048, days = 30, by, isAuthority = false, isWeak = false } = wish
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-openssl-'))
  const at = (name: string) => join(folder, name)
  const kinds = {
    ec: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    rsa: ['-newkey', `rsa:${bits}`],
    ed25519: ['-newkey', 'ed25519'],
  }
  const { subject = isAuthority ? '/O=Test' : `/CN=${names[0] ?? 'nobody'}` } = wish
  const alternatives = names.length > 0 ? `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}` : ''
  const extensions = [
    ...(alternatives === '' ? [] : [alternatives]),
    ...(isAuthority ? [] : ['basicConstraints=CA:FALSE']),
  ]
  const added = extensions.flatMap((extension) => ['-addext', extension])
  if (by) await Promise.all([writeFile(at('ca.crt'), by.certificate), writeFile(at('ca.key'), by.key)])
  const signed = by ? ['-CA', at('ca.crt'), '-CAkey', at('ca.key')] : []
  const common = [
    '-nodes',
    '-keyout',
    at('key'),
    '-out',
    at('crt'),
    '-subj',
    subject,
    ...added,
    ...(isWeak ? ['-sha1'] : []),
  ]
  await run('openssl', ['req', '-x509', ...kinds[keyType], ...common, '-days', String(Math.max(1, days)), ...signed])
  if (days < 0)
    await run('openssl', [
      'x509',
      '-in',
      at('crt'),
      '-signkey',
      at('key'),
      '-days',
      String(days),
      '-out',
      at('crt'),
      '-copy_extensions',
      'copyall',
    ])
  const [certificate, key] = await Promise.all([readFile(at('crt'), 'utf8'), readFile(at('key'), 'utf8')])
  await rm(folder, { recursive: true, force: true })
  return { certificate, key, pem: `${certificate}${key}` }
}

/** What a client sees of a handshake: the certificate's SHA-1 and the protocol, or the error's code. */
export function shakeHands(port: number, servername: string, options: object = {}) {
  return new Promise<{
    fingerprint?: string
    protocol?: string | false | null
    version?: string | null
    error?: string
  }>((resolve) => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      servername,
      rejectUnauthorized: false,
      ALPNProtocols: ['h2', 'http/1.1'],
      ...options,
    })
    socket.setTimeout(10_000, () => socket.destroy(new Error('timeout')))
    socket.once('secureConnect', () => {
      const { fingerprint } = socket.getPeerCertificate()
      resolve({
        fingerprint: fingerprint?.replaceAll(':', ''),
        protocol: socket.alpnProtocol,
        version: socket.getProtocol(),
      })
      socket.destroy()
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve({ error: error.code ?? error.message }))
  })
}

/** One request over TLS on a connection of its own; the status and headers, or the error's code. */
export function askTls(port: number, servername: string, options: RequestOptions = {}) {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string; error?: string }>((resolve) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        servername,
        rejectUnauthorized: false,
        agent: false,
        timeout: 10_000,
        ...options,
        headers: { host: servername, ...options.headers },
      },
      (answer) => {
        let body = ''
        answer.setEncoding('utf8').on('data', (piece: string) => (body += piece))
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }))
      },
    )
    sent.on('timeout', () => sent.destroy(new Error('timeout')))
    sent.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ status: 0, headers: {}, body: '', error: error.code ?? error.message }),
    )
    sent.end()
  })
}

/** The subjects of all certificates a server sends, in its order and without spaces; `args` are more words of `openssl s_client`. */
export async function readSentChain(port: number, servername: string, args: readonly string[] = []): Promise<string[]> {
  const words = ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', servername, '-showcerts', ...args]
  const running = run('openssl', words, { timeout: 20_000 })
  running.child.stdin?.end()
  const { stdout } = await running
  return [...stdout.matchAll(/^ *\d+ s:(.*)$/gm)].map(([, subject = '']) => subject.replaceAll(' ', ''))
}
