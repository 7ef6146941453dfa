// The ground a turn stands on, as it is this moment: settings that may change, names that have been looked up, refusals.
import type { Haproxy } from '../haproxy/haproxy.ts'
import type { Word } from '../model/fragment.ts'
import type { ProcessSettings } from '../render/haproxy/process-settings.ts'
import type { NameWatch } from '../sources/names/name-watch.ts'
import { Refusals } from './refusals.ts'
import type { Settings } from './settings.ts'
import type { Ground } from './settle.ts'

/** How long a change waits for the first answer about a name nobody asked for before. */
const FIRST_LOOKUP_MS = 1000

/** Settings that take effect while the daemon runs. */
const LIVE_SETTINGS: readonly (keyof Settings)[] = ['vpcs', 'oldWorkerDeadlineMs', 'logLevel']

/** Knows what changes under a running daemon. */
export class Survey {
  readonly #haproxy: Haproxy
  readonly #process: ProcessSettings
  readonly #names: NameWatch
  readonly #refusals = new Refusals()
  #settings: Settings

  constructor(haproxy: Haproxy, process: ProcessSettings, names: NameWatch, settings: Settings) {
    this.#haproxy = haproxy
    this.#process = process
    this.#names = names
    this.#settings = settings
  }

  get settings(): Settings {
    return this.#settings
  }

  /** The ground for a word; waits a moment for names that were never looked up. A trial's names are forgotten by the next turn. */
  async take(word: Word, isTrial = false): Promise<Ground> {
    if (isTrial) await this.#names.wantAlso(findNames(word), FIRST_LOOKUP_MS)
    else await this.#names.want(findNames(word), FIRST_LOOKUP_MS)
    const settings = { ...this.#process, oldWorkerDeadlineMs: this.#settings.oldWorkerDeadlineMs }
    const refusals = isTrial ? this.#refusals.copy() : this.#refusals
    return { haproxy: this.#haproxy, settings, vpcs: this.#settings.vpcs, addresses: this.#names.addresses(), refusals }
  }

  /** Takes over the settings that can change now; answers the keys of those that wait for the next start. */
  adopt(next: Settings): string[] {
    const now = this.#settings
    const differing = (Object.keys(next) as (keyof Settings)[]).filter(
      (key) => JSON.stringify(now[key]) !== JSON.stringify(next[key]),
    )
    this.#settings = { ...now, ...Object.fromEntries(LIVE_SETTINGS.map((key) => [key, next[key]])) }
    return differing.filter((key) => !LIVE_SETTINGS.includes(key))
  }
}

/** Names that must be resolved for this word. */
function findNames(word: Word): Set<string> {
  const pools = word.flatMap((fragment) => ('broken' in fragment ? [] : fragment.pools))
  return new Set(
    pools
      .flatMap((pool) => pool.servers)
      .filter((server) => server.address === null)
      .map((server) => server.host),
  )
}
