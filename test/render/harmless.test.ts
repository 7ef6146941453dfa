// No input ever adds a line or a word to the configuration: whatever a text is, it is refused or it is one word.
import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseAlerts } from '../../src/haproxy/alerts.ts'
import { merge } from '../../src/merge/merge.ts'
import type { Fragment } from '../../src/model/fragment.ts'
import { parseTarget } from '../../src/model/target.ts'
import { parseBindAddress } from '../../src/model/text.ts'
import type { RenderedFile } from '../../src/render/files.ts'
import { renderHaproxy } from '../../src/render/haproxy/render-haproxy.ts'
import { convert, type Written } from '../arbitrary/resources.ts'
import { noise, rawLines } from '../arbitrary/texts.ts'
import { checkFiles } from '../haproxy/check-files.ts'
import { readOwnSettings, SETTINGS } from './settings.ts'
import { splitWords } from './words.ts'

const BACKENDS = [{ target: '10.0.0.1:80' }]

/** One place for each profile: what users write shows in its section too. */
const WITH_LITTLE_RESERVE = { ...SETTINGS, reserve: 1 }

/** A place for a user's text: the resource that carries it, and a text of the same kind that can do no harm. */
type Place = {
  readonly what: string
  readonly put: (text: string) => Written
  readonly plain: (text: string) => string
}

function spec(of: Written['spec']): Written {
  return { name: 'web', spec: { backends: BACKENDS, ...of } }
}

/** The same labels and wildcard, every letter an a; an address of the same family. */
function plainHost(text: string): string {
  const bare = text.replace(/^\[|\]$/g, '')
  if (isIP(bare) === 6) return '::1'
  return text.replace(/\.$/, '').replace(/[^.*]/gu, 'a')
}

/** Every address of a family stays one: it gets other words. */
function plainAddress(text: string): string {
  const address = parseBindAddress(text)
  return address.ok && ['0.0.0.0', '::'].includes(address.value) ? address.value : '127.0.0.1'
}

function plainTarget(text: string): string {
  const target = parseTarget(text)
  return target.ok && isIP(target.value.host) !== 0 ? '10.0.0.1:80' : 'web:80'
}

const HASH =
  '$6$rounds=1000$fairleadtestsalt$Avqr9DIgGf1Miii7qGe7lkojW1mGx2pMlq6ZRzC3OeDPj/bnDecv9RM1YaGnvsYoYpk8CVS9uTP7X3j0D7Jbk0'

/** One that takes as many words: some IPv6 networks are written in parts. */
function plainNetwork(text: string): string {
  return text.includes(':') && text.includes('/') ? text : '10.0.0.1'
}

const PLACES: readonly Place[] = [
  {
    what: 'a name',
    put: (name) => ({ name, spec: { backends: BACKENDS, rateLimit: { requests: 1, window: '1s' } } }),
    plain: () => 'a',
  },
  {
    what: 'a pool',
    put: (name) => spec({ pools: { [name]: {} }, routes: [{ match: { path: '/x' }, pool: name }] }),
    plain: () => 'a',
  },
  { what: 'a target', put: (target) => spec({ backends: [{ target }] }), plain: plainTarget },
  {
    what: 'a bind address',
    put: (bind) => spec({ bind }),
    plain: plainAddress,
  },
  { what: 'a host', put: (host) => spec({ routes: [{ match: { host }, backends: BACKENDS }] }), plain: plainHost },
  {
    what: 'a path',
    put: (path) => spec({ routes: [{ match: { host: 'a', path }, backends: BACKENDS }] }),
    plain: (text) => (/^\/+$/.test(text) ? '/' : '/a'),
  },
  { what: "a health check's path", put: (path) => spec({ healthCheck: { type: 'http', path } }), plain: () => '/a' },
  { what: "a health check's host", put: (host) => spec({ healthCheck: { type: 'http', host } }), plain: () => 'a' },
  { what: 'a status', put: (status) => spec({ healthCheck: { type: 'http', status } }), plain: () => '200' },
  {
    what: 'what is sent',
    put: (send) => spec({ healthCheck: { type: 'custom', send, expect: 'a' } }),
    plain: (text) => (text === '' ? '' : 'a'),
  },
  {
    what: 'what is expected',
    put: (expected) => spec({ healthCheck: { type: 'custom', expect: expected } }),
    plain: () => 'a',
  },
  { what: 'a cookie', put: (cookieName) => spec({ sticky: { mode: 'cookie', cookieName } }), plain: () => 'a' },
  {
    what: 'a header',
    put: (header) => spec({ rateLimit: { requests: 1, window: '1s', key: `header:${header}` } }),
    plain: () => 'a',
  },
  { what: 'a network', put: (network) => spec({ access: { deny: [network] } }), plain: plainNetwork },
  {
    what: 'a realm',
    put: (realm) => spec({ auth: { basic: { realm, users: { a: HASH } } } }),
    plain: () => 'a',
  },
  { what: 'a user', put: (user) => spec({ auth: { basic: { users: { [user]: HASH } } } }), plain: () => 'a' },
  { what: 'a hash', put: (hash) => spec({ auth: { basic: { users: { a: hash } } } }), plain: () => HASH },
  { what: 'an issuer', put: (issuer) => spec({ auth: { jwt: { keyFile: '/k', issuer } } }), plain: () => 'a' },
  { what: 'an audience', put: (audience) => spec({ auth: { jwt: { keyFile: '/k', audience } } }), plain: () => 'a' },
  { what: "a token's header", put: (header) => spec({ auth: { jwt: { keyFile: '/k', header } } }), plain: () => 'a' },
  { what: "a token's cookie", put: (cookie) => spec({ auth: { jwt: { keyFile: '/k', cookie } } }), plain: () => 'a' },
  { what: 'a duration', put: (client) => spec({ timeouts: { client, server: client } }), plain: () => '1s' },
]

