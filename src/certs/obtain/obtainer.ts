// Every name whose certificate we obtain: each a task of its own, some at a time.
import { Slots } from '../../io/slots.ts'
import { whenAborted } from '../../io/when-aborted.ts'
import type { Obtained } from '../certificate-watch.ts'
import type { DescribedKey } from '../describe-chain.ts'
import type { ObtainState } from './obtain-state.ts'
import { type ObtainGround, Obtaining } from './obtaining.ts'

/** Orders at once: a start with many names is no flood. */
const AT_ONCE = 8

/** A name, and whether its certificate is renewed. */
export type WantedName = { readonly name: string; readonly autoRenew: boolean }

/** Keeps certificates for the names that are wanted. One order at a time for each name. */
export class Obtainer {
  readonly #ground: ObtainGround
  readonly #tasks = new Map<string, Obtaining>()
  #signal: AbortSignal | null = null
  #done: Promise<unknown> = Promise.resolve()

  constructor(ground: Omit<ObtainGround, 'slots'>) {
    this.#ground = { ...ground, slots: new Slots(AT_ONCE) }
  }

  /** Replaces the names that are wanted. What was obtained for others stays on disk, and is not renewed. */
  want(wanted: readonly WantedName[]): void {
    const names = new Set(wanted.map(({ name }) => name))
    for (const [name, task] of this.#tasks) {
      if (names.has(name)) continue
      task.stop()
      this.#tasks.delete(name)
    }
    for (const { name, autoRenew } of wanted) {
      const task = this.#tasks.get(name) ?? this.#begin(name)
      task.isRenewed = autoRenew
    }
  }

  /** What is had of a name, from the disk where nobody has asked for it yet. */
  async obtained(name: string): Promise<Obtained> {
    const task = this.#tasks.get(name) ?? new Obtaining(name, this.#ground)
    await task.read()
    const { lastError, failures, renewAt } = task.state
    const remark =
      lastError === null
        ? null
        : `${lastError} (tried ${failures} time${failures === 1 ? '' : 's'}${formatNext(renewAt)})`
    return { pem: task.pem, remark }
  }

  /** How it stands with names that are wanted. */
  states(): ObtainState[] {
    return [...this.#tasks.values()].map(({ state }) => state)
  }

  state(name: string): ObtainState | undefined {
    return this.#tasks.get(name)?.state
  }

  /** What is there for a name that is wanted, without its key. */
  certificate(name: string): DescribedKey | undefined {
    return this.#tasks.get(name)?.certificate
  }

  /** Asks for a certificate now; false where nobody wants one for that name. */
  renew(name: string): boolean {
    const task = this.#tasks.get(name)
    task?.ask()
    return task !== undefined
  }

  /** Works until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal
    for (const task of this.#tasks.values()) this.#start(task, signal)
    await whenAborted(signal)
    await this.#done
  }

  #begin(name: string): Obtaining {
    const task = new Obtaining(name, this.#ground)
    this.#tasks.set(name, task)
    if (this.#signal) this.#start(task, this.#signal)
    return task
  }

  #start(task: Obtaining, signal: AbortSignal): void {
    this.#done = Promise.all([this.#done, task.run(signal)])
  }
}

function formatNext(at: string | null): string {
  return at === null ? '' : `, next ${at.slice(0, 16).replace('T', ' ')} UTC`
}
