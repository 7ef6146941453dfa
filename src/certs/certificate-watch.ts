// The certificates load balancers ask for, as they are now: read, checked, followed while they change.
import { readFile, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { outcomeOf } from '../io/outcome.ts'
import {
  type Certificate,
  type CertificateSource,
  type CertifiedKey,
  formatSource,
  type KnownCertificate,
  type KnownCertificates,
  parseSource,
} from '../model/certificate.ts'
import { accepted, type Parsed, refused } from '../model/parsed.ts'
import { parseAuthorities } from './parse-authorities.ts'
import { LONGEST_PEM, type PemKey, parsePem } from './parse-pem.ts'
import { findRemarks } from './remarks.ts'

/** A changed file must look the same twice before it is read, so that a half-written one is not. */
const LOOK_MS = 1000

/** A certificate we ask a CA for: its PEM text as soon as there is one, and what a user should know; null: all is well. */
export type Obtained = { readonly pem: string | undefined; readonly remark: string | null }

/** What the watch works with. */
export type WatchGround = {
  /** The PEM text stored under a name. */
  readonly stored: (name: string) => Promise<string | undefined>
  /** What is had of a certificate that a CA is asked for. */
  readonly obtained: (name: string) => Promise<Obtained>
  /** The PEM text of the certificate we made ourselves. */
  readonly selfSigned: () => Promise<string>
  /** Keeps a PEM text where HAProxy reads it; answers its digest. */
  readonly keep: (pem: string, keyType: CertifiedKey['keyType']) => Promise<string>
  readonly ring: () => void
  readonly now?: () => number
  /** Between two looks at files, in milliseconds; 1000 where nothing is said. */
  readonly lookMs?: number
}

type Entry = {
  readonly source: CertificateSource
  known: KnownCertificate
  /** The file as it was when it was read, and as it was at the last look. */
  read: string | null
  seen: string | null
}

/** Knows the last good keys of every source that was ever good, and what is wrong with it now. Rings when either changes. */
export class CertificateWatch {
  readonly #ground: WatchGround
  readonly #now: () => number
  readonly #entries = new Map<string, Entry>()
  #wanted = new Set<string>()
  #known: ReadonlyMap<string, KnownCertificate> = new Map()

  constructor(ground: WatchGround) {
    this.#ground = ground
    this.#now = ground.now ?? Date.now
  }

  /** What served when HAProxy was told last: good until something newer is read. */
  remember(certificates: Iterable<Certificate>): void {
    for (const {
      source,
      clients,
      owner: _owner,
      listener: _listener,
      only: _only,
      part: _part,
      ...key
    } of certificates) {
      this.#remember(source, key)
      if (clients) this.#remember(clients.source, clients.authority)
    }
    this.#publish()
  }

  #remember(source: string, key: CertifiedKey): void {
    const entry = this.#entryOf(parseSource(source))
    if (entry.known.keys.some(({ digest }) => digest === key.digest)) return
    entry.known = { ...entry.known, keys: [...entry.known.keys, key] }
  }

  /** Replaces the set of wanted sources, and waits at most `timeoutMs` for the first word of new ones. */
  async want(sources: Iterable<CertificateSource>, timeoutMs: number): Promise<void> {
    const entries = [...sources].map((source) => this.#entryOf(source))
    const before = this.#wanted
    this.#wanted = new Set(entries.map(({ source }) => formatSource(source)))
    // Who was only tried out and never was good is forgotten.
    for (const [key, { known }] of this.#entries)
      if (!this.#wanted.has(key) && known.keys.length === 0) this.#entries.delete(key)
    // Nobody looked at what was not wanted until now.
    for (const entry of entries) if (!before.has(formatSource(entry.source))) entry.read = null
    await this.#readNew(entries, timeoutMs)
  }

  /** Like `want`, beside those that are wanted already. */
  async wantAlso(sources: Iterable<CertificateSource>, timeoutMs: number): Promise<void> {
    await this.#readNew(
      [...sources].map((source) => this.#entryOf(source)),
      timeoutMs,
    )
  }

  /** What is known now; the same objects as long as nothing of them changes. */
  known(): KnownCertificates {
    return this.#known
  }

  /** Reads a source again, of which something has changed. */
  async refresh(source: CertificateSource): Promise<void> {
    const entry = this.#entries.get(formatSource(source))
    if (entry && (await this.#read(entry))) this.#ground.ring()
  }

  /** Looks again, over and over, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await outcomeOf(sleep(this.#ground.lookMs ?? LOOK_MS, undefined, { signal }))
      let isNews = false
      for (const key of this.#wanted) {
        const entry = this.#entries.get(key)
        if (entry && !signal.aborted && (await this.#look(entry))) isNews = true
      }
      if (isNews) this.#ground.ring()
    }
  }

  #entryOf(source: CertificateSource): Entry {
    const key = formatSource(source)
    const entry = this.#entries.get(key) ?? { source, known: UNREAD, read: null, seen: null }
    this.#entries.set(key, entry)
    return entry
  }

  async #readNew(entries: readonly Entry[], timeoutMs: number): Promise<void> {
    // What has never been good is worth another look each time somebody asks for it.
    const fresh = entries.filter(({ read, known }) => read === null || known.keys.length === 0)
    if (fresh.length === 0) return
    let isLate = false
    const read = Promise.all(fresh.map((entry) => this.#read(entry))).then((changes) => {
      // Somebody serves without it meanwhile.
      if (isLate && changes.includes(true)) this.#ground.ring()
    })
    await Promise.race([read, sleep(timeoutMs, undefined, { ref: false })])
    isLate = true
  }

  /** Answers whether anything of it has changed. */
  async #look(entry: Entry): Promise<boolean> {
    const { source, known } = entry
    if ('path' in source) {
      const state = await describeFile(source.path)
      const isSettled = state === entry.seen
      entry.seen = state
      if (isSettled && state !== entry.read) return this.#read(entry)
    }
    const remarks = await this.#findRemarks(source, known.keys)
    return remarks.join() === known.remarks.join() ? false : this.#note(entry, { ...known, remarks })
  }

  /** Of what is renewed by itself only what keeps it from that is worth telling. */
  async #findRemarks(source: CertificateSource, keys: readonly CertifiedKey[]): Promise<string[]> {
    if (source.kind !== 'domain') return findRemarks(keys, this.#now())
    const { remark } = await this.#ground.obtained(source.name)
    return [...findRemarks(keys, this.#now(), 'obtained'), ...(remark === null ? [] : [remark])]
  }

  async #read(entry: Entry): Promise<boolean> {
    const { source } = entry
    const state = 'path' in source ? await describeFile(source.path) : ''
    const read = await this.#readKeys(source)
    // A stored certificate that is taken out while nobody wants it is not to come back with the next who names it.
    const isGone = source.kind === 'stored' && !this.#wanted.has(formatSource(source))
    const keys = read.ok ? read.value : isGone ? [] : entry.known.keys
    entry.read = state
    entry.seen = state
    const trouble = read.ok ? null : read.message
    return this.#note(entry, { keys, trouble, remarks: await this.#findRemarks(source, keys) })
  }

  async #readKeys(source: CertificateSource): Promise<Parsed<readonly CertifiedKey[]>> {
    const parsed = await this.#readPem(source)
    if (!parsed.ok) return parsed
    const kept = await outcomeOf(Promise.all(parsed.value.map((one) => this.#keep(one))))
    return kept.ok ? accepted(kept.value) : refused(`${formatSource(source)}: ${kept.error.message}`)
  }

  async #readPem(source: CertificateSource): Promise<Parsed<readonly PemKey[]>> {
    if (source.kind === 'stored') return this.#readStored(source.name)
    if (source.kind === 'domain') return this.#readObtained(source.name)
    if (source.kind !== 'self-signed') return readPemFile(source)
    const pem = await outcomeOf(this.#ground.selfSigned())
    return pem.ok ? parsePem(pem.value) : refused(`our own certificate: ${pem.error.message}`)
  }

  async #readObtained(name: string): Promise<Parsed<readonly PemKey[]>> {
    const { pem, remark } = await this.#ground.obtained(name)
    return pem === undefined ? refused(remark ?? 'it is being obtained') : parsePem(pem)
  }

  async #readStored(name: string): Promise<Parsed<readonly PemKey[]>> {
    const pem = await outcomeOf(this.#ground.stored(name))
    if (!pem.ok) return refused(`certificate ${name}: ${pem.error.message}`)
    if (pem.value === undefined)
      return refused(`there is no certificate ${name}; add it first: \`fairlead cert add ${name} --file web.pem\``)
    const parsed = await parsePem(pem.value)
    return parsed.ok ? parsed : refused(`certificate ${name}: ${parsed.message}`)
  }

  async #keep({ pem, ...key }: PemKey): Promise<CertifiedKey> {
    return { ...key, digest: await this.#ground.keep(pem, key.keyType) }
  }

  #note(entry: Entry, next: KnownCertificate): boolean {
    if (JSON.stringify(next) === JSON.stringify(entry.known)) return false
    entry.known = next
    this.#publish()
    return true
  }

  #publish(): void {
    this.#known = new Map([...this.#entries].map(([key, { known }]) => [key, known]))
  }
}

const UNREAD: KnownCertificate = { keys: [], trouble: null, remarks: [] }

/** What changes when the file, or the key beside it, does; empty where there is none. */
async function describeFile(path: string): Promise<string> {
  const found = await Promise.all([path, keyFileOf(path)].map((one) => outcomeOf(stat(one))))
  return found
    .map((one) => (one.ok ? `${one.value.ino} ${one.value.size} ${one.value.mtimeMs} ${one.value.ctimeMs}` : ''))
    .join('|')
}

/** Where a key may lie that is not in the file itself, as HAProxy has it. */
function keyFileOf(path: string): string {
  return `${path}.key`
}

async function readPemFile({ kind, path }: { kind: string; path: string }): Promise<Parsed<readonly PemKey[]>> {
  const found = await outcomeOf(stat(path))
  if (found.ok && (!found.value.isFile() || found.value.size > LONGEST_PEM))
    return refused(
      `the file ${path} is no PEM file: ${found.value.isFile() ? 'it is too long' : 'it is no plain file'}`,
    )
  const [file, key] = await Promise.all([path, keyFileOf(path)].map((one) => outcomeOf(readFile(one, 'utf8'))))
  if (!file?.ok) return refused(`the file ${path} cannot be read: ${describeRefusal(file?.error.code)}`)
  const keys = key?.ok && !file.value.includes('PRIVATE KEY-----') ? [key.value] : []
  const parsed = await (kind === 'authority' ? parseAuthorities(file.value) : parsePem(file.value, ...keys))
  return parsed.ok ? parsed : refused(`the file ${path}: ${parsed.message}`)
}

function describeRefusal(code: string | undefined): string {
  if (code === 'ENOENT') return 'there is no such file on this node'
  return code === 'EACCES' ? 'the daemon may not read it' : String(code)
}
