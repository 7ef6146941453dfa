// Certificates by name: what a user added, and later what is obtained. One PEM file each, readable by the daemon's user alone.
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readTextFile, writeFileAtomic } from '../io/atomic-file.ts'
import { outcomeOf } from '../io/outcome.ts'

/** A stored certificate. */
export type StoredPem = { readonly name: string; readonly pem: string; readonly updatedAt: string }

/**
 * A folder of PEM files (0600, in a folder of 0700). A write that answered is on disk; it is atomic. Names are DNS
 * labels, which the caller has checked. Failures `file-not-written` and `file-not-read`.
 */
export class CertificateStore {
  readonly #folder: string
  readonly #tell: (name: string) => void

  /** `tell` hears the name of each that is put or removed. */
  constructor(folder: string, tell: (name: string) => void) {
    this.#folder = folder
    this.#tell = tell
  }

  /** Every name, sorted. */
  async names(): Promise<string[]> {
    const found = await outcomeOf(readdir(this.#folder))
    const files = found.ok ? found.value : []
    return files.flatMap((file) => (/^[a-z0-9][-a-z0-9]*\.pem$/.test(file) ? [file.slice(0, -4)] : [])).sort()
  }

  async get(name: string): Promise<StoredPem | undefined> {
    const pem = await readTextFile(this.#path(name))
    if (pem === undefined) return undefined
    const found = await outcomeOf(stat(this.#path(name)))
    return { name, pem, updatedAt: (found.ok ? found.value.mtime : new Date()).toISOString() }
  }

  /** Keeps it, in place of the one that was there. */
  async put(name: string, pem: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await writeFileAtomic(this.#path(name), pem, { mode: 0o600 })
    this.#tell(name)
  }

  async remove(name: string): Promise<void> {
    await rm(this.#path(name), { force: true })
    this.#tell(name)
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.pem`)
  }
}
