// What HAProxy dropped since 1.x becomes what it takes now, or a sentence that says what to write.
import { expect, test } from 'vitest'
import { translateLegacy } from '../../../src/render/template/translate-legacy.ts'
import { checkFiles } from '../../haproxy/check-files.ts'

/** A section, one line of it, and the lines that stand for it; null where it stays as it is. */
type Row = readonly [section: string, line: string, expected: readonly string[] | null]

const ROWS: readonly Row[] = [
  ['frontend', 'rspdel ^ETag:.*', ['http-response del-header ETag']],
  ['frontend', 'rspidel ^etag:', ['http-response del-header etag']],
  [
    'frontend',
    'rspidel ^(Server|X-Powered-By):.*$',
    ['http-response del-header Server', 'http-response del-header X-Powered-By'],
  ],
  ['frontend', 'rspidel ^X-Debug-', ['http-response del-header x-debug- -m beg']],
  ['frontend', 'rspdel ^X\\-Debug[^:]*:.*', ['http-response del-header x-debug -m beg']],
  ['frontend', 'rspdel ^ETag:\\ .* if { src 10.0.0.0/8 }', ['http-response del-header ETag if { src 10.0.0.0/8 }']],
  [
    'frontend',
    'reqidel "^X-Forwarded-For:.*"  # not theirs',
    ['http-request del-header X-Forwarded-For  # not theirs'],
  ],
  ['backend', 'reqdel ^Cookie:', ['http-request del-header Cookie']],
  ['frontend', 'reqadd X-Proto:\\ https if { ssl_fc }', ['http-request add-header X-Proto https if { ssl_fc }']],
  ['frontend', 'rspadd X-Load:\\ 100%\\ "full"', ["http-response add-header X-Load '100%% full'"]],
  ['frontend', "rspadd 'X-Who: it is #1'", ["http-response add-header X-Who 'it is #1'"]],
  ['frontend', "rspadd X-Who:\\ it\\'s", ["http-response add-header X-Who 'it'\\''s'"]],
  ['frontend', 'reqirep ^Host:\\ www\\.(.*) Host:\\ \\1', ["http-request replace-header Host '(?i)^www\\.(.*)' '\\1'"]],
  ['frontend', 'reqrep ^Host:.* Host:\\ a.test', ['http-request replace-header Host ^.* a.test']],
  [
    'backend',
    'rsprep ^Location:\\ http://(.*) Location:\\ https://\\1',
    ["http-response replace-header Location ^http://(.*) 'https://\\1'"],
  ],
  [
    'backend',
    'rspirep ^(set-cookie:.*) \\1;\\ Secure',
    ["http-response replace-header set-cookie ^(.*) '\\1; Secure'"],
  ],
  ['backend', 'reqrep ^([^\\ :]*)\\ /old/(.*) \\1\\ /\\2', ["http-request replace-path ^/old/(.*) '/\\1'"]],
  ['backend', 'reqirep ^([^\\ ]*)\\ /Old(.*) \\1\\ /new\\2', ["http-request replace-path (?i)^/Old(.*) '/new\\1'"]],
  ['backend', 'reqrep ^([^\\ ]*\\ /)api[/]?(.*) \\1\\2', ["http-request replace-path ^/api[/]?(.*) '/\\1'"]],
  ['frontend', 'reqideny ^User-Agent:\\ .*curl', ['http-request deny if { req.fhdr(User-Agent) -m reg -i ^.*curl }']],
  ['frontend', 'reqdeny ^X-Bad:', ['http-request deny if { req.fhdr(X-Bad) -m found }']],
  [
    'frontend',
    'reqdeny ^[^:\\ ]*\\ /admin if !{ src 10.0.0.0/8 }',
    ['http-request deny if { pathq -m reg ^/admin } !{ src 10.0.0.0/8 }'],
  ],
  [
    'frontend',
    'reqtarpit ^(POST|PUT)\\ /private',
    ['http-request tarpit if { method POST PUT } { pathq -m reg ^/private }'],
  ],
  ['frontend', 'reqallow ^GET\\ ', ['http-request allow if { method GET }']],
  ['backend', 'rspideny ^Server:\\ evil', ['http-response deny if { res.fhdr(Server) -m reg -i ^evil }']],
  ['frontend', 'block if { src 10.0.0.0/8 }', ['http-request deny if { src 10.0.0.0/8 }']],
  ['frontend', 'monitor-net 10.0.0.0/8', ['http-request return status 200 if { src 10.0.0.0/8 }']],
  ['frontend', 'option forceclose', ['option httpclose']],
  ['frontend', 'no option forceclose', ['no option httpclose']],
  ['frontend', 'option httpclose', null],
  ['frontend', 'option http-tunnel', ['']],
  ['frontend', 'option originalto', null],
  ['backend', 'redispatch', ['option redispatch']],
  ['backend', 'option redispatch', null],
  ['backend', 'contimeout 5000', ['timeout connect 5000']],
  ['frontend', 'clitimeout 50000 # ms', ['timeout client 50000 # ms']],
  ['frontend', 'clitimeout 5000#ms', ['timeout client 5000#ms']],
  ['backend', 'timeout srvtimeout 50s', ['timeout server 50s']],
  ['frontend', 'grace 10', ['']],
  ['frontend', 'bind-process 1', ['']],
  ['frontend', 'bind 127.0.0.1:18888 process 1 maxconn 10', ['bind 127.0.0.1:18888 maxconn 10']],
  [
    'backend',
    'appsession JSESSIONID len 52 timeout 3h',
    [
      'stick-table type string len 52 size 200k expire 3h',
      'stick on req.cook(JSESSIONID)',
      'stick store-response res.cook(JSESSIONID)',
    ],
  ],
  [
    'backend',
    'option httpchk HEAD / HTTP/1.1\\r\\nHost:\\ a.test',
    ['option httpchk HEAD / HTTP/1.1', 'http-check send hdr Host a.test'],
  ],
  ['backend', 'option httpchk GET /', null],
  ['global', 'daemon', ['']],
  ['global', 'nbproc 4', ['']],
  ['global', 'pidfile /run/haproxy.pid', ['']],
  ['global', 'master-worker', ['']],
  ['global', 'debug', ['']],
  ['global', 'tune.chksize 16384', ['']],
  ['global', 'stats bind-process 1', ['']],
  ['global', 'stats socket /tmp/h.sock mode 600 level admin', null],
]

