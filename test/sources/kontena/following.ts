// Follows a fake etcd in a test: what is served, and what was told of trouble.
import { onTestFinished } from 'vitest'
import { waitFor } from '../../../src/io/deadline.ts'
import type { Word } from '../../../src/model/fragment.ts'
import type { EtcdSetting } from '../../../src/sources/kontena/etcd-address.ts'
import { etcdSource } from '../../../src/sources/kontena/etcd-source.ts'
import type { EtcdLimits } from '../../../src/sources/kontena/etcd-wire.ts'
import { Etcd2Client } from '../../../src/sources/kontena/etcd2-client.ts'
import type { KontenaService } from '../../../src/sources/kontena/kontena.ts'

type Options = {
  readonly known?: readonly KontenaService[]
  readonly resyncMs?: number
  readonly limits?: Partial<EtcdLimits>
}

export class Following {
  readonly words: Word[] = []
  readonly told: (string | null)[] = []
  readonly doubts: (string | null)[] = []
  readonly remarks: string[] = []
  /** What was kept for the next start. */
  readonly kept: (readonly KontenaService[])[] = []
  readonly #ending = new AbortController()
  readonly #done: Promise<void>

  constructor(
    { endpoint, balancer, ports }: EtcdSetting,
    { known = [], resyncMs = 60_000, limits = {} }: Options = {},
  ) {
    const source = etcdSource({
      client: new Etcd2Client(endpoint, `/kontena/haproxy/${balancer}`, { answerMs: 1000, ...limits }),
      balancer: { name: balancer, ports, environment: {} },
      memory: {
        read: () => Promise.resolve(known),
        keep: (services) => void this.kept.push(services),
      },
      tell: (trouble) => void this.told.push(trouble),
      tellDoubt: (doubt) => void this.doubts.push(doubt),
      remark: (sentence) => void this.remarks.push(sentence),
      resyncMs,
    })
    this.#done = this.#read(source.watch(this.#ending.signal))
    onTestFinished(() => this.stop())
  }

  async stop(): Promise<void> {
    this.#ending.abort()
    await this.#done
  }

  /** Everything that is served, as it was told to be: by name, its addresses, then its options. */
  get served(): string {
    const last = this.kept.at(-1)
    if (last === undefined) return 'nothing is known'
    const lines = last.map(
      ({ name, options, upstreams }) =>
        `${name} ${upstreams.map(({ target }) => target).join()} ${Object.values(options).join()}`,
    )
    return lines.sort().join('; ')
  }

  /** Waits for exactly that. */
  async untilServed(expected: string): Promise<void> {
    await this.until(expected, () => this.served === expected)
  }

  until(what: string, condition: () => boolean): Promise<unknown> {
    return waitFor(condition, { timeoutMs: 60_000, what: `${what}; served is ${this.served}` })
  }

  async #read(words: AsyncIterable<Word>): Promise<void> {
    for await (const word of words) this.words.push(word)
  }
}
