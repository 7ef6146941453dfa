// What HAProxy says of broken files, in the words it really uses, and who is blamed for it.
import { describe, expect, test } from 'vitest'
import { parseAlerts } from '../../src/haproxy/alerts.ts'
import { merge } from '../../src/merge/merge.ts'
import type { Fragment } from '../../src/model/fragment.ts'
import { renderHaproxy } from '../../src/render/haproxy/render-haproxy.ts'
import { parseResource } from '../../src/spec/parse-resource.ts'
import { toFragment } from '../../src/spec/to-fragment.ts'
import { readOwnSettings } from '../render/settings.ts'
import { checkFiles } from './check-files.ts'

const SUMMED_UP = `[NOTICE]   (4711) : haproxy version is 2.6.12-1+deb12u4
[NOTICE]   (4711) : path to executable is /usr/sbin/haproxy
[WARNING]  (4711) : config : parsing [config/50-web.cfg:7] : 'dontlog-normal' ignored because backend 'be_web.main' has no frontend capability.
[ALERT]    (4711) : config : parsing [config/50-web-lb.cfg:11]: unmatched quote at position 29:
  http-request set-header X "unclosed
                            ^
[ALERT]    (4711) : config : parsing [config/50-a.cfg:3] : unknown keyword 'optoin' in 'backend' section; did you mean 'option' maybe ?
[ALERT]    (4711) : config : Proxy 'be_b-2.pool.x': unable to find table 'be_other.main' referenced by track-sc0.
[ALERT]    (4711) : config : parsing [config/20-listeners.cfg:4] : error detected in frontend 'fe_0.0.0.0:80' while parsing rule.
[ALERT]    (4711) : config : Error(s) found in configuration file : config/50-web.cfg
[ALERT]    (4711) : config : Fatal errors found in configuration.
`

test('an output of several alerts is read line by line; warnings, notices and summaries are left out', () => {
  expect(parseAlerts(SUMMED_UP)).toEqual([
    { owner: 'web-lb', file: '50-web-lb.cfg', line: 11, text: 'unmatched quote at position 29:' },
    {
      owner: 'a',
      file: '50-a.cfg',
      line: 3,
      text: "unknown keyword 'optoin' in 'backend' section; did you mean 'option' maybe ?",
    },
    {
      owner: 'b-2',
      file: null,
      line: null,
      text: "Proxy 'be_b-2.pool.x': unable to find table 'be_other.main' referenced by track-sc0.",
    },
    {
      owner: null,
      file: '20-listeners.cfg',
      line: 4,
      text: "error detected in frontend 'fe_0.0.0.0:80' while parsing rule.",
    },
  ])
})

test.each(['', 'Configuration file is valid\n', 'nonsense [ALERT]'])('%j holds no alert', (output) => {
  expect(parseAlerts(output)).toEqual([])
})

test.each([
  [
    "[ALERT]    (1) : config : backend 'be_web.main': unable to find the cache 'zz' referenced by the filter 'cache'.",
    'web',
  ],
  ["[ALERT]    (1) : config : stick-table name 'rl_shop' conflicts with table declared elsewhere.", 'shop'],
  ['[ALERT]    (1) : Cannot fork', null],
  ['[ALERT] (1) : config : [/x/50-a-b.cfg:1] : x', 'a-b'],
])('%s is about %j', (line, owner) => {
  expect(parseAlerts(line)).toEqual([expect.objectContaining({ owner })])
})

function fragment(name: string, port: number, customSettings: string[]): Fragment {
  const parsed = parseResource({ name, spec: { port, customSettings, backends: [{ target: '10.0.0.1:80' }] } })
  const checked = parsed.ok ? toFragment(parsed.value, { source: 'store', id: name, since: port, version: 1 }) : parsed
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems))
  return checked.value
}

describe('the real HAProxy', () => {
  // A line each that HAProxy refuses at another stage: as a word, as a rule, as an expression, at last as a reference.
  test.each([
    ['optoin httplog', /unknown keyword 'optoin'/],
    ['http-request deny if nosuchacl', /no such ACL : 'nosuchacl'/],
    ['http-request set-header X "unclosed', /unmatched quote/],
    ['http-request use-service lua.nosuch', /unknown service name/],
    ['http-request set-var(txn.a) nosuchfetch', /unknown fetch method 'nosuchfetch'/],
    ['timeout server 5x', /unexpected character 'x'/],
    ['errorfile 503 /nosuch', /error opening file '\/nosuch'/],
    [`acl x path${' /a'.repeat(70)}`, /too many words/],
    ['http-request track-sc0 src table be_good.main', /unable to find table 'be_good.main'/],
    ['stick on src table be_good.main', /unable to find stick-table 'be_good.main'/],
    ['http-request cache-use be_good', /unable to find the cache 'be_good'/],
  ])('blames the one who wrote %j, and nobody else', async (line, words) => {
    const word = [
      fragment('good', 81, []),
      fragment('bad-1', 82, [line]),
      fragment('also-good', 83, ['option httplog']),
    ]
    const { value } = merge(word, { vpcs: [], addresses: new Map(), kept: new Map(), setAside: new Map() })
    const { isValid, output } = await checkFiles(renderHaproxy(value, await readOwnSettings()))
    const alerts = parseAlerts(output)
    expect(isValid).toBe(false)
    expect(alerts).not.toEqual([])
    expect(alerts.map(({ owner }) => owner)).toEqual(alerts.map(() => 'bad-1'))
    expect(alerts.map(({ text }) => text).join('\n')).toMatch(words)
  })

  test('names each of two offenders, or at least one', async () => {
    const word = [fragment('bad-1', 82, ['optoin x']), fragment('bad-2', 83, ['timeout server x'])]
    const { value } = merge(word, { vpcs: [], addresses: new Map(), kept: new Map(), setAside: new Map() })
    const { output } = await checkFiles(renderHaproxy(value, await readOwnSettings()))
    expect(new Set(parseAlerts(output).map(({ owner }) => owner))).toEqual(new Set(['bad-1', 'bad-2']))
  })
})
