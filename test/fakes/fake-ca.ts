// An ACME CA on loopback, as good or as bad as a test wants it: it checks every nonce and signature, and issues with openssl.
import { execFile } from 'node:child_process'
import { createPublicKey, type KeyObject, randomBytes, verify } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { type MadeCertificate, makeCertificate } from '../live/kit/certificates.ts'

const run = promisify(execFile)

// biome-ignore lint/suspicious/noExplicitAny: JSON that a client sent
type Json = any

type FakeOrder = {
  readonly names: readonly string[]
  status: 'pending' | 'ready' | 'processing' | 'valid' | 'invalid'
  readonly authorizations: { name: string; status: string; error?: object }[]
  certificate?: string
}

/** A request that was signed well. */
type Signed = { readonly path: string; readonly payload: Json; readonly account: string | null }

/** Instead of the usual answer. */
type Answer = (response: ServerResponse, signed: Signed | null) => void

/** The same for all of a file's tests: making them is what takes time. */
let certificates: ReturnType<typeof makeBoth> | undefined

async function makeBoth(): Promise<{ authority: MadeCertificate; own: MadeCertificate }> {
  const authority = await makeCertificate([], { isAuthority: true })
  return { authority, own: await makeCertificate(['localhost'], { by: authority }) }
}

export class FakeCa {
  /** Of the CA's own server and of what it issues. */
  authority: MadeCertificate = { certificate: '', key: '', pem: '' }
  /** Every request: `POST /order`, with what was signed. */
  readonly asked: string[] = []
  readonly payloads = new Map<string, Json[]>()
  readonly userAgents = new Set<string | undefined>()
  /** Instead of the usual answer, by path; taken out once given, unless it is to stay. */
  readonly answers = new Map<string, Answer>()
  readonly stay = new Set<string>()
  /** So many good nonces are refused. */
  nonceRefusals = 0
  /** What becomes of an authorization when it is looked at: an error by name. */
  readonly failing = new Map<string, object>()
  /** What the directory says beside URLs. */
  meta: object = { termsOfService: 'https://ca.example/terms' }
  hasRenewalInfo = false
  readonly accounts = new Map<string, KeyObject>()
  readonly orders: FakeOrder[] = []
  readonly #nonces = new Set<string>()
  #folder = ''
  #url = ''

