// The configurations on disk: one folder each, the one in force behind a link that is swapped in one step.
import { mkdir, open, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { readTextFile, replaceFile } from '../io/atomic-file.ts'
import { Failure } from '../io/failure.ts'
import { outcomeOf } from '../io/outcome.ts'
import type { RenderedFile } from '../render/files.ts'
import type { Layout } from './layout.ts'

/** The file beside the rendered ones that holds what they were made from; its first word names the journal of changes since. */
const MODEL = 'model.json'
const FIRST_JOURNAL = 'journal-1'

/** Files written side by side: enough to keep the disk busy, few enough for any file limit. */
const AT_ONCE = 64

/** Folders of rendered files, numbered. A worker can be told from another by the generation in its description. */
export class Generations {
  readonly #layout: Layout
  #journal: { readonly generation: string; readonly name: string } | null = null
  /** The journal this process has written to. */
  #noted = ''

  constructor(layout: Layout) {
    this.#layout = layout
  }

  /** A folder's path. */
  folder(generation: string): string {
    return join(this.#layout.generations, generation)
  }

  /** The generation in force, as the link says; null before the first. */
  async current(): Promise<string | null> {
    const link = await outcomeOf(readlink(this.#layout.current))
    return link.ok ? basename(link.value) : null
  }

  /** Writes a new generation beside the others; nothing reads it until it is promoted. Not synced: a start renders anew. */
  async write(files: readonly RenderedFile[], model: string): Promise<string> {
    const generation = await this.#nextName()
    const written = await outcomeOf(this.#writeAll(this.folder(generation), generation, files, model))
    if (written.ok) return generation
    // On a full disk what is half written would make it worse with every attempt.
    await outcomeOf(this.remove(generation))
    throw toFailure('the configuration could not be written', written.error)
  }

  async #writeAll(folder: string, generation: string, files: readonly RenderedFile[], model: string): Promise<void> {
    for (const name of ['config', 'maps', 'certs', 'state'])
      await mkdir(join(folder, name), { recursive: true, mode: 0o700 })
    const own = [
      { path: 'config/00-generation.cfg', content: `global\n  description ${describeGeneration(generation)}\n` },
      { path: 'state/servers', content: '1\n' },
      { path: MODEL, content: `${FIRST_JOURNAL} ${model}` },
    ]
    const all: Omit<RenderedFile, 'owner'>[] = [...own, ...files]
    for (let first = 0; first < all.length; first += AT_ONCE) {
      const some = all.slice(first, first + AT_ONCE)
      // All of them have ended before anybody clears away.
      const ended = await Promise.all(some.map((file) => outcomeOf(writeRendered(folder, file))))
      for (const one of ended) if (!one.ok) throw one.error
    }
  }

  /** Makes a generation the one in force, in one step. */
  async promote(generation: string): Promise<void> {
    const next = `${this.#layout.current}.next`
    await rm(next, { force: true })
    const swapped = await outcomeOf(
      symlink(join('generations', generation), next).then(() => rename(next, this.#layout.current)),
    )
    if (!swapped.ok) throw toFailure('the configuration could not be put in force', swapped.error)
  }

  /** Brings files of the running generation up to date, each atomically; `gone` are those that are no more. */
  async update(generation: string, files: readonly RenderedFile[], gone: readonly string[]): Promise<void> {
    const folder = this.folder(generation)
    await Promise.all([
      ...files.map((file) => replaceRendered(folder, file)),
      ...gone.map((path) => rm(join(folder, path), { force: true })),
    ])
  }

  /** Notes a change of what the generation's worker was told; answers the size of the journal in bytes. */
  async note(generation: string, line: string): Promise<number> {
    const path = join(this.folder(generation), await this.#journalOf(generation))
    // What a crash or a full disk has torn stands alone.
    const isFirst = this.#noted !== path
    this.#noted = ''
    const noted = await outcomeOf(append(path, isFirst ? `\n${line}` : line))
    if (!noted.ok) throw toFailure('the change could not be noted', noted.error)
    this.#noted = path
    return noted.value
  }

  /** Writes the model anew, with an empty journal. */
  async rewriteModel(generation: string, model: string): Promise<void> {
    const folder = this.folder(generation)
    const before = await this.#journalOf(generation)
    const next = `journal-${Number(before.slice('journal-'.length)) + 1}`
    await replaceFile(join(folder, MODEL), `${next} ${model}`, { mode: 0o600 })
    this.#journal = { generation, name: next }
    await rm(join(folder, before), { force: true })
  }

  async #journalOf(generation: string): Promise<string> {
    if (this.#journal?.generation !== generation) await this.readModel(generation)
    return this.#journal?.name ?? FIRST_JOURNAL
  }

  /** Puts the health of servers where a worker that starts from this generation reads it. */
  async writeState(generation: string, content: string): Promise<void> {
    const written = await outcomeOf(
      writeFile(join(this.folder(generation), 'state', 'servers'), content, { mode: 0o600 }),
    )
    if (!written.ok) throw toFailure('the health of the servers could not be written', written.error)
  }

  /** The model a generation was rendered from, and the changes since; undefined where they are gone. */
  async readModel(generation: string): Promise<{ model: string | undefined; journal: string | undefined }> {
    const folder = this.folder(generation)
    const text = await readTextFile(join(folder, MODEL))
    const name = /^journal-\d+(?= )/.exec(text ?? '')?.[0] ?? FIRST_JOURNAL
    this.#journal = { generation, name }
    return { model: text?.slice(name.length + 1), journal: await readTextFile(join(folder, name)) }
  }

  /** Removes every generation but those named. */
  async prune(keep: readonly (string | null)[]): Promise<void> {
    for (const name of await this.#names()) if (!keep.includes(name)) await this.remove(name)
  }

  async remove(generation: string): Promise<void> {
    await rm(this.folder(generation), { recursive: true, force: true })
  }

  async #names(): Promise<string[]> {
    await mkdir(dirname(this.folder('x')), { recursive: true, mode: 0o700 })
    return readdir(this.#layout.generations)
  }

  async #nextName(): Promise<string> {
    const numbers = (await this.#names()).map(Number).filter((number) => Number.isSafeInteger(number))
    return String(Math.max(0, ...numbers) + 1)
  }
}

/** Appends a line; answers the size of the file in bytes. */
async function append(path: string, line: string): Promise<number> {
  const file = await open(path, 'a', 0o600)
  try {
    await file.appendFile(line)
    return (await file.stat()).size
  } finally {
    await file.close()
  }
}

/** The disk said no. */
function toFailure(what: string, cause: Error): Failure {
  return cause instanceof Failure ? cause : new Failure('file-not-written', `${what}: ${cause.message}`, cause)
}

function writeRendered(folder: string, { path, content, link }: Omit<RenderedFile, 'owner'>): Promise<void> {
  if (link !== undefined) return symlink(link, join(folder, path))
  return writeFile(join(folder, path), content, { mode: 0o600 })
}

async function replaceRendered(folder: string, { path, content, link }: RenderedFile): Promise<void> {
  if (link === undefined) return replaceFile(join(folder, path), content, { mode: 0o600 })
  const next = join(folder, `${path}.next`)
  await rm(next, { force: true })
  await symlink(link, next)
  return rename(next, join(folder, path))
}

const DESCRIPTION = 'fairlead generation '

function describeGeneration(generation: string): string {
  return `${DESCRIPTION}${generation}`
}

/** The generation a worker says it was started with; null where it was not started by us. */
export function parseGeneration(description: string | undefined): string | null {
  return description?.startsWith(DESCRIPTION) ? description.slice(DESCRIPTION.length).trim() : null
}
