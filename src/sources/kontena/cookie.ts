// KONTENA_LB_COOKIE: empty, or a whole `cookie` line of HAProxy's.
import { createHash } from 'node:crypto'
import { accepted, type Parsed, quoted, refused } from '../../model/parsed.ts'
import { parseCookieName } from '../../model/text.ts'
import type { PoolSpec } from '../../spec/schema.ts'

/** The name where none is given. */
const USUAL_NAME = 'KONTENA_SERVERID'

/** HAProxy's words after the name, and a pattern for what follows each (configuration manual, `cookie`). */
const WORDS: Readonly<Record<string, RegExp | null>> = {
  rewrite: null,
  insert: null,
  prefix: null,
  indirect: null,
  nocache: null,
  postonly: null,
  preserve: null,
  httponly: null,
  secure: null,
  dynamic: null,
  domain: /^\.?[A-Za-z0-9.-]{1,253}$/,
  maxidle: /^\d{1,9}(us|ms|s|m|h|d)?$/,
  maxlife: /^\d{1,9}(us|ms|s|m|h|d)?$/,
  attr: /^[A-Za-z]{1,32}(=[A-Za-z0-9/._-]{1,64})?$/,
}

/** What `sticky` does. A cookie without `httponly` is one with it too: nobody but HAProxy reads it. */
const STICKY = new Set(['insert', 'indirect', 'nocache', 'httponly', 'dynamic'])

/** Reads it; `who` tells the service from others. */
export function parseCookie(text: string, who: string): Parsed<Pick<PoolSpec, 'sticky' | 'customSettings'>> {
  const [name = USUAL_NAME, ...words] = text
    .trim()
    .replace(/^cookie(\s+|$)/, '')
    .split(/\s+/)
    .filter((word) => word !== '')
  if (!parseCookieName(name).ok)
    return refused(`KONTENA_LB_COOKIE has the name ${quoted(name)}; use letters, digits, '_', '-' and '.', at most 64`)
  const unknown = findUnknown(words)
  if (unknown !== null)
    return refused(
      `KONTENA_LB_COOKIE has ${quoted(unknown)}, which no cookie line of HAProxy has there; write for example ${USUAL_NAME} insert indirect nocache, or leave it empty`,
    )
  const isPlain = words.every((word) => STICKY.has(word)) && words.includes('insert') && words.includes('indirect')
  if (words.length === 0 || isPlain) return accepted({ sticky: { mode: 'cookie', cookieName: name } })
  const line = ['cookie', name, ...words.filter((word) => word !== 'dynamic'), 'dynamic'].join(' ')
  // Servers come and go in the running HAProxy, which takes no cookie of theirs then: it makes one of their addresses.
  return accepted({ customSettings: [line, `dynamic-cookie-key ${hash(who)}`] })
}

function findUnknown(words: readonly string[]): string | null {
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    if (!Object.hasOwn(WORDS, word)) return word
    const follows = WORDS[word]
    if (!follows) continue
    index++
    if (!follows.test(words[index] ?? '')) return `${word} ${words[index] ?? ''}`.trim()
  }
  return null
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
