// The TLS settings of a load balancer: which certificate it serves, and where.
import { tlsSchema } from '../../spec/schema.ts'
import { answer, endWith, ready, refuse, refuseNotFound } from '../answer.ts'
import { loadBalancerSchema } from '../answer-schemas.ts'
import { getEntry, resourceOf } from '../catalogue.ts'
import type { Context } from '../context.ts'
import { editSpec } from '../edit-part.ts'
import { writeQuery } from '../query-fields.ts'
import { readPartBody } from '../read-body.ts'
import { type Route, route, WRITE_REFUSALS } from '../route.ts'

const EXAMPLE = '{"certificate": "my-cert"}'
const NO_DOMAIN =
  'obtaining certificates is not built yet, so tls cannot be set for a domain on its own; give certificate (as `cert add` names it) or certificateFile'

/** Who gives a new certificate does not mean to open the door. */
function describeLoss(clientCa: string): string {
  return `this would let clients in without a certificate of ${clientCa}; give clientCa too, or unset tls first`
}

function putTls(context: Context, asked: Parameters<typeof editSpec>[1] & { readonly body: unknown }) {
  const body = readPartBody(asked.body, EXAMPLE)
  if (!body.ok) return body.answer
  const tls = body.value
  const isOurs = tls['certificate'] !== undefined || tls['certificateFile'] !== undefined
  return editSpec(context, asked, (spec) => {
    if (!isOurs && tls['passthrough'] !== true) return endWith(refuse(501, 'not_built', NO_DOMAIN))
    if (spec.tls?.clientCa !== undefined && tls['clientCa'] === undefined)
      return endWith(refuse(422, 'invalid', describeLoss(spec.tls.clientCa)))
    return ready({ ...spec, tls })
  })
}

/** /v1/load-balancers/{name}/tls. */
export function tlsRoutes(context: Context): Route[] {
  const place = { url: '/v1/load-balancers/:name/tls', tag: 'Settings' }
  const live = { description: 'Live, with the status read back', schema: loadBalancerSchema }
  const writes = { ...place, query: writeQuery, answers: { 200: live } }
  return [
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
      refusals: [...WRITE_REFUSALS, 501],
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
