// The configurations on disk: one folder each, the one in force behind a link that is swapped in one step.
import { mkdir, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { readTextFile, writeFileAtomic } from '../io/atomic-file.ts'
import { outcomeOf } from '../io/outcome.ts'
import type { RenderedFile } from '../render/files.ts'
import type { Layout } from './layout.ts'

/** The file beside the rendered ones that holds what they were made from. */
export const MODEL = 'model.json'

/** Folders of rendered files, numbered. A worker can be told from another by the generation in its description. */
export class Generations {
  readonly #layout: Layout
  /** What we know to stand in the files of the generation in force, so that a small change writes few files. */
  #written = new Map<string, string>()
  #writtenIn: string | null = null

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
    const folder = this.folder(generation)
    for (const name of ['config', 'maps', 'state']) await mkdir(join(folder, name), { recursive: true, mode: 0o700 })
    const own = [
      { path: 'config/00-generation.cfg', content: `global\n  description ${describeGeneration(generation)}\n` },
      { path: 'state/servers', content: '1\n' },
      { path: MODEL, content: model },
    ]
    for (const file of [...own, ...files]) await writeFile(join(folder, file.path), file.content, { mode: 0o600 })
    return generation
  }

  /** Makes a generation the one in force, in one step. */
  async promote(generation: string): Promise<void> {
    const next = `${this.#layout.current}.next`
    await rm(next, { force: true })
    await symlink(join('generations', generation), next)
    await rename(next, this.#layout.current)
  }

  /** Brings the files of the running generation up to date after a run-time change, each atomically; only those that differ. */
  async update(generation: string, files: readonly RenderedFile[]): Promise<void> {
    if (this.#writtenIn !== generation) this.#written = new Map()
    this.#writtenIn = generation
    for (const { path, content } of files) {
      const known = this.#written.get(path) ?? (await readTextFile(join(this.folder(generation), path)))
      if (known !== content) await writeFileAtomic(join(this.folder(generation), path), content, { mode: 0o600 })
      this.#written.set(path, content)
    }
  }

  /** Puts the health of servers where a worker that starts from this generation reads it. */
  async writeState(generation: string, content: string): Promise<void> {
    await writeFile(join(this.folder(generation), 'state', 'servers'), content, { mode: 0o600 })
  }

  /** The model a generation was rendered from; undefined where it is gone. */
  async readModel(generation: string): Promise<string | undefined> {
    return readTextFile(join(this.folder(generation), MODEL))
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

const DESCRIPTION = 'fairlead generation '

function describeGeneration(generation: string): string {
  return `${DESCRIPTION}${generation}`
}

/** The generation a worker says it was started with; null where it was not started by us. */
export function parseGeneration(description: string | undefined): string | null {
  return description?.startsWith(DESCRIPTION) ? description.slice(DESCRIPTION.length).trim() : null
}
