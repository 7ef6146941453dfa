// Which versions and ciphers of TLS load balancers ask a port for, by themselves or by the name of a configuration.
import type { TlsVersion } from '../model/config.ts'
import type { ListenerWish } from '../model/fragment.ts'
import { VERSION_OF } from '../model/tls-guideline.ts'

type TlsWish = NonNullable<ListenerWish['tls']>

/** The oldest version a wish states; null where it leaves that to the others. */
export function statedVersion({ tls }: ListenerWish): TlsVersion | null {
  return tls?.minVersion ?? (tls?.settings === undefined ? null : VERSION_OF[tls.settings])
}

/** What of two wishes for one port does not go together: a name stands for a version and its ciphers. */
export function compareSettings(
  wish: ListenerWish,
  theirs: ListenerWish,
  where: string,
): { readonly path: string; readonly message: string } | null {
  const [version, theirVersion] = [statedVersion(wish), statedVersion(theirs)]
  if (version !== null && theirVersion !== null && version !== theirVersion)
    return describe(findWords(wish, 'minVersion'), findWords(theirs, 'minVersion'), where)
  const [ciphers, theirCiphers] = [statedCiphers(wish), statedCiphers(theirs)]
  if (ciphers === null || theirCiphers === null || ciphers === theirCiphers) return null
  return describe(findWords(wish, 'ciphers'), findWords(theirs, 'ciphers'), where)
}

/** Those of the guideline are no list a user could write. */
function statedCiphers({ tls }: ListenerWish): string | null {
  return tls?.ciphers ?? (tls?.settings === undefined ? null : '')
}

/** The key a user wrote, and its value. */
function findWords({ tls }: ListenerWish, key: 'minVersion' | 'ciphers'): readonly [keyof TlsWish, string] {
  const own = tls?.[key]
  return own === undefined || own === null ? ['settings', tls?.settings ?? ''] : [key, own]
}

function describe(
  [key, value]: ReturnType<typeof findWords>,
  [theirKey, theirValue]: ReturnType<typeof findWords>,
  where: string,
) {
  const advice =
    key === theirKey
      ? 'a shared port has one: state the same, or leave it out'
      : `that does not go with ${key} ${value}: leave that out, or use another port`
  return { path: `spec.tls.${key}`, message: `${where} with ${theirKey} ${theirValue}; ${advice}` }
}
