// A YAML text with load balancers: each one found, each fault at its line and column.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Documents, formatFault, parseDocuments } from '../../src/spec/documents.ts'

function namesOf(documents: Documents): (string | null)[] | 'unreadable' {
  return documents.ok ? documents.items.map(({ name }) => name) : 'unreadable'
}

/** Every fault, as a person sees it. */
function faultsOf(text: string): string[] {
  const documents = parseDocuments(text)
  const faults = documents.ok ? documents.items.flatMap((item) => item.faults) : documents.faults
  return faults.map((fault) => formatFault('lb.yml', fault))
}

describe('load balancers are found', () => {
  test.each([
    ['nothing', '', []],
    ['a comment', '# later\n', []],
    ['empty documents', '---\n---\n# x\n', []],
    ['one document', 'name: a\nspec: {}\n', ['a']],
    ['several documents', 'name: a\nspec: {}\n---\nname: b\nspec: {}\n', ['a', 'b']],
    ['a list', '- name: a\n  spec: {}\n- name: b\n  spec: {}\n', ['a', 'b']],
    ['a list under items', 'kind: List\nitems:\n  - {name: a, spec: {}}\n  - {name: b, spec: {}}\n', ['a', 'b']],
    ['JSON', '{"name": "a", "spec": {"port": 80}}', ['a']],
    ['the other dialect', 'metadata: {name: a}\nspec: {listeners: [{listen_port: 80, protocol: http}]}\n', ['a']],
    ['aliases', 'name: a\nspec:\n  healthCheck: &check {path: /}\n  pools: {p: {healthCheck: *check}}\n', ['a']],
    ['Windows line ends', 'name: a\r\nspec:\r\n  port: 80\r\n', ['a']],
    ['a byte order mark', '\ufeffname: a\nspec: {}\n', ['a']],
  ])('in %s', (_what, text, names) => {
    const documents = parseDocuments(text)
    expect(namesOf(documents)).toEqual(names)
    expect(
      documents.ok && documents.items.every(({ resource, faults }) => resource !== null && faults.length === 0),
    ).toBe(true)
  })

  test('with their number over all documents', () => {
    const documents = parseDocuments('- {name: a, spec: {}}\n- {name: b, spec: {}}\n---\nname: c\nspec: {}\n')
    expect(documents.ok && documents.items.map(({ index }) => index)).toEqual([0, 1, 2])
  })
})

describe('a fault has its place', () => {
  test.each([
    ['name: web\nspec:\n  port: 0\n', ['lb.yml:3:9: spec.port: 0 is too small; use 1 to 65535']],
    ['name: web\nspec:\n  porrt: 80\n', ['lb.yml:3:10: spec.porrt: there is no key "porrt" here; did you mean port?']],
    [
      '# c\n\nname: web\nspec:\n  backends:\n    - target: a:1\n    - target: b:1\n      weight: 300\n',
      ['lb.yml:8:15: spec.backends[1].weight: 300 is too large; use 0 to 256'],
    ],
    [
      '- name: a\n  spec: {}\n- name: b\n  spec: {port: "x"}\n',
      ['lb.yml:4:16: spec.port: "x" is not allowed; use a whole number from 1 to 65535'],
    ],
    [
      'items:\n  - name: a\n    spec:\n      type: htpp\n',
      ['lb.yml:4:13: spec.type: "htpp" is not one of http, tcp; did you mean http?'],
    ],
    ['name: a\nspec: {}\n---\nname: b\nspec: {type: x}\n', ['lb.yml:5:14: spec.type: "x" is not one of http, tcp']],
    ['name: web\r\nspec:\r\n  port: 0\r\n', ['lb.yml:3:9: spec.port: 0 is too small; use 1 to 65535']],
    ['name: web\n', ['lb.yml:1:1: spec: is missing; it is required']],
    ['spec: {}\n', ['lb.yml:1:1: name: is missing; it is required']],
    ['name: web\nspec:\n  sticky: {}\n', ['lb.yml:3:3: spec.sticky.mode: is missing; it is required']],
    ['hello\n', ['lb.yml:1:1: is "hello"; give an object of keys']],
    ['- 5\n- name: a\n  spec: {}\n', ['lb.yml:1:3: is 5; give an object of keys']],
    ['-\n', [expect.stringMatching(/^lb\.yml:1:\d+: is null; give an object of keys$/)]],
    [
      'name: web\nspec:\n  routes:\n    - match: {path: "/a\\nb"}\n      backends: []\n',
      [expect.stringMatching(/^lb\.yml:4:21: spec\.routes\[0\]\.match\.path: "\/a\\nb" is not a path;/)],
    ],
  ])('in %j', (text, faults) => {
    expect(faultsOf(text)).toEqual(faults)
  })

  test.each([
    ['name: web\nspec: {port: 80\n', /^lb\.yml:[23]:\d+: /],
    ['name: web\n\tspec: {}\n', /^lb\.yml:2:1: /],
    ['name: a\nname: b\nspec: {}\n', /^lb\.yml:2:1: Map keys must be unique$/],
    ['name: "web\nspec: {}\n', /^lb\.yml:\d:\d+: /],
    ['name: web\n  spec: {}\n', /^lb\.yml:\d:\d+: /],
    ['name: a\nspec: {}\n---\nname: [b\n', /^lb\.yml:[45]:\d+: /],
    ['a: !!int x: y\n', /^lb\.yml:1:\d+: /],
    ['{"name": "a",}x', /^lb\.yml:1:15: /],
  ])('a text that is not YAML is unreadable as a whole: %j', (text, fault) => {
    expect(parseDocuments(text).ok).toBe(false)
    expect(faultsOf(text)[0]).toMatch(fault)
  })

  test('and one item that is wrong leaves the others whole', () => {
    const documents = parseDocuments('- {name: a, spec: {}}\n- {name: b, spec: {port: 0}}\n- {name: c, spec: {}}\n')
    expect(
      documents.ok && documents.items.map(({ name, resource, faults }) => [name, resource !== null, faults.length]),
    ).toEqual([
      ['a', true, 0],
      ['b', false, 1],
      ['c', true, 0],
    ])
  })
})

