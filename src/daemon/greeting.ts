// The first words of a daemon on a terminal: where everything is, and what to try next.
import { join } from 'node:path'
import type { Turned } from './board.ts'
import type { Demo } from './demo.ts'
import { formatApiAddress } from './setting-texts.ts'
import type { Settings } from './settings.ts'

/** Lines for the log, in order. */
export function formatGreeting(settings: Settings, demo: Demo | null, turned: Turned): string[] {
  const serving = [...turned.placements.values()].filter((placement) => placement.serving !== null).length
  return [
    `${serving} load balancer${serving === 1 ? '' : 's'} served`,
    formatWay(settings),
    ...(demo === null
      ? []
      : [
          `demo: http://localhost:${demo.port} is balanced over two small servers; try`,
          ...formatSteps(demo, settings),
        ]),
  ]
}

/** Where the API is reached. */
function formatWay({ api, stateDir }: Settings): string {
  if (api === null) return `API at ${join(stateDir, 'api.sock')} alone`
  return `API at http://${formatApiAddress(api)}, its key in ${join(stateDir, 'api-key')}`
}

function formatSteps(demo: Demo, settings: Settings): string[] {
  const where = settings.stateDir === '/var/lib/fairlead' ? '' : ` --state-dir ${settings.stateDir}`
  return [
    `  curl localhost:${demo.port}`,
    `  bin/fairlead lb status demo${where}`,
    `  bin/fairlead lb create --name web-lb --type http --target web-1:8080 --target web-2:8080${where}`,
  ]
}
