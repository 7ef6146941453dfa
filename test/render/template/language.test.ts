// What Go's newer versions know and the oracle does not, and the sentences users read where a template is wrong.
import { expect, test } from 'vitest'
import { renderTemplate } from '../../../src/render/template/render-template.ts'
import { makeTemplateData } from '../../../src/render/template/template-data.ts'
import { DATA } from './oracle-data.ts'
import { renderValue } from './render-value.ts'

test.each([
  ['{{range 3}}{{.}}{{end}}', '012'],
  ['{{range $i := 3}}{{$i}},{{end}}', '0,1,2,'],
  ['{{range $i, $j := 2}}{{$i}}{{$j}} {{end}}', '00 11 '],
  ['{{range 0}}a{{else}}none{{end}}{{range -1}}a{{else}}none{{end}}', 'nonenone'],
  ['{{range 5}}{{if eq . 3}}{{break}}{{end}}{{.}}{{end}}', '012'],
  ['{{range len .Services}}x{{end}}', 'xxx'],
  ['{{with ""}}a{{else with .Stats}}{{.}}{{else}}b{{end}}', 'Y'],
  ['{{with ""}}a{{else with ""}}b{{else}}c{{end}}', 'c'],
  ['{{$k := 9}}{{$v := 9}}{{range $k, $v = .Services}}{{end}}{{$k}} {{$v.Publish.Port}}', '2 9000'],
])('%s', (source, expected) => {
  expect(renderValue(source, DATA['site'] ?? null)).toEqual({ ok: true, text: expected })
})

const { data } = makeTemplateData({
  groups: [{ address: '', port: 80, pem: '', servers: [{ name: 'web1', address: '10.0.0.1', port: 8080 }] }],
  statsPort: null,
  pidFile: '/run/h.pid',
  sockFile: '/run/h.sock',
})

test.each([
  ['a\n  {{.Stat}}', 2, 5, '.Stat is no field here; fields are .Services, .Stats, .StatsPort, .PidFile, .SockFile'],
  ['{{range .Services}}{{.Publish.Prot}}{{end}}', 1, 30, '.Prot is no field here; fields are .Port, .IP, .Ssl'],
  ['{{.Services.Publish}}', 1, 12, '.Publish is asked of a list, which has no fields; go over it with range'],
  ['{{if .Stats}}\nx', 1, 3, 'this {{if}} is never closed; write its {{end}}'],
  ['{{range .Services}}{{else}}{{else}}{{end}}', 1, 30, 'a second {{else}} in one block; expected {{end}}'],
  ['x{{end}}', 1, 4, '{{end}} belongs to no block here; remove it, or write its if, range or with'],
  ['{{.Stats', 1, 1, 'this action does not end; close it with }}'],
  [
    '{{$port}}',
    1,
    3,
    'the variable $port is not set here; set it before with {{$port := VALUE}}, in this block or one around it',
  ],
  [
    '{{if eq .StatsPort "-1"}}x{{end}}',
    1,
    6,
    'eq: int -1 and the text "-1" are of two types; compare values of one type: write (print NUMBER) for the number',
  ],
  ['{{index .Services 5}}', 1, 3, 'index: there is no element 5; the last one is 0'],
  ['{{template "top"}}', 1, 3, 'no template "top" is defined; this template defines none'],
  ['{{call .Stats}}', 1, 3, 'call: the data holds no functions to call'],
  ['{{len 1 2}}', 1, 3, 'len takes 1 argument; 2 given'],
  ['{{3i}}', 1, 3, '3i is a complex number; only real ones are known'],
  ['{{break}}', 1, 3, '{{break}} stands outside a range; it is allowed only inside one'],
  [
    '{{.Stats }} {{ .Stats % 2}}',
    1,
    23,
    '"%" means nothing inside {{ }}; allowed are fields, $variables, functions, literals, |, :=, = and parentheses',
  ],
  [
    'frontend f\n{{range .Services}}\n  reqpass ^{{.Publish.Port}}\n{{end}}',
    3,
    1,
    '"reqpass" is no longer known to HAProxy and cannot be translated for sure; write the other rules of this section as http-request rules with conditions',
  ],
])('%s: what is wrong, and where', (source, line, column, message) => {
  expect(renderTemplate(source, data)).toEqual({ ok: false, error: { message, line, column } })
})

test('an unknown function is named, with those that are known', () => {
  const rendered = renderTemplate('{{upper .Stats}}', data)
  expect(rendered).toMatchObject({ ok: false, error: { line: 1, column: 3 } })
  expect(rendered.ok ? '' : rendered.error.message).toMatch(
    /^"upper" is no function; a field is written \.upper; functions are and, call, eq, /,
  )
})

test('lines of the output are traced to the lines that wrote them', () => {
  const source =
    'global\n{{- range .Services}}\nfrontend a\n{{range .Backends}}  # {{.Name}}\n  redispatch\n{{end}}{{end}}\nlast'
  const rendered = renderTemplate(source, data)
  expect(rendered).toMatchObject({
    ok: true,
    text: 'global\nfrontend a\n  # web1\n  option redispatch\n\nlast\n',
    lines: [1, 3, 4, 5, 6, 7, 7],
    warnings: [{ line: 5, directive: 'redispatch', replacement: ['option redispatch'] }],
  })
})

test('names of JavaScript are no fields', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'fields', 'kind'])
    expect(renderTemplate(`{{.${name}}}`, data)).toMatchObject({ ok: false })
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty'])
    expect(renderTemplate(`{{${name} 1}}`, data)).toMatchObject({ ok: false })
})
