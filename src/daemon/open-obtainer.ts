// Certificates that are obtained: the CAs of the settings, our account, and who is told.
import { join } from 'node:path'
import type { AccountKey } from '../certs/acme/account-key.ts'
import { Authority } from '../certs/obtain/authority.ts'
import type { ObtainNews } from '../certs/obtain/obtain-state.ts'
import { ObtainedStore } from '../certs/obtain/obtained-store.ts'
import { Obtainer } from '../certs/obtain/obtainer.ts'
import type { DnsProvider } from '../dns/provider.ts'
import type { Board } from './board.ts'
import { createPublisher, type UntilFound } from './challenge-publisher.ts'
import { LETS_ENCRYPT } from './name-settings.ts'
import type { Settings } from './settings.ts'

/** CAs whose server for trying out is known. */
const TEST_DIRECTORIES: Readonly<Record<string, string>> = {
  [LETS_ENCRYPT]: 'https://acme-staging-v02.api.letsencrypt.org/directory',
}

type ObtainerContext = {
  readonly settings: Settings
  readonly accountKey: AccountKey
  readonly version: string
  readonly board: Board
  readonly providers: readonly DnsProvider[]
  readonly untilFound: UntilFound
  readonly tell: (news: ObtainNews) => void
  readonly changed: (name: string) => void
}

/** Makes it; nothing is asked for yet. */
export function openObtainer(context: ObtainerContext): Obtainer {
  const { settings, board, providers, untilFound, tell, changed } = context
  return new Obtainer({
    store: new ObtainedStore(join(settings.stateDir, 'certificates', 'obtained')),
    authorities: settings.acmeDirectories.map((url) => toAuthority(url, context)),
    publisher: createPublisher(board, providers, untilFound),
    profile: settings.acmeProfile,
    lifetimeMs: settings.acmeLifetimeMs,
    tell,
    changed,
    now: Date.now,
    random: Math.random,
  })
}

function toAuthority(directoryUrl: string, { settings, accountKey, version }: ObtainerContext): Authority {
  const { acmeEmail, acmeEab, acmeCa, acmeTestDirectory, acmeAcceptTerms } = settings
  return new Authority({
    directoryUrl,
    testDirectoryUrl: acmeTestDirectory ?? TEST_DIRECTORIES[directoryUrl] ?? null,
    accountKey,
    version,
    trustFile: acmeCa,
    account: {
      contact: acmeEmail === null ? [] : [acmeEmail],
      // Who names a CA, or an address for it, has read what it wants.
      termsAccepted: acmeAcceptTerms || acmeEmail !== null || directoryUrl !== LETS_ENCRYPT,
      binding: acmeEab ? { keyId: acmeEab.keyId, macKey: acmeEab.hmac } : undefined,
    },
  })
}
