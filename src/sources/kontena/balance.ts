// KONTENA_LB_BALANCE: a word of HAProxy's, and how the resource says it.
import { accepted, type Parsed, quoted, refused } from '../../model/parsed.ts'
import { findNearest } from '../../spec/nearest.ts'
import type { PoolSpec } from '../../spec/schema.ts'
import { parseHashKey } from '../../spec/small-texts.ts'

type Balance = Pick<PoolSpec, 'algorithm' | 'hashKey'>

/** Old documentation says leastcon; weights that never change are what roundrobin does here too. */
const WORDS: Readonly<Record<string, Balance>> = {
  roundrobin: { algorithm: 'roundrobin' },
  'static-rr': { algorithm: 'roundrobin' },
  leastconn: { algorithm: 'leastconn' },
  leastcon: { algorithm: 'leastconn' },
  source: { algorithm: 'source' },
  random: { algorithm: 'random' },
  first: { algorithm: 'first' },
  uri: { algorithm: 'hash', hashKey: 'path' },
}

/** Reads `leastconn`, `source`, `hdr(X-User)`, `url_param user`, … */
export function parseBalance(text: string, mode: 'http' | 'tcp'): Parsed<Balance> {
  const word = text.trim()
  const balance = Object.hasOwn(WORDS, word.toLowerCase()) ? WORDS[word.toLowerCase()] : parseHash(word)
  const isOfHttp = balance?.algorithm === 'hash'
  if (balance && !(isOfHttp && mode === 'tcp')) return accepted(balance)
  const words = 'roundrobin, leastconn, source, random'
  const allowed = mode === 'tcp' ? `${words} or first` : `${words}, first, uri, hdr(NAME) or url_param NAME`
  const near = findNearest(word, Object.keys(WORDS))
  const hint = near && !isOfHttp ? `; did you mean ${near}?` : ''
  return refused(`KONTENA_LB_BALANCE is ${quoted(text)}; use ${allowed}${hint}`)
}

function parseHash(text: string): Balance | undefined {
  const [, header, parameter] = /^(?:hdr\((.+)\)|url_param (\S+))$/.exec(text) ?? []
  const hashKey = header === undefined ? `query:${parameter ?? ''}` : `header:${header}`
  return parseHashKey(hashKey).ok ? { algorithm: 'hash', hashKey } : undefined
}
