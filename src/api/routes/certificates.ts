// The node's certificates: stored ones are added, listed, replaced, removed, and those it obtains are listed beside them. Keys go in and never come out.
import { z } from 'zod'
import { findNearest } from '../../spec/nearest.ts'
import { nameSchema } from '../../spec/schema.ts'
import {
  type Answer,
  type Answerable,
  answer,
  endWith,
  ready,
  refuse,
  refuseInvalid,
  refuseKey,
  refuseNotFound,
} from '../answer.ts'
import { certificateSchema, itemsOf } from '../answer-schemas.ts'
import type { CertificateDesk, CertificateRecord } from '../certificate-desk.ts'
import type { Context } from '../context.ts'
import { isObject } from '../merge-patch.ts'
import { type Asked, type Route, route, WRITE_REFUSALS } from '../route.ts'
import type { CertificateInfo } from '../wire.ts'

const TAG = 'Certificates'
const ALL = '/v1/certificates'
const ONE = `${ALL}/:name`

const pem = z.string().min(1)
const bodySchema = z
  .strictObject({
    name: nameSchema,
    certificate: pem.describe('PEM text: certificate and chain, and the key where it is not apart'),
    key: pem.optional().describe('PEM text of the private key'),
  })
  .meta({
    examples: [{ name: 'my-cert', certificate: '-----BEGIN CERTIFICATE-----…', key: '-----BEGIN PRIVATE KEY-----…' }],
  })

/** /v1/certificates and /v1/certificates/{name}. */
export function certificateRoutes(context: Context): Route[] {
  return [...readingRoutes(context), ...writingRoutes(context)]
}

function readingRoutes({ engine }: Context): Route[] {
  return [
    route({
      method: 'GET',
      url: ALL,
      tag: TAG,
      summary: 'List the certificates that are stored, and those that are obtained, without their keys',
      answers: { 200: { description: 'All of them, by name', schema: itemsOf(certificateSchema) } },
      handle: async () => answer(200, { items: (await engine.certificates.list()).map(toInfo) }),
    }),
    route({
      method: 'GET',
      url: ONE,
      tag: TAG,
      summary: 'Read one certificate, without its key',
      description: 'One that is obtained has the name of its domain; a stored one of the same name goes before it.',
      answers: { 200: { description: 'As it stands', schema: certificateSchema } },
      refusals: [404],
      handle: async ({ params }) => {
        const found = await engine.certificates.get(params.name)
        return found ? answer(200, toInfo(found)) : refuseUnknown(engine.certificates, params.name)
      },
    }),
  ]
}

function writingRoutes(context: Context): Route[] {
  const shared = { tag: TAG, refusals: WRITE_REFUSALS }
  return [
    route({
      ...shared,
      method: 'POST',
      url: ALL,
      summary: 'Store a certificate',
      body: bodySchema,
      answers: { 201: { description: 'Stored', schema: certificateSchema } },
      handle: (asked) => write(context, asked, null),
    }),
    route({
      ...shared,
      method: 'PUT',
      url: ONE,
      summary: 'Replace a stored certificate, or store it where there is none',
      description: 'Whoever uses it serves the new one when this answers; no connection is closed for it.',
      body: bodySchema.partial({ name: true }),
      answers: {
        200: { description: 'Replaced, and served by whoever uses it', schema: certificateSchema },
        201: { description: 'Stored', schema: certificateSchema },
      },
      handle: (asked) => write(context, asked, asked.params.name),
    }),
    route({
      ...shared,
      method: 'DELETE',
      url: ONE,
      summary: 'Remove a stored certificate that nobody uses',
      answers: { 200: { description: 'It is gone', schema: z.object({ name: z.string(), deleted: z.literal(true) }) } },
      handle: (asked) => remove(context, asked),
    }),
  ]
}

function formatReplacing(name: string): string {
  return `replace it with PUT ${ALL}/${name}, or with \`fairlead cert add ${name} --file FILE --replace\``
}