/** A whole configuration with this line in a section of its kind. */
function embed(section: string, line: string): string {
  return `global
${section === 'global' ? `    ${line}\n` : ''}defaults
    mode http
    timeout connect 1s
    timeout client 1s
    timeout server 1s
frontend web
    bind 127.0.0.1:18887
${section === 'frontend' ? `    ${line}\n` : ''}    default_backend pool
backend pool
${section === 'backend' ? `    ${line}\n` : ''}    server one 127.0.0.1:1
`
}

function translate(text: string) {
  const translated = translateLegacy(text)
  if (!translated.ok) throw new Error(translated.message)
  return translated
}

test.each(ROWS)('%s: %s', (section, line, expected) => {
  const { text, warnings, lines } = translate(embed(section, line))
  expect(text).toBe(embed(section, (expected ?? [line]).join('\n    ')).replace(/^ {4}\n/gm, '\n'))
  const at = embed(section, line).split('\n').indexOf(`    ${line}`) + 1
  expect(warnings.map((warning) => warning.line)).toEqual(expected === null ? [] : [at])
  expect(lines.filter((origin) => origin === at)).toHaveLength(expected?.length ?? 1)
})

test('HAProxy takes every one of them, without a warning', async () => {
  const isChecked = ([section]: Row) => section !== 'global'
  for (const [section, line] of [...ROWS.filter(isChecked), ...ROWS.filter((row) => !isChecked(row))]) {
    const { complaints } = await checkFiles([
      { path: 'config/haproxy.cfg', content: translate(embed(section, line)).text },
    ])
    expect(complaints, line).toEqual([])
  }
}, 60_000)

