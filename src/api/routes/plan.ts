// What would happen: resources judged and planned beside everything that stands, nothing changed.
import { z } from 'zod'
import { resourceSchema } from '../../spec/schema.ts'
import { type Answer, answer, refuseKey } from '../answer.ts'
import { planSchema } from '../answer-schemas.ts'
import type { Context } from '../context.ts'
import type { Proposal } from '../engine.ts'
import { checkResource } from '../judge-change.ts'
import { isObject } from '../merge-patch.ts'
import { readResourceBody } from '../read-body.ts'
import { type Route, route } from '../route.ts'
import type { ErrorBody, PlanAnswer, WireProblem } from '../wire.ts'

/** /v1/plan. */
export function planRoutes(context: Context): Route[] {
  return [
    route({
      method: 'POST',
      url: '/v1/plan',
      tag: 'Plan',
      summary: 'Plan one resource or several, without changing anything',
      description:
        'What is wrong with a resource stands in problems, with its place; the others are planned without it.',
      body: z.union([z.strictObject({ resources: z.array(resourceSchema) }), resourceSchema]),
      answers: { 200: { description: 'The plan', schema: planSchema } },
      refusals: [400, 413, 415, 422],
      handle: ({ body }) => plan(context, body),
    }),
  ]
}

async function plan({ engine }: Context, body: unknown): Promise<Answer> {
  const isSeveral = isObject(body) && 'resources' in body
  const stray = isSeveral ? Object.keys(body).find((key) => key !== 'resources') : undefined
  if (stray !== undefined) return refuseKey(stray, 'does not belong beside resources')
  const several = isSeveral ? body['resources'] : [body]
  if (!Array.isArray(several)) return refuseKey('resources', 'is no list of resources')
  const problems: WireProblem[] = []
  const proposals: Proposal[] = []
  for (const [index, json] of several.entries()) {
    const read = readProposal(json, isSeveral ? `resources[${index}]` : '')
    if ('problems' in read) problems.push(...read.problems)
    else proposals.push(read)
  }
  const { answer: planned, refusal } = await engine.review(proposals)
  return answer(200, { ...planned, problems: [...problems, ...problemsOf(planned, refusal)] } satisfies PlanAnswer)
}

function readProposal(json: unknown, place: string): Proposal | { readonly problems: readonly WireProblem[] } {
  const body = readResourceBody(json)
  const checked = body.ok ? checkResource(body.value) : body
  if (checked.ok) return { name: checked.value.name, resource: checked.value }
  const { details = [] } = checked.answer.body as ErrorBody
  const problems = details.map(({ path, message }) => {
    const where = [place, path].filter((part) => part !== '').join('.')
    return { code: 'invalid', message, ...(where === '' ? {} : { path: where }) }
  })
  return { problems }
}

/** The engine's refusal is told once, also where its own list has it already. */
function problemsOf({ problems }: PlanAnswer, refusal: WireProblem | null): readonly WireProblem[] {
  if (!refusal || problems.some((each) => each.message === refusal.message)) return problems
  const { code, message, path } = refusal
  return [...problems, { code, message, ...(path === undefined ? {} : { path }) }]
}
