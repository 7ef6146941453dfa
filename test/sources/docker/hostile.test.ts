// Whatever a label says: it is refused or it is a value, and no line of the configuration is ever its own.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { merge } from '../../../src/merge/merge.ts'
import type { Fragment } from '../../../src/model/fragment.ts'
import { renderHaproxy } from '../../../src/render/haproxy/render-haproxy.ts'
import type { Container } from '../../../src/sources/docker/container.ts'
import { LABEL_KEYS } from '../../../src/sources/docker/label-keys.ts'
import { SHORT_FORMS } from '../../../src/sources/docker/short-forms.ts'
import { toWord } from '../../../src/sources/docker/to-word.ts'
import { noise } from '../../arbitrary/texts.ts'
import { checkFiles } from '../../haproxy/check-files.ts'
import { readOwnSettings, SETTINGS } from '../../render/settings.ts'
import { container, findAddress } from './containers.ts'

const MARK = 'mallory'

/** Raw lines are the one deliberate door. */
const LABELS = [
  ...['lb.enable', 'lb.publish', 'lb.dst_addr', 'lb.target', 'lb.mode', 'lb.host', 'lb.path'],
  ...SHORT_FORMS.map(({ label }) => label),
  ...LABEL_KEYS.map(({ label }) => label.replace('<name>', 'X-Some')),
].filter((label) => label !== 'lb.custom-settings')

const good = container('good', { 'lb.publish': '8080', 'lb.name': 'good' }, { ip: '172.17.0.9' })

function render(containers: readonly Container[], settings = { ...SETTINGS, reserve: 1 }) {
  const { word } = toWord(containers, findAddress)
  const context = { vpcs: [], addresses: new Map(), kept: new Map(), setAside: new Map() }
  return { word, files: renderHaproxy(merge(word, context).value, settings) }
}

function linesOf(containers: readonly Container[]): string[] {
  return render(containers).files.flatMap(({ content }) => content.split(/\r\n|[\r\n]/))
}

/** A line that says what a text of ours meant to slip in. */
function isTheirs(line: string): boolean {
  return line.trimStart().startsWith(MARK)
}

test.each([
  `80\n  ${MARK} on`,
  `/a\n${MARK} on\n#`,
  `\n${MARK} on`,
  `x\r${MARK} on`,
  `x\r\n\t${MARK} on`,
  `a\0\n${MARK} on`,
  `"\n${MARK} on "`,
  'a # b',
  '"',
  "'",
  '\\',
  'a b  c',
  'x'.repeat(10_000),
  'ünïcode',
  '\u2028',
  '😀',
  '\ud800',
])('%j in each label', { timeout: 60_000 }, (value) => {
  const hostile = LABELS.map((label, index) =>
    container(`evil-${index}`, { 'lb.publish': `${1000 + index}`, [label]: value }, { at: 2, ip: '172.17.0.7' }),
  )
  const { word, files } = render([...hostile, good])
  expect(files.flatMap(({ content }) => content.split(/\r\n|[\r\n]/)).filter(isTheirs)).toEqual([])
  expect(word.find(({ name }) => name === 'good')).toMatchObject({ problems: [] })
})

test('no label, whatever it and its name say, adds a line or harms another service', { timeout: 120_000 }, () => {
  const names = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...LABELS) },
    { weight: 1, arbitrary: noise.map((text) => `lb.headers.response.set.${text}`) },
    { weight: 1, arbitrary: noise.map((text) => `lb.${text}`) },
    { weight: 1, arbitrary: noise.map((text) => `lb.${text}.publish`) },
  )
  const values = fc.oneof(
    noise,
    fc.tuple(noise, fc.constantFrom('\n', '\r\n', '\r', ' '), noise).map(([a, end, b]) => `${a}${end}${MARK} ${b}`),
  )
  const plain = linesOf([good])
  fc.assert(
    fc.property(fc.dictionary(names, values, { maxKeys: 4 }), noise, (labels, image) => {
      const evil = container('evil', { 'lb.publish': '80', ...labels }, { at: 2, image })
      const lines = linesOf([evil, good])
      expect(lines.filter(isTheirs)).toEqual([])
      expect(lines.filter((line) => line.includes('172.17.0.9'))).toEqual(
        plain.filter((line) => line.includes('172.17.0.9')),
      )
    }),
    { numRuns: 400 },
  )
})

test('raw lines are each held to what one line may be', () => {
  const lines = ['option dontlognull', 'server evil 192.0.2.1:80'].join('\n')
  const evil = container('evil', { 'lb.publish': '80', 'lb.custom-settings': lines }, { at: 2 })
  expect(linesOf([evil]).join('\n')).not.toContain('evil 192')
  expect(toWord([evil], findAddress).verdicts[0]?.services[0]?.because).toContain('server is set by Fairlead itself')
})

test('what labels make HAProxy takes, without a warning', { timeout: 60_000 }, async () => {
  const containers = [
    container('web1', { 'lb.publish': '80', 'lb.target': '80', 'lb.health-check': 'http:/h:5s' }),
    container(
      'web2',
      { 'lb.publish': '80', 'lb.weight': '5', 'lb.backup': 'y', 'lb.health-check': 'http:/h:5s' },
      { ip: '172.17.0.3', health: 'starting' },
    ),
    container('api', {
      'lb.publish': '80',
      'lb.host': '*.example.com',
      'lb.path': '/api',
      'lb.rewrite.strip-prefix': 'y',
    }),
    container('v1', { 'lb.publish': '81', 'lb.version': 'v1', 'lb.split-pin': 'cookie', 'lb.sticky': 'cookie' }),
    container(
      'v2',
      { 'lb.publish': '81', 'lb.version': 'v2', 'lb.version-weight': '5', 'lb.sticky': 'cookie' },
      { at: 2, ip: '172.17.0.4' },
    ),
    container('db', {
      'lb.publish': '5432',
      'lb.mode': 'tcp',
      'lb.dst_addr': '127.0.0.1',
      'lb.connections.per-source': '9',
    }),
    container('limited', {
      'lb.publish': '82',
      'lb.rate-limit': '100/60s:tarpit',
      'lb.headers.response.set.X-A': 'a "b" # c',
    }),
    container('gone', { 'lb.publish': '83' }, { state: 'restarting', ip: null }),
    container('moved', { 'lb.publish': '84', 'lb.redirect': 'https://new.example.com', 'lb.redirect.status': '308' }),
  ]
  const { word, files } = render(containers, await readOwnSettings())
  expect(word.filter((one) => 'broken' in one)).toEqual([])
  expect(word.flatMap((one) => (one as Fragment).problems.map(({ message }) => message))).toEqual([
    'container gone takes no traffic: it is restarting',
  ])
  const { isValid, complaints } = await checkFiles(files)
  expect({ isValid, complaints }).toEqual({ isValid: true, complaints: [] })
})