function render(fragments: readonly Fragment[], settings = WITH_LITTLE_RESERVE): RenderedFile[] {
  return renderHaproxy(
    merge(fragments, { vpcs: [], addresses: new Map(), kept: new Map(), setAside: new Map() }).value,
    settings,
  )
}

/** Every line as its keyword and its number of words: what a text in it must not change. */
function shapeOf(files: readonly RenderedFile[]): unknown[] {
  return files.map(({ path, content }) => {
    const isMap = path.startsWith('maps/')
    return content.split('\n').map((line) => {
      const words = isMap ? line.split(/\s+/) : splitWords(line)
      return words === null ? `refused: ${line}` : `${isMap ? '' : words[0]} ${words.length}`
    })
  })
}

/** Texts of a place that its parser takes, at most so many, and each only once. */
function acceptedTexts(place: Place, count: number): string[] {
  const sample = fc.sample(
    noise.map((text) => (/path/.test(place.what) ? `/${text}` : text)),
    2000,
  )
  return new Set(sample)
    .values()
    .filter((text) => convert(place.put(text)) !== null)
    .take(count)
    .toArray()
}

describe.each(PLACES)('$what', { timeout: 60_000 }, (place) => {
  test('is refused, or stays the word it is', () => {
    const texts = /path/.test(place.what)
      ? fc.oneof(
          noise,
          noise.map((text) => `/${text}`),
        )
      : noise
    fc.assert(
      fc.property(texts, (text) => {
        const fragment = convert(place.put(text))
        if (fragment === null) return
        const plain = convert(place.put(place.plain(text)))
        const files = render([fragment])
        expect(shapeOf(files)).toEqual(shapeOf(render([plain!])))
        for (const { path } of files) expect(path).toMatch(/^(config|maps)\/[A-Za-z0-9._-]+\.(cfg|map)$/)
      }),
      { numRuns: 150 },
    )
  })
})

test('what every parser lets through HAProxy takes, without a warning', { timeout: 120_000 }, async () => {
  const settings = await readOwnSettings()
  const all = PLACES.flatMap((place) => acceptedTexts(place, 15).map((text) => ({ place, text })))
  expect(all.length).toBeGreaterThan(200)
  const fragments = all.map(({ place, text }, index) => {
    const { name, spec: told } = place.put(text)
    return convert(
      { name: place.what === 'a name' ? name : `lb-of-${index}`, spec: { ...told, port: 1000 + index } },
      { source: 'store', id: String(index), since: index, version: 1 },
    )!
  })
  const { isValid, complaints } = await checkFiles(render(fragments, settings))
  expect({ isValid, complaints }).toEqual({ isValid: true, complaints: [] })
})

describe('a raw line', { timeout: 120_000 }, () => {
  const put = (line: string, name = 'web', port = 80) =>
    convert(
      { name, spec: { port, backends: BACKENDS, customSettings: [line] } },
      { source: 'store', id: name, since: port, version: 1 },
    )

  test('is refused, or one more line of its pool under a keyword that is no section and no server', () => {
    const linesOf = (files: readonly RenderedFile[]) => files.map(({ content }) => content.split('\n'))
    const without = render([convert(spec({}))!])
    const own = without.findIndex(({ owner }) => owner === 'web')
    const plain = linesOf(without)
    fc.assert(
      fc.property(fc.oneof(rawLines, noise), (line) => {
        const fragment = put(line)
        if (fragment === null) return
        const files = linesOf(render([fragment]))
        const at = files[own]!.findIndex((text, index) => text !== plain[own]![index])
        expect(files.with(own, files[own]!.toSpliced(at, 1))).toEqual(plain)
        const words = splitWords(files[own]![at]!)
        expect(words?.[0] ?? '').not.toMatch(/^(backend|frontend|listen|defaults|global|server|server-template)$/)
      }),
      { numRuns: 600 },
    )
  })

  test('that HAProxy refuses is blamed on who wrote it, never on a neighbour', async () => {
    const settings = await readOwnSettings()
    const good = convert(
      { name: 'good', spec: { port: 1, backends: BACKENDS } },
      { source: 'store', id: 'good', since: 0, version: 1 },
    )!
    const lines = [...new Set(fc.sample(rawLines, 400))].filter((line) => put(line) !== null)
    const ownFile = (files: readonly RenderedFile[]) => files.find(({ owner }) => owner === 'good')?.content
    for (let batch = 0; batch < 4; batch++) {
      let writers = lines
        .slice(batch * 30, batch * 30 + 30)
        .map((line, index) => put(line, `writer-${index}`, 1000 + index)!)
      for (let pass = 0; ; pass++) {
        expect(pass).toBeLessThan(15)
        const files = render([good, ...writers], settings)
        expect(ownFile(files)).toBe(ownFile(render([good], settings)))
        const { isValid, output } = await checkFiles(files)
        if (isValid) break
        const blamed = new Set(parseAlerts(output).map(({ owner }) => owner))
        expect([...blamed], output).toEqual([...blamed].map(() => expect.stringMatching(/^writer-\d+$/)))
        expect(blamed.size, output).toBeGreaterThan(0)
        writers = writers.filter(({ name }) => !blamed.has(name))
      }
    }
  })
})
