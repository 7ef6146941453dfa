// A kontena.yml somebody edits as a source: it and the files it names, and where its services run.
import { readFile, stat } from 'node:fs/promises'
import { Bell } from '../../io/bell.ts'
import type { NameLookups, Resolve } from '../../io/name-lookups.ts'
import { outcomeOf } from '../../io/outcome.ts'
import type { BrokenFragment, Fragment, Word } from '../../model/fragment.ts'
import type { Source } from '../source.ts'
import { findUpstreams, namesOf, type RunningInstance } from './find-upstreams.ts'
import type { TryOut } from './kontena.ts'
import { followServiceNames } from './service-names.ts'
import type { StackBalancer } from './stack-file-balancers.ts'
import { formatStackProblem } from './stack-file-problem.ts'
import { toWord } from './to-word.ts'
import { watchFiles } from './watch-files.ts'

/** What runs, again at each change. */
export type FollowInstances = (signal: AbortSignal) => AsyncIterable<readonly RunningInstance[]>

export type StackSourceOptions = {
  readonly path: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Told of what keeps the file from being followed; null when it is well again. */
  readonly tell: (trouble: string | null) => void
  /** What should be known though it is followed; each sentence again only after it had gone. */
  readonly remark: (sentence: string) => void
  /** None: names alone say where services run. */
  readonly followInstances: readonly FollowInstances[]
  readonly resolve?: Resolve
  /** Absent: variables of load balancers count as they are. */
  readonly tryOut?: TryOut
}

/** New names are waited for so long before they are told of unresolved. */
const NAMES_MS = 2000

/** Follows the file at `path`. */
export function stackSource(options: StackSourceOptions): Source {
  return {
    kind: 'kontena',
    title: `kontena.yml ${options.path}`,
    async *watch(signal) {
      const follower = new Follower(options, signal)
      const failed = follower.run().then(() => new Promise<never>(() => {}))
      for (;;) {
        const word = await Promise.race([follower.next(), failed])
        if (word === null) return
        yield word
      }
    },
  }
}

class Follower {
  readonly #options: StackSourceOptions
  readonly #signal: AbortSignal
  readonly #rings: AsyncIterator<void>
  readonly #ring: () => void
  readonly #names: NameLookups<readonly string[]>
  readonly #reader: Reader
  #isStale = false
  /** What each one that is followed says; null while it has not spoken. */
  readonly #running: (readonly RunningInstance[] | null)[]
  #word: Word = []

  constructor(options: StackSourceOptions, signal: AbortSignal) {
    const bell = new Bell(signal)
    this.#options = options
    this.#signal = signal
    this.#rings = bell[Symbol.asyncIterator]()
    this.#ring = () => bell.ring()
    this.#names = followServiceNames(this.#ring, options.resolve)
    this.#reader = new Reader(options)
    this.#running = options.followInstances.map(() => null)
  }

  /** Follows everything until the signal aborts; throws nothing but bugs. */
  async run(): Promise<void> {
    const hearFile = () => {
      this.#isStale = true
      this.#ring()
    }
    await Promise.all([
      watchFiles(() => this.#reader.paths, hearFile, this.#signal),
      this.#names.run(this.#signal),
      ...this.#options.followInstances.map((follow, index) => this.#followInstances(follow, index)),
    ])
  }

  async #followInstances(follow: FollowInstances, index: number): Promise<void> {
    for await (const running of follow(this.#signal)) {
      this.#running[index] = running
      this.#ring()
    }
  }

  /** The next complete word; null when the signal has aborted. */
  async next(): Promise<Word | null> {
    for (;;) {
      const { done } = await this.#rings.next()
      if (done) return null
      if (this.#isStale) {
        this.#isStale = false
        await this.#reader.read()
      }
      const { balancers, trouble } = this.#reader
      const running = this.#running.flatMap((each) => each ?? [])
      // Unknown is not empty: what runs is waited for.
      if (balancers === null || this.#running.includes(null)) continue
      await this.#names.want(namesOf(balancers, running), NAMES_MS)
      const found = findUpstreams(balancers, this.#names.values, running)
      const { tryOut } = this.#options
      this.#word = toWord(tryOut ? await tryOut(found) : found, this.#word, Date.now())
      return trouble === null ? this.#word : this.#word.map((fragment) => toBroken(fragment, trouble))
    }
  }
}

/** The file's last good state, and what is wrong with it now. */
class Reader {
  readonly #options: StackSourceOptions
  #remarked = new Set<string>()
  /** It and every file it names. */
  paths: readonly string[]
  balancers: readonly StackBalancer[] | null = null
  trouble: string | null = null

  constructor(options: StackSourceOptions) {
    this.#options = options
    this.paths = [options.path]
  }

  async read(): Promise<void> {
    const { path, environment, tell } = this.#options
    const read = await outcomeOf(readFile(path, 'utf8'))
    if (!read.ok) {
      // A file that is away is not an empty one; it may be on its way back.
      tell(`${path} cannot be read (${read.error.code}); what it said last goes on to hold`)
      return
    }
    const { readStack } = await import('./read-stack.ts')
    const { balancers, problems, wanted } = await readStack({ path, text: read.value, environment }, readText)
    this.paths = [path, ...wanted]
    this.balancers = balancers ?? this.balancers
    const refusals = problems.filter(({ kind }) => kind === 'refused').map(formatStackProblem)
    this.trouble = balancers === null ? refusals.join('; ') : null
    tell(this.trouble)
    // What a service carries itself is told of its load balancer.
    const carried = new Set(balancers?.flatMap(({ services }) => services.flatMap(({ faults = [] }) => faults)))
    const others = problems.filter(({ kind }) => kind !== 'refused').map(formatStackProblem)
    const remarks = new Set(others.filter((sentence) => !carried.has(sentence)))
    for (const sentence of remarks) if (!this.#remarked.has(sentence)) this.#options.remark(sentence)
    this.#remarked = remarks
  }
}

/** Null for what is no file, too: a pipe would be waited for. */
async function readText(path: string): Promise<string | null> {
  const found = await outcomeOf(stat(path))
  if (!found.ok || !found.value.isFile()) return null
  const read = await outcomeOf(readFile(path, 'utf8'))
  return read.ok ? read.value : null
}

function toBroken(fragment: Fragment | BrokenFragment, message: string): BrokenFragment {
  return { origin: fragment.origin, name: fragment.name, broken: [{ code: 'invalid', message, fatal: true }] }
}
