// The names whose records we have made, so that they can be taken away when nobody wants them any more.
import { z } from 'zod'
import { readTextFile, writeFileAtomic } from '../io/atomic-file.ts'
import { outcomeOf } from '../io/outcome.ts'

const NAMES = z.array(z.string())

/** A list of names in a file. What it lacks is only not tidied up: every removal asks the provider whose a record is. */
export class RecordBook {
  readonly #path: string
  #names: Set<string> | null = null

  constructor(path: string) {
    this.#path = path
  }

  async names(): Promise<ReadonlySet<string>> {
    if (this.#names) return this.#names
    const text = await outcomeOf(readTextFile(this.#path))
    const parsed = await outcomeOf(Promise.try((): unknown => JSON.parse((text.ok && text.value) || '[]')))
    this.#names = new Set((parsed.ok ? NAMES.safeParse(parsed.value).data : undefined) ?? [])
    return this.#names
  }

  /** Failure `file-not-written`; the name is known until the next start all the same. */
  async add(name: string): Promise<void> {
    const names = new Set(await this.names())
    if (names.has(name)) return
    await this.#put(names.add(name))
  }

  /** Failure `file-not-written`. */
  async remove(name: string): Promise<void> {
    const names = new Set(await this.names())
    if (names.delete(name)) await this.#put(names)
  }

  async #put(names: Set<string>): Promise<void> {
    this.#names = names
    await writeFileAtomic(this.#path, `${JSON.stringify([...names].sort(), null, 2)}\n`, { mode: 0o600 })
  }
}
