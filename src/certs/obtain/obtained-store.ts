// What has been obtained, and how far the next is: a PEM file and a record for each name, readable by the daemon's user alone.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { readTextFile, writeFileAtomic } from '../../io/atomic-file.ts'
import { outcomeOf } from '../../io/outcome.ts'

const TIME = z.iso.datetime()

const RECORD = z.object({
  /** The directory of the CA that issued what there is; null: nothing is there. */
  issuedBy: z.string().nullable(),
  /** When it came, by our clock; null: nothing is there. */
  obtainedAt: TIME.nullable().catch(null),
  /** From 0 to 1, drawn once for a certificate: when in its window it is renewed. */
  chance: z.number().min(0).max(1),
  /** What the CA suggests (ARI); null: nothing. */
  window: z.object({ start: TIME, end: TIME }).nullable(),
  /** When the CA is asked for that again. */
  askWindowAt: TIME.nullable(),
  /** An order under way, and its private key as PEM: both are needed to go on with it. */
  pending: z.object({ directory: z.string(), orderUrl: z.string(), key: z.string() }).nullable(),
  /** In a row. */
  failures: z.number().int().min(0),
  lastError: z.string().nullable(),
  /** Whether the CA looked at the name and was not content: the next try is at its test server first. */
  isInvalid: z.boolean(),
  /** CAs that are not to be asked before, by directory. */
  waits: z.record(z.string(), TIME).catch({}),
  /** No try before; null: when it is due. */
  nextTryAt: TIME.nullable(),
})

/** Times in ISO 8601, UTC. */
export type ObtainRecord = z.output<typeof RECORD>

/** Of a name that nothing is known of. */
export function freshRecord(chance: number): ObtainRecord {
  return {
    issuedBy: null,
    obtainedAt: null,
    chance,
    window: null,
    askWindowAt: null,
    pending: null,
    failures: 0,
    lastError: null,
    isInvalid: false,
    waits: {},
    nextTryAt: null,
  }
}

/** A folder (0700) of files (0600), each replaced as a whole. Failures `file-not-written` and `file-not-read`. */
export class ObtainedStore {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** The PEM text of the certificate for a name, its chain and its key. */
  pem(name: string): Promise<string | undefined> {
    return readTextFile(this.#path(name, 'pem'))
  }

  /** Undefined where there is none, and where somebody has damaged it. */
  async record(name: string): Promise<ObtainRecord | undefined> {
    const text = await readTextFile(this.#path(name, 'json'))
    const parsed = await outcomeOf(Promise.try((): unknown => JSON.parse(text ?? '')))
    return parsed.ok ? RECORD.safeParse(parsed.value).data : undefined
  }

  async putPem(name: string, pem: string): Promise<void> {
    await this.#put(this.#path(name, 'pem'), pem)
  }

  async putRecord(name: string, record: ObtainRecord): Promise<void> {
    await this.#put(this.#path(name, 'json'), `${JSON.stringify(record, null, 2)}\n`)
  }

  async #put(path: string, text: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await writeFileAtomic(path, text, { mode: 0o600 })
  }

  #path(name: string, kind: 'pem' | 'json'): string {
    return join(this.#folder, `${name.replace(/^\*/, '_')}.${kind}`)
  }
}
