// Follows a Docker engine in a test: what it said last, how often, and what it told of trouble.
import { onTestFinished } from 'vitest'
import { waitFor } from '../../../src/io/deadline.ts'
import type { Container } from '../../../src/sources/docker/container.ts'
import type { DockerClient } from '../../../src/sources/docker/docker-client.ts'
import { type DockerView, watchContainers } from '../../../src/sources/docker/watch-containers.ts'

export class Watching {
  readonly views: DockerView[] = []
  readonly told: (string | null)[] = []
  readonly remarks: string[] = []
  readonly #ending = new AbortController()
  readonly #done: Promise<void>

  constructor(client: DockerClient, resyncMs = 60_000) {
    const tell = (trouble: string | null) => void this.told.push(trouble)
    const remark = (sentence: string) => void this.remarks.push(sentence)
    this.#done = this.#read(watchContainers({ client, resyncMs, tell, remark }, this.#ending.signal))
    onTestFinished(() => this.stop())
  }

  async stop(): Promise<void> {
    this.#ending.abort()
    await this.#done
  }

  get containers(): readonly Container[] | undefined {
    return this.views.at(-1)?.containers
  }

  find(name: string): Container | undefined {
    return this.containers?.find((container) => container.name === name)
  }

  /** Waits for the last word to be as wanted. */
  until(what: string, condition: (watching: this) => unknown, timeoutMs = 60_000): Promise<unknown> {
    return waitFor(() => Boolean(condition(this)), { timeoutMs, what: `${what} in ${JSON.stringify(this.containers)}` })
  }

  async #read(views: AsyncIterable<DockerView>): Promise<void> {
    for await (const view of views) this.views.push(view)
  }
}
