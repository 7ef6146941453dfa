// Pools that serve files: each has one server, the process that reads them, which is told with every request which.
import { type Config, type Pool, poolsOf } from '../../model/config.ts'
import { DEFAULT_UNAVAILABLE } from '../../model/features.ts'
import { formatStaticFiles, STATIC_HEADERS, STATIC_SOCKET } from '../../model/static-files.ts'
import { renderUnavailable } from './features.ts'
import { STATIC_SERVER } from './names.ts'
import type { ProcessSettings } from './process-settings.ts'
import { PARAMETER_MAPS } from './rows.ts'
import { renderFormat, renderWord } from './word.ts'

/** The section that asks, once for all pools, whether the process is there. */
const CHECKED = 'sf_static'

/** The last lines of a pool's section, so that nothing before them tells of other files. `mapped`: which, is looked up by the place. */
export function renderStaticFiles(
  { features = {} }: Pool,
  naming: 'stated' | 'mapped',
  { runDir }: Pick<ProcessSettings, 'runDir'>,
): string[] {
  if (!features.static) return []
  const stated = renderFormat(formatStaticFiles(features.static))
  return [
    // It is back within a second.
    ...(features.unavailable ? [] : renderUnavailable({ ...DEFAULT_UNAVAILABLE, retryAfterSeconds: 1 })),
    // A file is asked for again where the process ended with a connection that was kept.
    ...(features.retries ? [] : ['retry-on conn-failure empty-response']),
    `http-request set-header ${STATIC_HEADERS.files} ${naming === 'stated' ? stated : `%[be_name,map_str(${PARAMETER_MAPS.staticFiles})]`}`,
    `http-request set-header ${STATIC_HEADERS.path} %[var(txn.path)]`,
    `server ${STATIC_SERVER} ${formatAddress(runDir)} track ${CHECKED}/${STATIC_SERVER} pool-max-conn -1 pool-purge-delay 5s`,
  ]
}

/** The check that the servers of these pools go by; none where no pool serves files. */
export function renderStaticCheck(config: Config, { runDir }: Pick<ProcessSettings, 'runDir'>): string[][] {
  if (!poolsOf(config).some(({ features }) => features?.static)) return []
  return [
    [
      `backend ${CHECKED} from df_http`,
      `  server ${STATIC_SERVER} ${formatAddress(runDir)} check inter 1s fastinter 200ms rise 1 fall 3`,
    ],
  ]
}

function formatAddress(runDir: string): string {
  return `unix@${renderWord(runDir)}/${STATIC_SOCKET}`
}