async function write(context: Context, asked: Asked, named: string | null): Promise<Answer> {
  const body = readBody(asked.body, named)
  if (!body.ok) return body.answer
  const { name, certificate, key } = body.value
  return context.turns(async () => {
    const { certificates } = context.engine
    const found = await certificates.get(name)
    const before = found?.obtained ? undefined : found
    if (before && named === null)
      return refuse(409, 'exists', `there is a certificate ${name} already; ${formatReplacing(name)}`)
    const put = await certificates.put(name, key === undefined ? [certificate] : [certificate, key])
    if (!put.ok) return refuseInvalid([{ path: 'certificate', message: put.message }])
    context.log.info(`certificate ${name}: ${before ? 'replaced' : 'added'} by ${asked.author}`)
    const isServed = await certificates.served(name, put.value, context.settleTimeoutMs)
    const after = await certificates.get(name)
    if (!isServed)
      return refuse(
        500,
        'not_applied',
        `certificate ${name} is stored, but not served yet; the status of ${before?.usedBy.join(', ')} says why`,
      )
    return answer(before ? 200 : 201, after && toInfo(after), before ? undefined : { location: `${ALL}/${name}` })
  })
}

function remove(
  { turns, engine: { certificates }, log }: Context,
  { params: { name }, author }: Asked,
): Promise<Answer> {
  return turns(async () => {
    const found = await certificates.get(name)
    if (!found) return refuseUnknown(certificates, name)
    const users = found.usedBy.join(', ')
    if (found.obtained) return refuse(409, 'in_use', describeObtained(name, users || 'a load balancer'))
    if (users !== '')
      return refuse(409, 'in_use', `certificate ${name} is used by ${users}; give them another one first`)
    await certificates.remove(name)
    log.info(`certificate ${name}: removed by ${author}`)
    return answer(200, { name, deleted: true })
  })
}

function describeObtained(name: string, users: string): string {
  return `certificate ${name} is obtained for ${users} and would come again; take the domain out of the tls settings of ${users} instead`
}

async function refuseUnknown(certificates: CertificateDesk, name: string): Promise<Answer> {
  const near = findNearest(
    name,
    (await certificates.list()).map((one) => one.name),
  )
  return refuseNotFound(`there is no certificate ${JSON.stringify(name)}${near ? `; did you mean ${near}?` : ''}`)
}

/** No refusal quotes a value: it could be a key. */
function readBody(body: unknown, named: string | null): Answerable<z.output<typeof bodySchema>> {
  if (!isObject(body))
    return endWith(refuseKey('', 'send a JSON object: {"name", "certificate", "key"}, both as PEM text'))
  const read = bodySchema.safeParse({ ...(named === null ? {} : { name: named }), ...body })
  if (!read.success) {
    const [issue] = read.error.issues
    const path = issue?.path.join('.') ?? ''
    if (path === 'name') return endWith(refuseKey('name', issue?.message ?? ''))
    const extra = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
    const advice = 'send name, certificate and key, the last two as PEM text'
    return endWith(
      refuseKey(
        extra ?? path,
        extra === undefined ? `is missing or no text; ${advice}` : `there is no such key; ${advice}`,
      ),
    )
  }
  if (named !== null && read.data.name !== named)
    return endWith(
      refuseKey('name', `is ${JSON.stringify(read.data.name)}, but this is ${named}; a name cannot change`),
    )
  return ready(read.data)
}

function toInfo({ name, keys, usedBy, updatedAt, remarks, obtained }: CertificateRecord): CertificateInfo {
  const domains = [...new Set(keys.flatMap(({ names }) => names))]
  const notAfter = keys.map((key) => key.notAfter).sort()[0] ?? null
  return {
    name,
    domains,
    notAfter,
    issuer: keys[0]?.issuer ?? null,
    keys,
    usedBy,
    updatedAt,
    problems: remarks.map((message) => ({ code: 'certificate', message })),
    obtained,
  }
}
