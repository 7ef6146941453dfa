// Labels whose one value stands for several keys: `lb.health-check=http:/health:5s`, `lb.rate-limit=100/60s`.
import { accepted, type Parsed, quoted, refused } from '../../model/parsed.ts'
import { parseFilePath, parseName } from '../../model/text.ts'
import { parseHealthCheckText } from '../../spec/health-check-texts.ts'
import { foldSegment } from '../../spec/key-path.ts'
import type { Place } from './label-keys.ts'

/** Keys and values below one place. `null` takes the key out: `lb.sticky=none`. */
export type Setting = { readonly place: Place; readonly path: readonly string[]; readonly value: unknown }

/** One short form: what it reads, and how it is told in documentation. */
export type ShortForm = {
  readonly label: string
  readonly form: string
  readonly about: string
  readonly read: (text: string) => Parsed<readonly Setting[]>
}

/** All of them. */
export const SHORT_FORMS: readonly ShortForm[] = [
  {
    label: 'lb.health-check',
    form: '`http:/path:interval`, `tcp::interval`, … or `none`',
    about: 'As `--health-check` of the command line',
    read: (text) => {
      const check = parseHealthCheckText(text)
      return check.ok ? accepted(below('healthCheck', check.value)) : check
    },
  },
  {
    label: 'lb.sticky',
    form: '`cookie`, `cookie:NAME`, `source` or `none`',
    about: 'What keeps a client on its server; `source` by default',
    read: readSticky,
  },
  {
    label: 'lb.rate-limit',
    form: '`100/60s`, `100/60s:deny` or `100/60s:tarpit`',
    about: 'So many requests of one client in any such time',
    read: readRateLimit,
  },
  {
    label: 'lb.redirect',
    form: 'an address',
    about: 'Answers with another address; such a service needs no target',
    read: (text) => accepted([{ place: 'route', path: ['redirect', 'to'], value: text }]),
  },
  {
    label: 'lb.tls',
    form: 'a PEM file, or the name of a stored certificate',
    about: 'https beside the published port, on 443 or `lb.tls.port`',
    read: readTls,
  },
  {
    label: 'lb.ssl',
    form: 'a PEM file',
    about: 'https alone on the published port',
    read: (text) => {
      const path = parseFilePath(text)
      return path.ok ? accepted(below('tls', { certificateFile: text, port: SAME_PORT })) : path
    },
  },
]

/** Stands for the published port until that is known. */
export const SAME_PORT = 'published'

/** The short form of a label; undefined where it is none. */
export function findShortForm(name: string): ShortForm | undefined {
  return SHORT_FORMS.find(({ label }) => foldSegment(label.slice('lb.'.length)) === foldSegment(name))
}

function below(key: string, values: object): Setting[] {
  return Object.entries(values).map(([name, value]) => ({ place: 'spec', path: [key, name], value }))
}

function readSticky(text: string): Parsed<readonly Setting[]> {
  if (text === 'none') return accepted([{ place: 'spec', path: ['sticky'], value: null }])
  const [, mode, name] = /^(cookie|source)(?::(.+))?$/.exec(text) ?? []
  if (mode === undefined || (mode === 'source' && name !== undefined))
    return refused(`${quoted(text)} is no stickiness; write cookie, cookie:NAME, source or none`)
  return accepted(below('sticky', { mode, ...(name === undefined ? {} : { cookieName: name }) }))
}

function readRateLimit(text: string): Parsed<readonly Setting[]> {
  const [, requests, window, action] = /^(\d{1,9})\/([0-9a-z]+)(?::(deny|tarpit))?$/.exec(text) ?? []
  if (requests === undefined)
    return refused(`${quoted(text)} is no rate limit; write 100/60s, 100/60s:deny or 100/60s:tarpit`)
  return accepted(
    below('rateLimit', { requests: Number(requests), window, ...(action === undefined ? {} : { action }) }),
  )
}

function readTls(text: string): Parsed<readonly Setting[]> {
  if (parseFilePath(text).ok) return accepted(below('tls', { certificateFile: text }))
  if (parseName(text).ok) return accepted(below('tls', { certificate: text }))
  return refused(`${quoted(text)} is no certificate; write a PEM file from the root, or the name of a stored one`)
}
