// The PEM texts HAProxy is given, by the digest of their content: private keys are in no other file of HAProxy's, and in no log.
import { createHash } from 'node:crypto'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readTextFile, writeFileAtomic } from '../io/atomic-file.ts'
import { Failure } from '../io/failure.ts'
import { runProgram } from './run-program.ts'
import { withoutRoot } from './without-root.ts'

/** One certificate takes HAProxy some 30 ms. */
const CHECK_TIMEOUT_MS = 10_000

/** A folder of PEM texts, each 0600, in a folder nobody else may enter. A text never changes under its digest. */
export class PemFiles {
  readonly #folder: string
  readonly #binary: string
  /** Texts that are being kept: two who bring the same wait for one trial. */
  readonly #pending = new Map<string, Promise<void>>()
  /** Digests of what came since this process began. */
  readonly #come = new Set<string>()

  /** `binary` is the HAProxy that will read them. */
  constructor(folder: string, binary: string) {
    this.#folder = folder
    this.#binary = binary
  }

  /** Keeps a text, of CAs or with a key, durably, once HAProxy itself has taken it on trial; answers its digest. Failures `certificate-refused`, `file-not-written`. */
  async keep(given: string, isAuthority = false): Promise<string> {
    const pem = isAuthority ? given : withoutRoot(given)
    const digest = createHash('sha256').update(pem).digest('hex')
    this.#come.add(digest)
    if (!this.#pending.has(digest) && (await this.has(digest))) return digest
    const pending =
      this.#pending.get(digest) ?? this.#keepNew(digest, pem, isAuthority).finally(() => this.#pending.delete(digest))
    this.#pending.set(digest, pending)
    await pending
    return digest
  }

  async #keepNew(digest: string, pem: string, isAuthority: boolean): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await this.#try(digest, pem, isAuthority)
    await writeFileAtomic(this.#path(digest), pem, { mode: 0o600 })
  }

  /** What our own reading lets pass may still be too weak for the OpenSSL that HAProxy uses. */
  async #try(digest: string, pem: string, isAuthority: boolean): Promise<void> {
    const [name, config] = [`${digest}.trial`, `${digest}.cfg`]
    const lines = isAuthority
      ? ['listen trial', 'bind unix@trial.sock', `server trial 127.0.0.1:1 ssl verify required ca-file ${name}`]
      : ['frontend trial', 'mode http', 'timeout client 1s', `bind unix@trial.sock ssl crt ${name}`]
    await writeFile(join(this.#folder, name), pem, { mode: 0o600 })
    await writeFile(join(this.#folder, config), `${lines.join('\n')}\n`, { mode: 0o600 })
    const ended = await runProgram(this.#binary, ['-c', '-C', this.#folder, '-f', config], CHECK_TIMEOUT_MS)
    for (const file of [name, config]) await rm(join(this.#folder, file), { force: true })
    if (ended.code === 0) return
    const said =
      /unable to load [^'\n]*|[^:\n]*error[^:\n]*/i.exec(ended.output)?.[0].trim() ?? `it ended with ${ended.code}`
    throw new Failure(
      'certificate-refused',
      `HAProxy cannot use it (${said}); its key or its signature may be too weak for it`,
    )
  }

  async has(digest: string): Promise<boolean> {
    return (await readTextFile(this.#path(digest))) !== undefined
  }

  /** The text. Failure `certificate-gone` where somebody has taken it away. */
  async read(digest: string): Promise<string> {
    const pem = await readTextFile(this.#path(digest))
    if (pem === undefined)
      throw new Failure('certificate-gone', `${this.#path(digest)} is gone, which held a certificate in use`)
    return pem
  }

  /** Removes every text but those named, and those that are brought meanwhile: the API may be open already. */
  async prune(keep: ReadonlySet<string>): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    for (const name of await readdir(this.#folder)) {
      const digest = name.replace(/^\.?([0-9a-f]+)\..*$/, '$1')
      if (!keep.has(digest) && !this.#come.has(digest)) await rm(join(this.#folder, name), { force: true })
    }
  }

  #path(digest: string): string {
    return join(this.#folder, `${digest}.pem`)
  }
}
