// Accounts (RFC 8555 section 7.3): made, or found again by their key; the same call does both.
import { z } from 'zod'
import { AcmeFailure } from './acme-failure.ts'
import { RESOURCE_URL } from './directory.ts'
import { type Binding, signBinding } from './jws.ts'
import { notAcme, type Session } from './session.ts'
import type { Report } from './steps.ts'

export type AccountWish = {
  /** E-mail addresses; a CA may write to them before a certificate expires. */
  readonly contact: readonly string[]
  /** That a person has read the CA's terms and accepts them. */
  readonly termsAccepted: boolean
  /** For a CA whose customers have an account with it already. */
  readonly binding?: Binding | undefined
}

const ACCOUNT = z.object({ status: z.string().max(100).catch('valid') })

/**
 * Makes the account of the session's key, or finds it, and goes on with it; answers its URL. Failures `acme-terms`
 * where the CA has terms that are not accepted, `acme-binding` where it wants one, `acme-account-refused`.
 */
export async function openAccount(
  session: Session,
  wish: AccountWish,
  report: Report,
  signal: AbortSignal,
): Promise<string> {
  const { newAccount, meta } = await session.directory(signal)
  if (meta.termsOfService !== undefined && !wish.termsAccepted)
    throw new AcmeFailure({
      code: 'acme-terms',
      message: `the terms of the CA are not accepted; read ${meta.termsOfService} and accept them with --acme-accept-terms`,
    })
  if (meta.externalAccountRequired && wish.binding === undefined)
    throw new AcmeFailure({
      code: 'acme-binding',
      message:
        'the CA takes its own customers only; give the key id and the MAC key (external account binding) it has for you',
    })
  const payload = {
    contact: wish.contact.map((address) => `mailto:${address}`),
    ...(wish.termsAccepted ? { termsOfServiceAgreed: true } : {}),
    ...(wish.binding && meta.externalAccountRequired
      ? { externalAccountBinding: signBinding(wish.binding, session.accountKey, newAccount) }
      : {}),
  }
  const answer = await session.post(newAccount, payload, { what: 'the account', signal, isByKey: true })
  const { status } = await session.read(answer, ACCOUNT)
  if (status !== 'valid')
    throw new AcmeFailure({
      code: 'acme-account-refused',
      message: `${answer.host} has ${status} the account of this key; use another account key`,
    })
  const url = RESOURCE_URL.safeParse(answer.headers.location)
  if (!url.success) throw notAcme(answer.host, 'it gave the account no URL')
  session.account = url.data
  await report({ kind: 'account' })
  return url.data
}