test('no text is too strange to be told of in lines of its own', () => {
  const pieces = fc.constantFrom(
    'name: a',
    'spec:',
    '  port: 80',
    '- ',
    '---',
    '{',
    '}',
    '[',
    '"',
    ': ',
    '\n',
    '\t',
    '&x ',
    '#',
    '|',
    '>',
    '!!',
    '%YAML 9.9',
    '? ',
    'items:',
    '\u0000',
    '\ud800',
    'é',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 20 }), (parts, noise) => {
      const text = parts.join('') + noise
      const documents = parseDocuments(text)
      const lines = text.split(/\r\n|\n|\r/).length
      const faults = documents.ok ? documents.items.flatMap((item) => item.faults) : documents.faults
      if (!documents.ok) expect(faults.length).toBeGreaterThan(0)
      for (const { line, column, message } of faults) {
        expect(line).toBeGreaterThanOrEqual(1)
        expect(line).toBeLessThanOrEqual(lines)
        expect(column).toBeGreaterThanOrEqual(1)
        expect(message).not.toMatch(/\n/)
      }
    }),
    { numRuns: 1000 },
  )
})

/** Eleven lists that each hold the one before nine times: 9^11 items when they are written out. */
const BOMB = Array.from(
  { length: 11 },
  (_, level) =>
    `l${level}: &l${level} [${Array.from({ length: 9 }, () => (level === 0 ? 'x' : `*l${level - 1}`)).join(', ')}]`,
)

// These throw out of the YAML library.
test.each([
  ['an alias without an anchor', 'name: *web\nspec: {}\n'],
  ['aliases that grow without bound', `${BOMB.join('\n')}\nname: a\nspec: {}\n`],
  ['an alias to what it stands in', 'name: a\nspec: &spec {pools: {p: *spec}}\n'],
])('%s is a fault like any other', (_what, text) => {
  expect(faultsOf(text)).toEqual([expect.stringMatching(/^lb\.yml:\d+:\d+: /)])
})

test('a list of thousands is read in one go, not once for each', () => {
  const text = Array.from({ length: 3000 }, (_, index) => `- {name: lb-${index}, spec: {port: ${index + 1}}}\n`).join(
    '',
  )
  expect(namesOf(parseDocuments(text))).toHaveLength(3000)
})

test('a wrong item in the other dialect is known by its name too', () => {
  const documents = parseDocuments('metadata: {name: a}\nspec: {port: 0}\n')
  expect(namesOf(documents)).toEqual(['a'])
})
