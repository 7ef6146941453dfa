// `--haproxy-template FILE`: what the docker source publishes, written down by a template of the user's instead of by us.
import { readTextFile } from '../io/atomic-file.ts'
import { Bell } from '../io/bell.ts'
import type { BrokenFragment, Fragment, Problem, Word } from '../model/fragment.ts'
import { parseTarget } from '../model/target.ts'
import { renderTemplate } from '../render/template/render-template.ts'
import { makeTemplateData, type TemplateGroup } from '../render/template/template-data.ts'
import type { Verdict, VerdictSource } from '../sources/docker/verdict.ts'
import { changesOf } from '../sources/file/file-source.ts'

/** How what it wrote is called, in `lb list` and in the name of its file. */
const NAME = 'haproxy-template'

export type TemplateOptions = {
  readonly path: string
  /** Told of what keeps the file from being followed; null when it is well again. `wasThere`: it was read before. */
  readonly tell: (trouble: string | null, wasThere: boolean) => void
  /** null: no page with statistics. */
  readonly statsPort: number | null
  readonly pidFile: string
  readonly sockFile: string
}

/** The source with its load balancers written by the template. Until the file is there for the first time they are ours. */
export function templateSource(source: VerdictSource, options: TemplateOptions): VerdictSource {
  const since = Date.now()
  return {
    kind: source.kind,
    title: `${source.title}, by ${options.path}`,
    get verdicts() {
      return source.verdicts
    },
    async *watch(signal) {
      const bell = new Bell(signal)
      let told: Word | null = null
      let template = (await readTextFile(options.path)) ?? null
      let before: Fragment | BrokenFragment | null = null
      const following = Promise.all([
        each(source.watch(signal), (word) => (told = word), bell),
        each(
          changesOf(options.path, (trouble) => options.tell(trouble, template !== null), signal),
          async () => (template = (await readTextFile(options.path)) ?? template),
          bell,
        ),
      ])
      for await (const _ring of bell) {
        if (told === null) continue
        if (template === null) yield told
        else {
          const written = write(template, toGroups(told, source.verdicts ?? []), options, { before, since })
          if (written === before) continue
          before = written
          yield [written]
        }
      }
      await following
    },
  }
}

async function each<T>(items: AsyncIterable<T>, take: (item: T) => unknown, bell: Bell): Promise<void> {
  for await (const item of items) {
    await take(item)
    bell.ring()
  }
}

/** What is published, by load balancer, with the names of the containers that serve. */
function toGroups(word: Word, verdicts: readonly Verdict[]): TemplateGroup[] {
  const serving = verdicts.flatMap(({ name, services }) =>
    services.flatMap(({ state, target, loadBalancer }) => {
      const parsed = state === 'serving' && target !== null ? parseTarget(target) : null
      return parsed?.ok ? [{ loadBalancer, name, address: parsed.value.host, port: parsed.value.port }] : []
    }),
  )
  return word.flatMap((fragment) => {
    const [listener] = 'broken' in fragment ? [] : fragment.listeners
    if ('broken' in fragment || !listener) return []
    const servers = serving.filter(({ loadBalancer }) => loadBalancer === fragment.name)
    const pem = fragment.certificates?.find(({ source }) => source.kind === 'file')?.source
    return [
      {
        address: listener.address === '0.0.0.0' ? '' : listener.address,
        port: listener.port,
        pem: pem?.kind === 'file' ? pem.path : '',
        servers: servers.map(({ name, address, port }) => ({ name, address, port })),
      },
    ]
  })
}

/** The fragment, the one before where it would say the same; broken where the template does not render. */
function write(
  template: string,
  groups: readonly TemplateGroup[],
  options: TemplateOptions,
  { before, since }: { readonly before: Fragment | BrokenFragment | null; readonly since: number },
): Fragment | BrokenFragment {
  const { data, refused } = makeTemplateData({ ...options, groups })
  const rendered = renderTemplate(template, data)
  const version = Math.max(since, (before?.origin.version ?? 0) + 1)
  const origin = { source: 'docker', id: options.path, since, version }
  const fresh = rendered.ok
    ? toFragment(origin, rendered.text, [
        ...refused.map(({ message }) => toProblem(message, false)),
        ...rendered.warnings.map(({ line, directive, replacement, because }) =>
          toProblem(`${options.path}:${line}: ${formatReplacement(directive, replacement)} (${because})`, false),
        ),
      ])
    : {
        origin,
        name: NAME,
        broken: [
          toProblem(`${options.path}:${rendered.error.line}:${rendered.error.column}: ${rendered.error.message}`, true),
        ],
      }
  return before && JSON.stringify({ ...before, origin }) === JSON.stringify({ ...fresh, origin }) ? before : fresh
}

function toFragment(origin: Fragment['origin'], text: string, problems: readonly Problem[]): Fragment {
  const nothing = { listeners: [], routes: [], pools: [] }
  return { origin, name: NAME, vpc: null, ...nothing, text, resource: { name: NAME, spec: {} }, problems }
}

function formatReplacement(directive: string, replacement: readonly string[]): string {
  return replacement.length === 0 ? `${directive} is left out` : `${directive} is now ${replacement.join(', ')}`
}

function toProblem(message: string, fatal: boolean): Problem {
  return { code: 'template', message, fatal }
}
