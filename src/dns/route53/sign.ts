// AWS Signature Version 4: what proves to AWS that a request comes from who has the secret key, without telling the key.
import { createHash, createHmac } from 'node:crypto'

export type AwsKey = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Of temporary credentials. */
  readonly sessionToken?: string | undefined
}

export type Unsigned = {
  readonly method: string
  readonly url: URL
  /** Beside host, x-amz-date and the session's token, which are added. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Where and when a signature holds: AWS takes it for some minutes. */
export type Scope = { readonly region: string; readonly service: string; readonly nowMs: number }

/** The headers of a request, with those that sign it. */
export function signHeaders(request: Unsigned, key: AwsKey, { region, service, nowMs }: Scope): Record<string, string> {
  const moment = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `${moment.slice(0, 8)}/${region}/${service}/aws4_request`
  const headers = {
    ...request.headers,
    host: request.url.host,
    'x-amz-date': moment,
    ...(key.sessionToken === undefined ? {} : { 'x-amz-security-token': key.sessionToken }),
  }
  const signed = Object.keys(headers).map((name) => name.toLowerCase())
  const names = signed.sort().join(';')
  const text = ['AWS4-HMAC-SHA256', moment, scope, hash(canonicalRequest(request, headers))].join('\n')
  const secret = [moment.slice(0, 8), region, service, 'aws4_request'].reduce<string | Buffer>(
    (inner, part) => createHmac('sha256', inner).update(part).digest(),
    `AWS4${key.secretAccessKey}`,
  )
  const signature = createHmac('sha256', secret).update(text).digest('hex')
  const authorization = `AWS4-HMAC-SHA256 Credential=${key.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`
  return { ...headers, authorization }
}

/** The request in the one spelling that both sides sign. */
function canonicalRequest({ method, url, body }: Unsigned, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value.trim().replace(/ +/g, ' ')] as const)
    .sort(byText)
  const query = [...url.searchParams].map(([name, value]) => [encode(name), encode(value)] as const).sort(byText)
  // What the URL has encoded is encoded once more, everywhere but at S3.
  const path = url.pathname.split('/').map(encode).join('/')
  return [
    method,
    path,
    query.map((pair) => pair.join('=')).join('&'),
    ...lines.map((line) => line.join(':')),
    '',
    lines.map(([name]) => name).join(';'),
    hash(body),
  ].join('\n')
}

function byText(one: readonly [string, string], other: readonly [string, string]): number {
  const [a, b] = one[0] === other[0] ? [one[1], other[1]] : [one[0], other[0]]
  return a < b ? -1 : Number(a > b)
}

/** RFC 3986: everything but letters, digits and four signs. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
