// apply: makes what is live what the files say; a mistake anywhere in them changes nothing at all.
import { type Client, putLoadBalancer } from '../../api/client.ts'
import type { LoadBalancer, PlanAnswer } from '../../api/wire.ts'
import { Failure } from '../../io/failure.ts'
import type { Call } from '../call.ts'
import { tellProblems } from '../change.ts'
import type { CommandSpec } from '../command-spec.ts'
import { findLives, isSame } from '../compare-live.ts'
import { formatChange } from '../format/change-line.ts'
import { FILE_OPTION, type FileResource, readResources } from '../input-files.ts'
import { refuseProblems, tellPlan } from '../plans.ts'
import { EXIT } from '../refusal.ts'

export const apply: CommandSpec = {
  usage: 'apply',
  summary: 'Create or update load balancers from files',
  kind: 'change',
  examples: [
    ['One file', 'PROGRAM apply -f web-lb.yml'],
    ['Several resources, parted by ---, from a pipe', 'cat *.yml | PROGRAM apply -f -'],
    ['See first what would change', 'PROGRAM apply -f web-lb.yml --dry-run'],
  ],
  options: [FILE_OPTION],
  run: async (call) => {
    const found = await readResources(call)
    const client = await call.client()
    if (call.dryRun) return showPlan(call, await client.plan(found.map(({ resource }) => resource)))
    const lives = await findLives(
      client,
      found.map(({ resource }) => resource.name),
    )
    refuseForeign(lives)
    const changed = found.filter(({ resource }, index) => !isUnchanged(lives[index], resource))
    if (changed.length > 1) refuseProblems(await client.plan(changed.map(({ resource }) => resource)))
    return sendAll(call, client, found, lives)
  },
}

async function sendAll(
  call: Call,
  client: Client,
  found: readonly FileResource[],
  lives: readonly (LoadBalancer | undefined)[],
): Promise<number> {
  let exitCode: number = EXIT.done
  const answers: LoadBalancer[] = []
  for (const [index, { resource }] of found.entries()) {
    const live = lives[index]
    if (live && isUnchanged(live, resource)) {
      answers.push(live)
      if (call.output === 'table') call.print(`${live.name}: unchanged`)
      continue
    }
    const answer = (await client.send(putLoadBalancer(resource), { wait: call.wait })) as LoadBalancer
    const action = live === undefined ? 'created' : answer.version === live.version ? 'unchanged' : 'updated'
    answers.push(answer)
    if (call.output === 'table') call.print(formatChange(answer, { action, wait: call.wait }))
    exitCode = Math.max(exitCode, tellProblems(call, answer))
  }
  if (call.output !== 'table') await call.show(answers.length === 1 ? answers[0] : answers, () => '')
  return exitCode
}

function isUnchanged(live: LoadBalancer | undefined, resource: FileResource['resource']): boolean {
  return live !== undefined && isSame(live, resource)
}

async function showPlan(call: Call, plan: PlanAnswer): Promise<number> {
  refuseProblems(plan)
  await tellPlan(call, plan)
  return EXIT.done
}

/** What another source owns is told before anything is sent, and not halfway through. */
function refuseForeign(lives: readonly (LoadBalancer | undefined)[]): void {
  const foreign = lives.find((live) => live && live.origin.source !== 'store')
  if (!foreign) return
  const where = `${foreign.origin.source} ${foreign.origin.id}`
  throw new Failure(
    'conflict',
    `${foreign.name} comes from ${where} and can only be changed there; nothing was changed`,
  )
}
