// The TLS settings of a load balancer: which certificate it serves, and where.
import { z } from 'zod'
import { tlsSchema } from '../../spec/schema.ts'
import { type Answer, answer, endWith, ready, refuse, refuseNotFound } from '../answer.ts'
import { loadBalancerSchema } from '../answer-schemas.ts'
import { getEntry, resourceOf } from '../catalogue.ts'
import type { Context } from '../context.ts'
import { editSpec } from '../edit-part.ts'
import { writeQuery } from '../query-fields.ts'
import { readPartBody } from '../read-body.ts'
import { type Route, route, WRITE_REFUSALS } from '../route.ts'

const EXAMPLE = '{"domain": "app.example.com"}'
/** What says where a certificate comes from. */
const SOURCES = ['domain', 'domains', 'certificate', 'certificateFile', 'passthrough']
const NO_SOURCE =
  'this does not say which certificate to serve; give domain and one is obtained, or certificate (as `cert add` names it), certificateFile, or passthrough: true'

/** Who gives a new certificate does not mean to open the door. */
function describeLoss(clientCa: string): string {
  return `this would let clients in without a certificate of ${clientCa}; give clientCa too, or unset tls first`
}

function putTls(context: Context, asked: Parameters<typeof editSpec>[1] & { readonly body: unknown }) {
  const body = readPartBody(asked.body, EXAMPLE)
  if (!body.ok) return body.answer
  const tls = body.value
  return editSpec(context, asked, (spec) => {
    if (SOURCES.every((key) => tls[key] === undefined)) return endWith(refuse(422, 'invalid', NO_SOURCE))
    if (spec.tls?.clientCa !== undefined && tls['clientCa'] === undefined)
      return endWith(refuse(422, 'invalid', describeLoss(spec.tls.clientCa)))
    return ready({ ...spec, tls })
  })
}

/** /v1/load-balancers/{name}/tls. */
export function tlsRoutes(context: Context): Route[] {
  const place = { url: '/v1/load-balancers/:name/tls', tag: 'Settings' } as const
  const live = { description: 'Live, with the status read back', schema: loadBalancerSchema }
  const writes = { ...place, query: writeQuery, answers: { 200: live } }
  return [
    renewRoute(context, place),
    route({
      ...place,
      method: 'GET',
      summary: 'Read the TLS settings',
      answers: { 200: { description: 'As they were set', schema: tlsSchema } },
      refusals: [404],
      handle: ({ params }) => {
        const entry = getEntry(context, params.name)
        if (!entry.ok) return entry.answer
        const { name, spec } = resourceOf(entry.value)
        return spec.tls === undefined ? refuseNotFound(`${name} has no tls`) : answer(200, spec.tls)
      },
    }),
    route({
      ...writes,
      method: 'PUT',
      summary: 'Serve a certificate',
      body: tlsSchema.meta({ examples: [JSON.parse(EXAMPLE)] }),
      refusals: WRITE_REFUSALS,
      handle: (asked) => putTls(context, asked),
    }),
    route({
      ...writes,
      method: 'DELETE',
      summary: 'Stop serving TLS',
      refusals: WRITE_REFUSALS,
      handle: (asked) =>
        editSpec(context, asked, ({ tls, ...rest }, { name }) =>
          tls === undefined ? endWith(refuseNotFound(`${name} has no tls`)) : ready(rest),
        ),
    }),
  ]
}

function renewRoute(context: Context, { url, tag }: { readonly url: string; readonly tag: string }): Route {
  return route({
    url: `${url}/renew`,
    tag,
    method: 'POST',
    summary: 'Ask for the certificates of its domains now',
    description: 'Answers at once; `status.tls.obtained` tells how far they are.',
    answers: { 202: { description: 'They are asked for', schema: z.object({ domains: z.array(z.string()) }) } },
    refusals: [404, 409],
    handle: ({ params }) => renew(context, params.name),
  })
}

function renew(context: Context, name: string): Answer {
  const entry = getEntry(context, name)
  if (!entry.ok) return entry.answer
  const domains = context.engine.renew(resourceOf(entry.value).name)
  if (domains.length > 0) return answer(202, { domains })
  const why = 'has no domain whose certificate is obtained'
  return refuse(
    409,
    'no_domain',
    `${name} ${why}; one that you gave is replaced by \`cert add --replace\`, a file is followed`,
  )
}
