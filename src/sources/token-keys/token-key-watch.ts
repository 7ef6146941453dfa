// The keys that load balancers check tokens with, as they are now: read, checked, followed while their files change.
import { readFile, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { outcomeOf } from '../../io/outcome.ts'
import { type Parsed, refused } from '../../model/parsed.ts'
import { formatTokenKeySource, type KnownTokenKeys, type TokenKey, type TokenKeySource } from '../../model/token-key.ts'
import { parseJwks, parseTokenKey } from './parse-token-keys.ts'

/** A changed file must look the same twice before it is read, so that a half-written one is not. */
const LOOK_MS = 1000

/** A file of keys is small. */
const LONGEST_FILE = 256 * 1024

const UNREAD: KnownTokenKeys = { keys: [], trouble: 'the keys for tokens have not been read yet' }

type Entry = {
  readonly source: TokenKeySource
  known: KnownTokenKeys
  /** The file as it was when it was read, and as it was at the last look. */
  read: string
  seen: string
}

/** Knows the last good keys of every wanted source, and what is wrong with it now. Rings when either changes. */
export class TokenKeyWatch {
  readonly #ring: () => void
  readonly #lookMs: number
  #entries = new Map<string, Entry>()
  #known: ReadonlyMap<string, KnownTokenKeys> = new Map()

  constructor(ring: () => void, lookMs = LOOK_MS) {
    this.#ring = ring
    this.#lookMs = lookMs
  }

  /** Replaces the set of wanted sources, and waits at most `timeoutMs` for the first word of new ones. */
  async want(sources: readonly TokenKeySource[], timeoutMs: number): Promise<void> {
    this.#entries = new Map(
      sources.map((source) => {
        const key = formatTokenKeySource(source)
        return [key, this.#entries.get(key) ?? { source, known: UNREAD, read: '', seen: '' }]
      }),
    )
    // What has never been good is worth another look each time somebody asks for it.
    const fresh = [...this.#entries.values()].filter(({ known }) => known.keys.length === 0)
    const all = Promise.all(fresh.map((entry) => this.#read(entry)))
    if (fresh.length > 0) await Promise.race([all, sleep(timeoutMs, undefined, { ref: false })])
    this.#publish()
  }

  /** Like `want`, beside those that are wanted already. */
  wantAlso(sources: readonly TokenKeySource[], timeoutMs: number): Promise<void> {
    if (sources.length === 0) return Promise.resolve()
    return this.want([...[...this.#entries.values()].map(({ source }) => source), ...sources], timeoutMs)
  }

  /** What is known now; the same objects as long as nothing of them changes. */
  known(): ReadonlyMap<string, KnownTokenKeys> {
    return this.#known
  }

  /** Looks again, over and over, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await outcomeOf(sleep(this.#lookMs, undefined, { signal }))
      let isNews = false
      for (const entry of this.#entries.values()) if (!signal.aborted && (await this.#look(entry))) isNews = true
      if (isNews) this.#ring()
    }
  }

  async #look(entry: Entry): Promise<boolean> {
    const state = await describeFile(entry.source)
    const isSettled = state === entry.seen
    entry.seen = state
    return isSettled && state !== entry.read ? this.#read(entry) : false
  }

  /** Answers whether anything of it has changed. */
  async #read(entry: Entry): Promise<boolean> {
    const state = await describeFile(entry.source)
    const read = await readKeys(entry.source)
    entry.read = state
    entry.seen = state
    const next = { keys: read.ok ? read.value : entry.known.keys, trouble: read.ok ? null : read.message }
    if (JSON.stringify(next) === JSON.stringify(entry.known)) return false
    entry.known = next
    this.#publish()
    return true
  }

  #publish(): void {
    const now = [...this.#entries].map(([key, { known }]) => [key, known] as const)
    const isSame = now.length === this.#known.size && now.every(([key, known]) => this.#known.get(key) === known)
    if (!isSame) this.#known = new Map(now)
  }
}

/** What changes when the file does; empty where there is none. */
async function describeFile(source: TokenKeySource): Promise<string> {
  if (source.kind === 'text') return ''
  const found = await outcomeOf(stat(source.path))
  return found.ok ? `${found.value.ino} ${found.value.size} ${found.value.mtimeMs} ${found.value.ctimeMs}` : ''
}

async function readKeys(source: TokenKeySource): Promise<Parsed<TokenKey[]>> {
  if (source.kind === 'text') return named('the public key', await parseTokenKey(source.pem, source.algorithm))
  const { path, kind, algorithm } = source
  const found = await outcomeOf(stat(path))
  if (found.ok && (!found.value.isFile() || found.value.size > LONGEST_FILE))
    return refused(`the file ${path} is ${found.value.isFile() ? 'too long for a key' : 'no plain file'}`)
  const text = await outcomeOf(readFile(path, 'utf8'))
  if (!text.ok) return refused(`the file ${path} cannot be read: ${describeRefusal(text.error.code)}`)
  const parse = kind === 'jwks' ? parseJwks : parseTokenKey
  return named(`the file ${path}`, await parse(text.value, algorithm))
}

function named(what: string, parsed: Parsed<TokenKey[]>): Parsed<TokenKey[]> {
  return parsed.ok ? parsed : refused(`${what} ${parsed.message}`)
}

function describeRefusal(code: string | undefined): string {
  if (code === 'ENOENT') return 'there is no such file on this node'
  return code === 'EACCES' ? 'the daemon may not read it' : String(code)
}
