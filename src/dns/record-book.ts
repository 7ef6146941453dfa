// The names whose records we have made, so that they can be taken away when nobody wants them any more.
import { z } from 'zod'
import { readTextFile, writeFileAtomic } from '../io/atomic-file.ts'
import { outcomeOf } from '../io/outcome.ts'

const NAMES = z.array(z.string())

/** A list of names in a file. What it lacks is only not tidied up: every removal asks the provider whose a record is. */
export class RecordBook {
  readonly #path: string
  #names: Promise<Set<string>> | null = null
  #written: Promise<unknown> = Promise.resolve()

  constructor(path: string) {
    this.#path = path
  }

  async names(): Promise<ReadonlySet<string>> {
    return new Set(await this.#read())
  }

  /** Failure `file-not-written`; the name is known until the next start all the same. */
  async add(name: string): Promise<void> {
    const names = await this.#read()
    if (names.has(name)) return
    names.add(name)
    await this.#write(names)
  }

  /** Failure `file-not-written`. */
  async remove(name: string): Promise<void> {
    const names = await this.#read()
    if (names.delete(name)) await this.#write(names)
  }

  #read(): Promise<Set<string>> {
    this.#names ??= readNames(this.#path)
    return this.#names
  }

  /** One after the other, each with all that is known by then. */
  #write(names: ReadonlySet<string>): Promise<void> {
    const write = () => writeFileAtomic(this.#path, `${JSON.stringify([...names].sort(), null, 2)}\n`, { mode: 0o600 })
    const written = this.#written.then(write)
    this.#written = outcomeOf(written)
    return written
  }
}

async function readNames(path: string): Promise<Set<string>> {
  const text = await outcomeOf(readTextFile(path))
  const parsed = await outcomeOf(Promise.try((): unknown => JSON.parse((text.ok && text.value) || '[]')))
  return new Set((parsed.ok ? NAMES.safeParse(parsed.value).data : undefined) ?? [])
}
