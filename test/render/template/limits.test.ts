// No template and no data make the engine throw, hang or exceed its limits; each limit has its sentence.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_DEPTH, MAX_OUTPUT, MAX_STEPS } from '../../../src/render/template/limits.ts'
import { MAX_SOURCE } from '../../../src/render/template/parse-template.ts'
import { renderTemplate } from '../../../src/render/template/render-template.ts'
import { makeTemplateData } from '../../../src/render/template/template-data.ts'
import type { Value } from '../../../src/render/template/value.ts'
import { DATA } from './oracle-data.ts'
import { renderValue } from './render-value.ts'

test.each([
  ['a range without end', '{{range 9223372036854775807}}{{end}}', `more than ${MAX_STEPS} steps`],
  ['ranges in ranges', `${'{{range 1000}}'.repeat(9)}${'{{end}}'.repeat(9)}`, `more than ${MAX_STEPS} steps`],
  ['much output', '{{range 1000000}}0123456789012345678901234567890123456789{{end}}', `more than ${MAX_OUTPUT} bytes`],
  ['a text that doubles', '{{$x := "ab"}}{{range 100}}{{$x = print $x $x}}{{end}}', 'printf|print: the text is longer'],
  [
    'a text that doubles by number',
    '{{$x := "ab"}}{{range 99}}{{$x = printf "%[1]s%[1]s" $x}}{{end}}',
    'the text is longer',
  ],
  [
    'long comparisons',
    '{{$x := printf "%1000s" ""}}{{range 9}}{{$x = print $x $x}}{{end}}{{range 900000}}{{$y := eq $x $x}}{{end}}',
    'steps',
  ],
  [
    'a template that calls itself',
    '{{define "a"}}{{template "a" .}}{{end}}{{template "a" .}}',
    `more than ${MAX_DEPTH} deep`,
  ],
  [
    'two that call each other',
    '{{define "a"}}{{template "b"}}{{end}}{{define "b"}}{{if true}}{{template "a"}}{{end}}{{end}}{{template "a"}}',
    `more than ${MAX_DEPTH} deep`,
  ],
  ['deep blocks', `${'{{if true}}'.repeat(5000)}${'{{end}}'.repeat(5000)}`, 'more than 100 deep'],
  ['deep parentheses', `{{${'('.repeat(100_000)}1${')'.repeat(100_000)}}}`, 'more than 100 deep'],
  ['many else ifs', `{{if false}}${'{{else if false}}'.repeat(5000)}{{end}}`, 'more than 100 deep'],
  ['a long source', 'x'.repeat(MAX_SOURCE + 1), `at most ${MAX_SOURCE} are allowed`],
  ['a long number', `{{${'9'.repeat(100_000)}}}`, 'at most 400 characters'],
])('%s is stopped', (_name, source, expected) => {
  const rendered = renderValue(source, null)
  expect(rendered.ok ? 'rendered' : rendered.message).toMatch(new RegExp(expected))
})

test('what the limits allow is rendered: deep blocks, deep calls, wide numbers', () => {
  const blocks = `${'{{if true}}'.repeat(100)}x${'{{end}}'.repeat(100)}`
  expect(renderValue(blocks, null)).toEqual({ ok: true, text: 'x' })
  const calls =
    '{{define "a"}}{{if .}}{{template "a" (slice . 1)}}{{else}}x{{end}}{{end}}{{template "a" "12345678901234567890"}}'
  expect(renderValue(calls, null)).toEqual({ ok: true, text: 'x' })
  expect(renderValue('{{printf "%1000d|%99999d|%.2000f" 1 2 1.5}}', null)).toMatchObject({ ok: true })
})

test('thousands of services are far from every limit', () => {
  const servers = Array.from({ length: 10 }, (_, index) => ({ name: `web${index}`, address: '10.0.0.1', port: 80 }))
  const groups = Array.from({ length: 2000 }, (_, index) => ({ address: '', port: index + 1, pem: '', servers }))
  const { data } = makeTemplateData({ groups, statsPort: null, pidFile: '/p', sockFile: '/s' })
  const source =
    '{{range $_, $s := .Services}}frontend f{{$s.Publish.Port}}\n  bind {{if $s.Publish.IP}}{{$s.Publish.IP}}{{else}}*{{end}}:{{$s.Publish.Port}}\n{{range $s.Backends}}  server {{.Name}} {{.IP}}:{{.Port}}\n{{end}}{{end}}'
  const rendered = renderTemplate(source, data)
  expect(rendered.ok && rendered.text.split('\n').length).toBe(2000 * 12 + 1)
})