  async start(): Promise<this> {
    this.#folder = await mkdtemp(join(tmpdir(), 'fairlead-ca-'))
    certificates ??= makeBoth()
    const { authority, own } = await certificates
    this.authority = authority
    const server = createServer({ cert: own.certificate, key: own.key }, (request, response) => {
      this.#serve(request, response).catch((error: Error) =>
        refuse(response, 500, 'serverInternal', String(error.stack)),
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    this.#url = `https://localhost:${(server.address() as AddressInfo).port}`
    onTestFinished(async () => {
      server.closeAllConnections()
      server.close()
      await rm(this.#folder, { recursive: true, force: true })
    })
    return this
  }

  get directoryUrl(): string {
    return `${this.#url}/directory`
  }

  count(request: string): number {
    return this.asked.filter((one) => one === request).length
  }

  /** A refusal as an answer; `headers` may tell when to return. */
  refusal(status: number, type: string, detail: string, headers: Record<string, string> = {}, more = {}): Answer {
    return (response) => refuse(response, status, type, detail, headers, more)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace(/\/\d+(?=\/|$)/g, '')
    this.asked.push(`${request.method} ${path}`)
    this.userAgents.add(request.headers['user-agent'])
    const body: Buffer[] = []
    for await (const piece of request) body.push(piece as Buffer)
    const nonce = randomBytes(8).toString('base64url')
    this.#nonces.add(nonce)
    if (request.method !== 'GET') response.setHeader('replay-nonce', nonce)
    const signed =
      request.method === 'POST' ? this.#open(request.url ?? '', Buffer.concat(body).toString(), response) : null
    if (request.method === 'POST' && signed === null) return
    this.payloads.set(path, [...(this.payloads.get(path) ?? []), signed?.payload])
    const answer = this.answers.get(path)
    if (!this.stay.has(path)) this.answers.delete(path)
    if (answer) answer(response, signed)
    else await this.#answer(path, request.url ?? '', signed, response)
  }

  /** Checks nonce, URL and signature; null where it has refused. */
  #open(url: string, body: string, response: ServerResponse): Signed | null {
    const { protected: head64, payload, signature } = JSON.parse(body) as Record<string, string>
    const head: Json = JSON.parse(Buffer.from(head64 ?? '', 'base64url').toString())
    if (!this.#nonces.delete(head.nonce) || this.nonceRefusals-- > 0) {
      refuse(response, 400, 'badNonce', 'JWS has an invalid anti-replay nonce')
      return null
    }
    this.nonceRefusals = Math.max(0, this.nonceRefusals)
    const key = head.jwk ? createPublicKey({ key: head.jwk, format: 'jwk' }) : this.accounts.get(head.kid)
    if (!key) {
      refuse(response, 400, 'accountDoesNotExist', 'no account at this URL')
      return null
    }
    const bytes = Buffer.from(`${head64}.${payload}`)
    const isGood = verify(
      'sha256',
      bytes,
      { key, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature ?? '', 'base64url'),
    )
    if (!isGood || head.url !== `${this.#url}${url}` || head.alg !== 'ES256') {
      refuse(response, 400, 'malformed', 'the signature is not good')
      return null
    }
    if (head.jwk) this.accounts.set(`${this.#url}/account/1`, key)
    const text = Buffer.from(payload ?? '', 'base64url').toString()
    return { path: url, payload: text === '' ? null : JSON.parse(text), account: head.kid ?? null }
  }

  async #answer(path: string, url: string, signed: Signed | null, response: ServerResponse): Promise<void> {
    const number = Number(/\/(\d+)/.exec(url)?.[1] ?? 0)
    const order = this.orders[number]
    if (path === '/directory') return send(response, 200, this.#directory())
    if (path === '/nonce') return void response.writeHead(200).end()
    if (path === '/new-account') return send(response, 201, { status: 'valid' }, { location: `${this.#url}/account/1` })
    if (path === '/new-order') return this.#placeOrder(signed?.payload, response)
    if (path === '/revoke') return send(response, 200, {})
    if (signed === null) return void response.writeHead(404).end()
    if (!order) return refuse(response, 404, 'malformed', 'there is no such thing')
    const which = Number(url.split('/')[3] ?? 0)
    if (path.startsWith('/authorization')) return send(response, 200, this.#authorization(number, which))
    if (path.startsWith('/challenge')) return this.#look(order, which, response)
    if (path === '/finalize') await this.#issue(order, signed?.payload.csr)
    if (path === '/certificate') return void response.writeHead(200).end(order.certificate)
    send(response, 200, this.#order(number))
  }

  #directory(): object {
    const at = (path: string) => `${this.#url}/${path}`
    return {
      newNonce: at('nonce'),
      newAccount: at('new-account'),
      newOrder: at('new-order'),
      revokeCert: at('revoke'),
      ...(this.hasRenewalInfo ? { renewalInfo: at('renewal-info') } : {}),
      meta: this.meta,
    }
  }

  #placeOrder(payload: Json, response: ServerResponse): void {
    const names: string[] = payload.identifiers.map(({ value }: { value: string }) => value)
    const authorizations = names.map((name) => ({ name, status: 'pending' }))
    const number = this.orders.push({ names, status: 'pending', authorizations }) - 1
    send(response, 201, this.#order(number), { location: `${this.#url}/order/${number}` })
  }

  #order(number: number): object {
    const order = this.orders[number]
    if (order?.status === 'pending' && order.authorizations.every(({ status }) => status === 'valid'))
      order.status = 'ready'
    return {
      status: order?.status,
      identifiers: order?.names.map((value) => ({ type: 'dns', value })),
      authorizations: order?.names.map((_, which) => `${this.#url}/authorization/${number}/${which}`),
      finalize: `${this.#url}/finalize/${number}`,
      ...(order?.certificate ? { certificate: `${this.#url}/certificate/${number}` } : {}),
    }
  }

  #authorization(number: number, which: number): object {
    const { name = '', status, error } = this.orders[number]?.authorizations[which] ?? {}
    const url = `${this.#url}/challenge/${number}/${which}`
    const token = `${'T'.repeat(30)}-${number}-${which}`
    return {
      status,
      identifier: { type: 'dns', value: name.replace('*.', '') },
      ...(name.startsWith('*.') ? { wildcard: true } : {}),
      challenges: [
        { type: 'http-01', status, url, token, error },
        { type: 'dns-01', status, url, token },
      ],
    }
  }

  #look(order: FakeOrder, which: number, response: ServerResponse): void {
    const authorization = order.authorizations[which]
    if (!authorization) throw new Error('there is no such challenge')
    const error = this.failing.get(authorization.name)
    authorization.status = error ? 'invalid' : 'valid'
    if (error) authorization.error = error
    send(response, 200, { status: 'processing' })
  }

  async #issue(order: FakeOrder, csr: string): Promise<void> {
    const at = (name: string) => join(this.#folder, name)
    const lines = Buffer.from(csr, 'base64url')
      .toString('base64')
      .replace(/.{64}(?=.)/g, '$&\n')
    await writeFile(at('csr'), `-----BEGIN CERTIFICATE REQUEST-----\n${lines}\n-----END CERTIFICATE REQUEST-----\n`)
    await Promise.all([writeFile(at('ca'), this.authority.certificate), writeFile(at('ca.key'), this.authority.key)])
    await run('openssl', ['req', '-in', at('csr'), '-verify', '-noout'])
    const signing = [
      '-CA',
      at('ca'),
      '-CAkey',
      at('ca.key'),
      '-CAcreateserial',
      '-days',
      '90',
      '-copy_extensions',
      'copyall',
    ]
    const { stdout } = await run('openssl', ['x509', '-req', '-in', at('csr'), ...signing])
    order.certificate = `${stdout}${this.authority.certificate}`
    order.status = 'valid'
  }
}

function send(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

function refuse(
  response: ServerResponse,
  status: number,
  type: string,
  detail: string,
  headers: Record<string, string> = {},
  more: object = {},
): void {
  send(response, status, { type: `urn:ietf:params:acme:error:${type}`, detail, ...more }, headers)
}
