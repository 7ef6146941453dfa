// The ground a turn stands on, as it is this moment: settings that may change, names that have been looked up, refusals.
import type { CertificateWatch } from '../certs/certificate-watch.ts'
import type { Obtainer } from '../certs/obtain/obtainer.ts'
import type { RecordKeeper } from '../dns/record-keeper.ts'
import type { Haproxy, Look } from '../haproxy/haproxy.ts'
import type { Kept } from '../merge/merge.ts'
import { namesOf } from '../merge/shares.ts'
import { tokenKeySourcesOf } from '../merge/token-keys.ts'
import { type CertificateSource, formatSource, SELF_SIGNED } from '../model/certificate.ts'
import { certificateSourcesOf, type Fragment, type Word } from '../model/fragment.ts'
import { Table } from '../model/table.ts'
import type { ProcessSettings } from '../render/haproxy/process-settings.ts'
import type { NameWatch } from '../sources/names/name-watch.ts'
import type { TokenKeyWatch } from '../sources/token-keys/token-key-watch.ts'
import { Refusals } from './refusals.ts'
import type { Settings } from './settings.ts'
import type { Ground } from './settle.ts'
import { type StaticFiles, wantsFiles } from './static-files.ts'
import { Wanted } from './wanted.ts'
import { findHere, joinDomains, wantsDomains, wantsRecords } from './wanted-domains.ts'

/** How long a change waits for the first answer about a name nobody asked for before. */
const FIRST_LOOKUP_MS = 1000

/** How long somebody who asks for a change waits for files that were never read: on a busy machine each takes a while. */
const FIRST_READ_MS = 5000

/** Settings that take effect while the daemon runs. */
const LIVE_SETTINGS: readonly (keyof Settings)[] = ['vpcs', 'oldWorkers', 'oldWorkerDeadlineMs', 'logLevel']

/** Knows what changes under a running daemon. */
export class Survey {
  readonly #haproxy: Haproxy
  readonly #process: ProcessSettings
  readonly #names: NameWatch
  readonly #certificates: CertificateWatch
  readonly #tokenKeys: TokenKeyWatch
  readonly #staticFiles: StaticFiles
  readonly #refusals = new Refusals()
  readonly #wantedNames = new Wanted((fragment) =>
    'broken' in fragment ? [] : namesOf(fragment).map((name) => [name, name]),
  )
  readonly #wantedSources = new Wanted(sourcesOf)
  readonly #obtainer: Obtainer
  readonly #wantedDomains = new Wanted((fragment) => wantsDomains(fragment, (name) => this.#kept.get(name)))
  readonly #records: RecordKeeper
  readonly #wantedRecords = new Wanted((fragment) => wantsRecords(fragment, (name) => this.#kept.get(name)))
  /** Who serves, by name: what stands in for load balancers that are broken. */
  #kept: Kept = Table<string, Fragment>()
  readonly #wantedKeys = new Wanted(tokenKeySourcesOf)
  readonly #wantedFiles = new Wanted(wantsFiles)
  #settings: Settings
  #look: Look = 'told'

  constructor(
    haproxy: Haproxy,
    process: ProcessSettings,
    watches: {
      readonly names: NameWatch
      readonly certificates: CertificateWatch
      readonly obtainer: Obtainer
      readonly records: RecordKeeper
      readonly tokenKeys: TokenKeyWatch
      readonly staticFiles: StaticFiles
    },
    settings: Settings,
  ) {
    this.#haproxy = haproxy
    this.#process = process
    this.#names = watches.names
    this.#certificates = watches.certificates
    this.#obtainer = watches.obtainer
    this.#records = watches.records
    this.#tokenKeys = watches.tokenKeys
    this.#staticFiles = watches.staticFiles
    this.#settings = settings
  }

  get settings(): Settings {
    return this.#settings
  }

  /** The next turn looks at least this closely. */
  ask(look: Look): void {
    if (this.#look !== 'all') this.#look = look
  }

  /** The ground for a word; waits a moment for names that were never looked up. A trial's names are forgotten by the next turn. */
  async take(word: Word, isTrial = false): Promise<Ground> {
    const names = this.#wantedNames.of(word)
    const sources = [...this.#wantedSources.of(word), SELF_SIGNED]
    if (isTrial) await this.#names.wantAlso(names, FIRST_LOOKUP_MS)
    else await this.#names.want(names, FIRST_LOOKUP_MS)
    if (isTrial) await this.#certificates.wantAlso(sources, FIRST_READ_MS)
    else await this.#certificates.want(sources, FIRST_LOOKUP_MS)
    if (!isTrial) await this.#wantNames(word)
    const keys = this.#wantedKeys.of(word)
    if (isTrial) await this.#tokenKeys.wantAlso(keys, FIRST_READ_MS)
    else await this.#tokenKeys.want(keys, FIRST_LOOKUP_MS)
    if (this.#wantedFiles.of(word).length > 0 && !isTrial) await this.#staticFiles.want()
    const settings = { ...this.#process, oldWorkerDeadlineMs: this.#settings.oldWorkerDeadlineMs }
    const refusals = isTrial ? this.#refusals.copy() : this.#refusals
    const look = isTrial ? 'told' : this.#look
    if (!isTrial) this.#look = 'told'
    const { vpcs } = this.#settings
    return {
      haproxy: this.#haproxy,
      settings,
      vpcs,
      addresses: this.#names.addresses(),
      certificates: this.#certificates.known(),
      tokenKeys: this.#tokenKeys.known(),
      refusals,
      look,
    }
  }

  /** Whose certificates are obtained, and who is found in DNS. */
  async #wantNames(word: Word): Promise<void> {
    this.#kept = (await this.#haproxy.lastTold())?.fragments ?? this.#kept
    const { vpcs } = this.#settings
    this.#obtainer.want(joinDomains(this.#wantedDomains.of(word), vpcs))
    this.#records.want(findHere(this.#wantedRecords.of(word), vpcs).map(({ name }) => name))
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

function sourcesOf(fragment: Word[number]): [string, CertificateSource][] {
  if ('broken' in fragment) return []
  return certificateSourcesOf(fragment).map((source) => [formatSource(source), source])
}
