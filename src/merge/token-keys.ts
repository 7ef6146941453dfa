// The keys that tokens are checked with go into the fragments that ask for them, before these are merged.
import type { Pool } from '../model/config.ts'
import type { BrokenFragment, Fragment, Word } from '../model/fragment.ts'
import { formatTokenKeySource, type KnownTokenKeys, type TokenKeySource } from '../model/token-key.ts'

/** What is known, by source. */
export type TokenKeys = ReadonlyMap<string, KnownTokenKeys>

/** The sources a fragment asks for. */
export function tokenKeySourcesOf(fragment: Word[number]): [string, TokenKeySource][] {
  if ('broken' in fragment) return []
  return fragment.pools.flatMap(({ guards }) => {
    const source = guards?.auth?.kind === 'jwt' ? guards.auth.source : null
    return source ? [[formatTokenKeySource(source), source] as [string, TokenKeySource]] : []
  })
}

/** The word with its keys in it; whoever asks for keys that cannot be had is broken. The same comes out as the same object. */
export function withTokenKeys(word: Word, known: TokenKeys): Word {
  // Nobody asks for any: everything that is asked for is in it, read or not.
  if (known.size === 0) return word
  return word.map((fragment) => {
    const sources = tokenKeySourcesOf(fragment)
    if (sources.length === 0) return fragment
    const found = sources.map(([key]) => known.get(key))
    const before = FILLED.get(fragment)
    if (before?.found.every((one, index) => one === found[index])) return before.filled
    const filled = fill(fragment as Fragment, known)
    FILLED.set(fragment, { found, filled })
    return filled
  })
}

const FILLED = new WeakMap<
  Word[number],
  { readonly found: readonly (KnownTokenKeys | undefined)[]; readonly filled: Word[number] }
>()

function fill(fragment: Fragment, known: TokenKeys): Fragment | BrokenFragment {
  const { origin, name, problems } = fragment
  const tell = (message: string, fatal: boolean) => ({ code: fatal ? 'invalid' : 'token-keys', message, fatal })
  const troubles = new Set<string>()
  for (const [key] of tokenKeySourcesOf(fragment)) {
    const { keys = [], trouble = 'the keys for tokens have not been read yet' } = known.get(key) ?? {}
    if (keys.length === 0) return { origin, name, broken: [tell(trouble ?? 'there is no key for tokens', true)] }
    if (trouble !== null) troubles.add(trouble)
  }
  const remarks = [...troubles].map((trouble) => tell(`${trouble}; the last good keys are used`, false))
  const pools = fragment.pools.map((pool) => fillPool(pool, known))
  return { ...fragment, pools, problems: [...problems, ...remarks] }
}

function fillPool(pool: Pool, known: TokenKeys): Pool {
  const auth = pool.guards?.auth
  if (auth?.kind !== 'jwt') return pool
  const keys = known.get(formatTokenKeySource(auth.source))?.keys ?? []
  return { ...pool, guards: { ...pool.guards, auth: { ...auth, keys } } }
}
