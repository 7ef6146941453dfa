// The OpenAPI document, made from the routes themselves.
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'

const DESCRIPTION = `Load balancers in, a real HAProxy out. Every change is reviewed before it is stored and answered when it is live.

- Paths may also be written \`/v1/loadbalancers\`; bodies may use snake_case keys, \`metadata.name\`, \`vpc_id\`, \`listeners\` and \`*_seconds\`.
- A refusal is \`{error, code, details, request_id}\` and leaves nothing changed.
- Keys and query parameters that are not known are refused, never ignored.`

/** Collects every route added after it; `app.swagger()` answers the document once the app is ready. */
export async function documentApi(app: FastifyInstance, program: string, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: `${program} API`, version, description: DESCRIPTION },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'The key in DIR/api-key' },
          apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'The same key' },
        },
      },
      security: [{ bearer: [] }, { apiKey: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => dropUnused(jsonSchemaTransformObject(document)),
  })
}

/** Each schema is made in the form of requests and in that of answers; what nothing refers to is left out. */
function dropUnused<Document extends object>(document: Document): Document {
  const { components, ...rest } = document as { components?: { schemas?: Record<string, unknown> } }
  const schemas = components?.schemas ?? {}
  const used = new Set<string>()
  const follow = (part: unknown) => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(name)) continue
      used.add(name)
      follow(schemas[name])
    }
  }
  follow(rest)
  const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)))
  return { ...document, components: { ...components, schemas: kept } }
}
