// The source `--source kontena-yml=PATH`; where Docker is a source as well, its containers say where services run.
import { isIPv6 } from 'node:net'
import type { Logger } from '../io/log.ts'
import type { Container, FindAddress } from '../sources/docker/container.ts'
import { followContainers } from '../sources/docker/docker-source.ts'
import { findEndpoint } from '../sources/docker/endpoint.ts'
import { findLife } from '../sources/docker/life.ts'
import type { RunningInstance } from '../sources/kontena/find-upstreams.ts'
import type { TryOut } from '../sources/kontena/kontena.ts'
import { type FollowInstances, stackSource } from '../sources/kontena/stack-source.ts'
import type { Source } from '../sources/source.ts'
import type { SourceSetting } from './setting-texts.ts'

/** How often containers are read anew, beside events. */
const RESYNC_MS = 60_000

type Environment = Readonly<Record<string, string | undefined>>

/** Opens it; `sources` are all of the daemon's. */
export function openKontenaYml(
  path: string,
  sources: readonly SourceSetting[],
  log: Logger,
  tryOut: TryOut,
  environment: Environment = process.env,
): Source {
  const engines = sources.filter(({ kind }) => kind === 'docker')
  return stackSource({
    path,
    environment,
    tell: (trouble) => (trouble === null ? log.debug(`${path} read`) : log.error(trouble)),
    remark: (sentence) => log.warn(sentence),
    tryOut,
    followInstances: engines.flatMap(({ argument }) => followEngine(argument, environment) ?? []),
  })
}

/** Null where the address is wrong: Docker's own source has said so. */
function followEngine(argument: string, environment: Environment): FollowInstances | null {
  const endpoint = findEndpoint(argument, environment)
  if (!endpoint.ok) return null
  return async function* follow(signal) {
    // Docker's own source tells what is wrong with it.
    const options = { endpoint: endpoint.value, resyncMs: RESYNC_MS, tell: () => {}, remark: () => {} }
    for await (const { containers, findAddress } of followContainers(options, signal))
      yield containers.flatMap((container) => toInstance(container, findAddress))
  }
}

function toInstance(container: Container, findAddress: FindAddress): RunningInstance[] {
  const { name, labels } = container
  const life = findLife(container)
  if (life.kind === 'gone') return []
  const find = (port: number) => {
    const found = findAddress(container, { port, network: null, family: null })
    if (!found.ok) return found
    return {
      ok: true,
      target: `${isIPv6(found.address) ? `[${found.address}]` : found.address}:${found.port}`,
    } as const
  }
  return [{ name, labels, isWaiting: life.kind !== 'serving', find }]
}