/** Pieces of templates, right and wrong, so that whole templates come out of their mixtures. */
const PIECES = fc.constantFrom(
  ...[
    '{{',
    '}}',
    '{{- ',
    ' -}}',
    '{{end}}',
    '{{else}}',
    '{{if .}}',
    '{{range .}}',
    '{{range $i, $e := .}}',
    '{{with .}}',
  ],
  ...[
    '{{define "a"}}',
    '{{template "a" .}}',
    '{{block "b" .}}',
    '{{break}}',
    '{{continue}}',
    '{{$x := .}}',
    '{{$x = 1}}',
  ],
  ...[
    '{{.}}',
    '{{.Services}}',
    '{{range .Services}}',
    '{{.Publish.Port}}',
    '{{/*',
    '*/}}',
    '(',
    ')',
    '|',
    '"',
    '`',
    "'",
    '\\',
  ],
  ...[
    'printf',
    '"%v %d %*.[2]f"',
    '"%99[1]x%"',
    '.',
    '..',
    '$',
    '$x',
    ' ',
    '\n',
    ',',
    ':=',
    '=',
    'nil',
    'true',
    '1',
    '-1',
    '1e9',
    '0x',
  ],
  ...[
    'index',
    'slice',
    'len',
    'eq',
    'lt',
    'and',
    'or',
    'not',
    'html',
    'js',
    'call',
    'é',
    '\u0000',
    '😀',
    '\ud800',
    '#',
    'rspdel ^A:',
    'reqrep',
  ],
)
const SOURCE = fc.oneof(
  fc
    .array(fc.oneof(PIECES, fc.string({ maxLength: 5, unit: 'binary' })), { maxLength: 40 })
    .map((parts) => parts.join('')),
  fc.array(PIECES, { maxLength: 12 }).map((parts) => `{{${parts.join(' ')}}}`),
  fc
    .array(
      fc.array(PIECES, { maxLength: 6 }).map((parts) => `{{range .}}{{${parts.join(' ')}}}{{end}}`),
      { maxLength: 6 },
    )
    .map((parts) => parts.join('')),
)

/** Any value, a few levels deep; strings are bytes. */
const { value: VALUE } = fc.letrec<{ value: Value; leaf: Value; list: Value; map: Value; struct: Value }>((tie) => ({
  value: fc.oneof({ maxDepth: 4, withCrossShrink: true }, tie('leaf'), tie('list'), tie('map'), tie('struct')),
  leaf: fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.double(),
    fc.string({ maxLength: 8 }).map((text) => Buffer.from(text).toString('latin1')),
  ),
  list: fc.array(tie('value'), { maxLength: 4 }).map((items): Value => ({ kind: 'list', type: '[]any', items })),
  map: fc
    .array(fc.tuple(fc.string({ maxLength: 4 }), tie('value')), { maxLength: 4 })
    .map((entries): Value => ({ kind: 'map', entries: new Map(entries) })),
  struct: fc
    .array(fc.tuple(fc.constantFrom('Services', 'Publish', 'Port', 'x'), tie('value')), { maxLength: 4 })
    .map((fields): Value => ({ kind: 'struct', type: 'main.T', fields: new Map(fields) })),
}))

test('whatever the template and the data: a text within the limit, or one sentence at a place of the template', () => {
  fc.assert(
    fc.property(SOURCE, fc.oneof(VALUE, fc.constantFrom(...Object.values(DATA))), (source, data) => {
      const rendered = renderValue(source, data)
      if (rendered.ok) expect(rendered.text.length).toBeLessThanOrEqual(MAX_OUTPUT)
      else {
        expect(rendered.message).toMatch(/^\S[^\n]*\S$/)
        expect(rendered.line).toBeLessThanOrEqual(source.split('\n').length)
      }
    }),
    { numRuns: 3000 },
  )
})

test('whatever the template of a configuration: every line of it is traced to a line of the template', () => {
  const { data } = makeTemplateData({
    groups: [{ address: '', port: 80, pem: '', servers: [{ name: 'a', address: '10.0.0.1', port: 1 }] }],
    statsPort: 1,
    pidFile: '/p',
    sockFile: '/s',
  })
  fc.assert(
    fc.property(SOURCE, (source) => {
      const rendered = renderTemplate(source, data)
      const last = source.split('\n').length
      if (rendered.ok) {
        expect(rendered.lines).toHaveLength(rendered.text.split('\n').length)
        expect(rendered.lines.every((line) => line >= 1 && line <= last)).toBe(true)
      } else expect(rendered.error.line >= 1 && rendered.error.line <= last && rendered.error.column >= 1).toBe(true)
    }),
    { numRuns: 2000 },
  )
})
