// One CA as it is set up: where it is, where it can be tried out, and our account there.
import { outcomeOf } from '../../io/outcome.ts'
import { type AccountWish, openAccount } from '../acme/account.ts'
import { AcmeFailure } from '../acme/acme-failure.ts'
import { readTrust } from '../acme/read-trust.ts'
import { Session, type SessionOptions } from '../acme/session.ts'
import type { Report } from '../acme/steps.ts'

/** What an account is opened with, and how its CA is spoken to. */
export type AuthoritySettings = Omit<SessionOptions, 'trust'> & {
  readonly account: AccountWish
  /** A file of CAs that its own certificate may come from, beside the public ones; null: none. */
  readonly trustFile: string | null
  /** The CA's own server for trying out; null: it has none that is known. */
  readonly testDirectoryUrl: string | null
}

/** An account is opened once, when it is needed first. */
export class Authority {
  readonly directoryUrl: string
  /** For trying out what failed; null: there is none. */
  readonly test: Authority | null
  readonly #settings: AuthoritySettings
  #session: Promise<Session> | null = null

  constructor(settings: AuthoritySettings) {
    const { directoryUrl, testDirectoryUrl } = settings
    this.directoryUrl = directoryUrl
    this.#settings = settings
    this.test = testDirectoryUrl
      ? new Authority({ ...settings, directoryUrl: testDirectoryUrl, testDirectoryUrl: null })
      : null
  }

  /** A conversation for what needs no account. Failure `acme-trust`. */
  async stranger(): Promise<Session> {
    const { trustFile } = this.#settings
    return new Session({ ...this.#settings, ...(trustFile === null ? {} : { trust: await readTrust(trustFile) }) })
  }

  /**
   * Does something with an open account; failures of `openAccount`, and those of what is done. Where the CA says that it
   * has none of ours any more, it is opened anew and the same is done again, once.
   */
  async withAccount<T>(report: Report, signal: AbortSignal, work: (session: Session) => Promise<T>): Promise<T> {
    const done = await outcomeOf(this.#open(report, signal).then(work))
    if (done.ok) return done.value
    const isUnknown = done.error instanceof AcmeFailure && done.error.code === 'acme-account-unknown'
    // Somebody else who opened it for both of us has given up.
    const isOthers = done.error.name === 'AbortError' && !signal.aborted
    if (!isUnknown && !isOthers) throw done.error
    this.#session = null
    return work(await this.#open(report, signal))
  }

  #open(report: Report, signal: AbortSignal): Promise<Session> {
    this.#session ??= this.#register(report, signal)
    return this.#session
  }

  async #register(report: Report, signal: AbortSignal): Promise<Session> {
    // Nobody is asked whose terms have not been read.
    if (!this.#settings.account.termsAccepted) throw describeTerms(this.directoryUrl)
    const registered = await outcomeOf(
      this.stranger().then(async (session) => {
        await openAccount(session, this.#settings.account, report, signal)
        return session
      }),
    )
    if (registered.ok) return registered.value
    // The next one tries again.
    this.#session = null
    throw registered.error
  }
}

function describeTerms(directoryUrl: string): AcmeFailure {
  const { host } = new URL(directoryUrl)
  const message = `nobody has accepted the terms of ${host}; read them, and start with --acme-accept-terms or --acme-email ADDRESS, or name another CA with --acme-directory URL`
  return new AcmeFailure({ code: 'acme-terms', message })
}
