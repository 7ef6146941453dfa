// What an etcd listed last, kept on disk, so that a loss of its data is noticed over a restart of ours as well.
import { dirname } from 'node:path'
import { z } from 'zod'
import { readTextFile, replaceFile } from '../../io/atomic-file.ts'
import { makeFolder } from '../../io/make-folder.ts'
import { outcomeOf } from '../../io/outcome.ts'
import { parseJson } from './etcd-client.ts'
import type { KontenaService } from './kontena.ts'

const recordSchema = z.object({
  title: z.string(),
  services: z.array(
    z.object({
      name: z.string(),
      mode: z.enum(['http', 'tcp']),
      options: z.record(z.string(), z.string()),
      upstreams: z.array(z.object({ name: z.string(), target: z.string() })),
    }),
  ),
})

/** One file of ours. There are passwords in it: nobody else may read it. */
export class EtcdMemory {
  readonly #path: string
  readonly #title: string
  readonly #remark: (sentence: string) => void
  #next: readonly KontenaService[] | null = null
  #isWriting = false

  /** `title`: whose list it is; what another one listed does not count. */
  constructor(path: string, title: string, remark: (sentence: string) => void) {
    this.#path = path
    this.#title = title
    this.#remark = remark
  }

  /** What was listed last; nothing where that is not known. */
  async read(): Promise<readonly KontenaService[]> {
    const json = await outcomeOf(readTextFile(this.#path).then((text = 'null') => parseJson(text)))
    const parsed = recordSchema.safeParse(json.ok ? json.value : null)
    return parsed.success && parsed.data.title === this.#title ? parsed.data.services : []
  }

  /** Keeps it; of several in a row the last one. */
  keep(services: readonly KontenaService[]): void {
    this.#next = services
    if (!this.#isWriting) void this.#write()
  }

  async #write(): Promise<void> {
    this.#isWriting = true
    while (this.#next !== null) {
      const services = this.#next.map(({ name, mode, options, upstreams }) => ({ name, mode, options, upstreams }))
      this.#next = null
      const written = await outcomeOf(this.#replace(JSON.stringify({ title: this.#title, services })))
      if (!written.ok) this.#remark(`what etcd lists is not remembered: ${written.error.message}`)
    }
    this.#isWriting = false
  }

  async #replace(text: string): Promise<void> {
    await makeFolder(dirname(this.#path), 0o700)
    await replaceFile(this.#path, text, { mode: 0o600 })
  }
}