test.each([
  ['frontend', 'rspdel ^Set-Cookie:.*foo', /write: http-response del-header NAME/],
  ['frontend', 'rspdel ETag', /write: http-response del-header NAME/],
  ['frontend', 'rspdel', /lacks its arguments/],
  ['frontend', 'reqadd nothing', /write: http-request add-header NAME VALUE/],
  ['frontend', 'rspadd X-None:', /write: http-response add-header NAME VALUE/],
  ['frontend', 'reqadd "X-A: $HOME"', /depends on the environment; write it as http-request/],
  ['frontend', 'reqrep ^(GET)\\ /a(.*)\\ (.*) POST\\ \\2\\ \\3', /write: .*http-request replace-path REGEX PATH/],
  ['frontend', 'rsprep ^HTTP/1.1\\ 404 HTTP/1.1\\ 200', /write: http-response replace-header NAME REGEX VALUE/],
  ['frontend', 'reqrep ^Host:(.*) X-Host:\\1', /write: http-request replace-header/],
  ['frontend', 'reqrep ^Host:\\ a|^Host:\\ b Host:\\ c', /write: http-request replace-header/],
  ['frontend', 'reqdeny ^X-Bad: if { src 10.0.0.1 } or { src 10.0.0.2 }', /write: http-request deny if/],
  ['frontend', 'reqdeny ^X-Bad: unless { src 10.0.0.1 }', /write: http-request deny if/],
  ['frontend', 'reqisetbe ^Host:\\ a pool', /write: use_backend NAME/],
  ['frontend', 'reqpass ^GET', /as http-request rules with conditions/],
  ['backend', 'appsession A len 5 timeout 3h request-learn', /write into the backend: stick-table/],
  ['backend', 'option httpchk GET / HTTP/1.0\\r\\n\\r\\nbody', /write its headers and body as: http-check send/],
] as const)('%s: %s is refused with what to write instead', (section, line, expected) => {
  const text = embed(section, line)
  const translated = translateLegacy(text)
  expect(translated).toMatchObject({ ok: false, line: text.split('\n').indexOf(`    ${line}`) + 1 })
  expect(translated.ok ? '' : translated.message).toMatch(expected)
})

test('words in comments, quotes and other sections are not directives', () => {
  const text = `global # daemon
  log-tag "daemon"
  description rspdel\\ x # rspdel ^ETag:.*
frontend f
  # rspdel ^ETag:.*
  acl a path "/# rspdel" '#'
  errorfile 503 /daemon
  log-format "%ci \\" rspdel"
`
  expect(translate(text)).toMatchObject({ text, warnings: [] })
})

test('a line with an open quote is left to HAProxy', () => {
  const text = `frontend f\n  rspadd "X-A: b\n  rspdel 'x`
  expect(translate(text)).toMatchObject({ text, warnings: [] })
})

test('an address beside the name of a section gets a line of its own', async () => {
  const given =
    'listen web 127.0.0.1:18889\n  mode http\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\n'
  const { text, lines } = translate(given)
  expect(text.split('\n').slice(0, 3)).toEqual(['listen web', 'bind 127.0.0.1:18889', '  mode http'])
  expect(lines.slice(0, 3)).toEqual([1, 1, 2])
  expect((await checkFiles([{ path: 'config/haproxy.cfg', content: text }])).complaints).toEqual([])
})

test('a second table in a backend is not made', () => {
  const text = 'backend b\n  appsession A len 5 timeout 3h\n  stick-table type ip size 1k\n'
  expect(translateLegacy(text)).toMatchObject({ ok: false, line: 2 })
})
