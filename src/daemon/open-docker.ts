// The source `--source docker[=ADDRESS]`, with the variables that Docker's own command and the seed's program read.
import { Failure } from '../io/failure.ts'
import type { Logger } from '../io/log.ts'
import type { Word } from '../model/fragment.ts'
import { dockerSource, type ReadOtherwise } from '../sources/docker/docker-source.ts'
import { type DockerEnvironment, findEndpoint } from '../sources/docker/endpoint.ts'
import type { Verdict, VerdictSource } from '../sources/docker/verdict.ts'
import type { TryOut } from '../sources/kontena/kontena.ts'
import { toWord } from '../sources/kontena/to-word.ts'
import { templateSource } from './haproxy-template.ts'
import { readKontena } from './kontena-containers.ts'
import { withKontena } from './kontena-verdicts.ts'
import type { Settings } from './settings.ts'

/** How often everything is read anew, beside events. */
const RESYNC_MS = 60_000

type TemplateSettings = Pick<Settings, 'haproxyTemplate' | 'statsPort' | 'pidFile' | 'statsSocket'>

type Environment = DockerEnvironment & { readonly CHECK_TIME?: string }

/** Failure `docker-address` where DOCKER_HOST or the argument names no engine. */
export function openDocker(
  argument: string,
  { sources, haproxyTemplate }: Pick<Settings, 'sources' | 'haproxyTemplate'>,
  log: Logger,
  tryOut: TryOut,
  environment: Environment = process.env,
): VerdictSource {
  const endpoint = findEndpoint(argument, environment)
  if (!endpoint.ok) throw new Failure('docker-address', endpoint.message)
  let isLost = false
  return dockerSource({
    endpoint: endpoint.value,
    // A kontena.yml says itself which services there are, and a template goes by labels.
    readOtherwise:
      haproxyTemplate === null && !sources.some(({ kind }) => kind === 'kontena-yml')
        ? kontenaReader(tryOut)
        : () => Promise.resolve(NOTHING),
    tellChange: (lines) => {
      for (const line of lines) log.info(line)
    },
    resyncMs: readResyncMs(environment.CHECK_TIME, log),
    tell: (trouble) => {
      if (trouble !== null) log.error(trouble)
      else if (isLost) log.info('Docker answers again')
      isLost = trouble !== null
    },
    remark: (sentence) => log.warn(sentence),
  })
}

const NOTHING = { word: [], tell: (verdicts: readonly Verdict[]) => verdicts }

/** Kontena's variables on containers; remembers what they came to. */
function kontenaReader(tryOut: TryOut): ReadOtherwise {
  let word: Word = []
  return async (containers, findAddress) => {
    const { balancers, instances } = readKontena(containers, findAddress)
    word = toWord(await tryOut(balancers), word, Date.now())
    const said = word
    return { word, tell: (verdicts) => withKontena(verdicts, instances, said) }
  }
}

/** The same source with its configuration written by the user's template, where there is one. */
export function openTemplate(
  source: VerdictSource,
  { haproxyTemplate: path, statsPort, pidFile, statsSocket }: TemplateSettings,
  log: Logger,
): VerdictSource {
  if (path === null) return source
  return templateSource(source, {
    path,
    tell: (trouble, wasThere) => {
      if (trouble === null) log.debug(`${path} read`)
      else if (wasThere) log.warn(trouble)
      else log.info(`there is no template ${path}: Fairlead writes the configuration itself until there is`)
    },
    statsPort,
    pidFile: pidFile ?? '/tmp/haproxy.pid',
    sockFile: statsSocket ?? '/tmp/haproxy.sock',
  })
}

/** The seed's CHECK_TIME, in seconds. */
function readResyncMs(text: string | undefined, log: Logger): number {
  if (text === undefined || text === '') return RESYNC_MS
  if (/^\d{1,5}$/.test(text) && Number(text) > 0) return Number(text) * 1000
  log.warn(
    `CHECK_TIME ${JSON.stringify(text)} is not a whole number of seconds from 1 to 99999; everything is read anew each minute`,
  )
  return RESYNC_MS
}
