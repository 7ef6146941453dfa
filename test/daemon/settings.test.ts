// Where each setting comes from, and what a mistaken one is told.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listSettingFlags, parseSettings, readSettings, type SettingsInput } from '../../src/daemon/settings.ts'
import { temporaryFolder } from '../io/temporary-folder.ts'

const MACHINE = { root: true, home: '/home/jane', hostname: 'lb-1', workingDirectory: '/srv' }

function parse(input: Partial<SettingsInput> & { yaml?: string }) {
  const { yaml, ...rest } = input
  const file = yaml === undefined ? null : { path: '/etc/fairlead.yml', text: yaml }
  return parseSettings({ flags: {}, env: {}, file, machine: MACHINE, ...rest })
}

function settingsOf(input: Parameters<typeof parse>[0]) {
  const parsed = parse(input)
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  return parsed.settings
}

function effectiveOf(key: string, input: Parameters<typeof parse>[0]) {
  const parsed = parse(input)
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'))
  const found = parsed.effective.find((each) => each.key === key)
  return `${found?.value} (${found?.origin})`
}

function problemsOf(input: Parameters<typeof parse>[0]): readonly string[] {
  const parsed = parse(input)
  return parsed.ok ? [] : parsed.problems
}

test('the defaults', () => {
  expect(settingsOf({})).toEqual({
    stateDir: '/var/lib/fairlead',
    api: { host: '127.0.0.1', port: 8080 },
    sources: [],
    haproxy: null,
    haproxyTemplate: null,
    node: 'lb-1',
    vpcs: [],
    demo: false,
    logFormat: 'auto',
    logLevel: 'info',
    acmeDirectories: ['https://acme-v02.api.letsencrypt.org/directory'],
    acmeTestDirectory: null,
    acmeAcceptTerms: false,
    acmeEmail: null,
    acmeCa: null,
    acmeEab: null,
    acmeProfile: null,
    acmeLifetimeMs: null,
    dns: [],
    dnsPolicy: 'sync',
    dnsOwner: null,
    dnsTtlMs: 60_000,
    publicAddresses: [],
    drainTimeoutMs: 10_000,
    oldWorkers: 10,
    oldWorkerDeadlineMs: 3_600_000,
    reserve: 1000,
    trustedProxies: [],
    metricsServers: 2000,
    statsPort: null,
    pidFile: null,
    statsSocket: null,
  })
})

test('variables of docker-loadbalancer are understood; our own come first', () => {
  const env = { LB_STATS_PORT: '1936', HAPROXY_PID_FILE: '/tmp/haproxy.pid', HAPROXY_SOCK_FILE: '/tmp/haproxy.sock' }
  expect(settingsOf({ env })).toMatchObject({
    statsPort: 1936,
    pidFile: '/tmp/haproxy.pid',
    statsSocket: '/tmp/haproxy.sock',
  })
  expect(effectiveOf('statsPort', { env })).toBe('1936 (environment LB_STATS_PORT)')
  expect(effectiveOf('statsPort', { env: { ...env, FAIRLEAD_STATS_PORT: '81' } })).toBe(
    '81 (environment FAIRLEAD_STATS_PORT)',
  )
  expect(settingsOf({ env: { LB_STATS_PORT: '0' } }).statsPort).toBe(null)
  expect(problemsOf({ env: { LB_STATS_PORT: 'abc' } })).toEqual([
    'LB_STATS_PORT: "abc" is not a whole number from 0 to 65535',
  ])
  expect(problemsOf({ env: { HAPROXY_SOCK_FILE: `/${'x'.repeat(95)}` } })).toEqual([
    expect.stringMatching(/is too long for a socket: at most 95 bytes with its folder$/),
  ])
})

test.each([
  [{}, '/home/jane/.local/state/fairlead'],
  [{ XDG_STATE_HOME: '/state' }, '/state/fairlead'],
  [{ XDG_STATE_HOME: 'relative' }, '/home/jane/.local/state/fairlead'],
])('the state directory of a user who is not root, with %j', (env, stateDir) => {
  expect(settingsOf({ env, machine: { ...MACHINE, root: false } }).stateDir).toBe(stateDir)
})

test('flag before environment before file before default, and each says which', () => {
  const yaml = '# settings\napi: 127.0.0.1:3\n'
  const env = { FAIRLEAD_API: '127.0.0.1:2' }
  const flags = { api: '127.0.0.1:1' }
  expect(effectiveOf('api', { yaml, env, flags })).toBe('127.0.0.1:1 (flag)')
  expect(effectiveOf('api', { yaml, env })).toBe('127.0.0.1:2 (environment FAIRLEAD_API)')
  expect(effectiveOf('api', { yaml })).toBe('127.0.0.1:3 (file /etc/fairlead.yml:2)')
  expect(effectiveOf('api', { yaml: '', env: { FAIRLEAD_API: '' } })).toBe('127.0.0.1:8080 (default)')
})

test('the same settings as flags, variables and a file', () => {
  const flags = {
    stateDir: 'state',
    source: ['file=lb.yml', 'file=/b.yml'],
    vpc: ['prod', 'test'],
    demo: true,
    oldWorkers: '3',
    oldWorkerDeadline: '90s',
  }
  const env = {
    FAIRLEAD_STATE_DIR: 'state',
    FAIRLEAD_SOURCE: 'file=lb.yml, file=/b.yml',
    FAIRLEAD_VPC: 'prod,test',
    FAIRLEAD_DEMO: '1',
    FAIRLEAD_OLD_WORKERS: '3',
    FAIRLEAD_OLD_WORKER_DEADLINE: '90s',
  }
  const yaml =
    'state-dir: state\nsource:\n  - file=lb.yml\n  - file=/b.yml\nvpc: [prod, test]\ndemo: yes\noldWorkers: 3\noldWorkerDeadline: 90s\n'
  const expected = settingsOf({ flags })
  expect(expected).toMatchObject({
    stateDir: '/srv/state',
    sources: [
      { kind: 'file', argument: '/srv/lb.yml' },
      { kind: 'file', argument: '/b.yml' },
    ],
    vpcs: ['prod', 'test'],
    demo: true,
    oldWorkers: 3,
    oldWorkerDeadlineMs: 90_000,
  })
  expect(settingsOf({ env })).toEqual(expected)
  expect(settingsOf({ yaml })).toEqual(expected)
})

test.each([
  ['127.0.0.1:9', { host: '127.0.0.1', port: 9 }],
  ['[::1]:9', { host: '::1', port: 9 }],
  [':9', { host: '0.0.0.0', port: 9 }],
  ['9', { host: '127.0.0.1', port: 9 }],
  ['localhost:0', { host: 'localhost', port: 0 }],
  ['http://10.0.0.1:9/', { host: '10.0.0.1', port: 9 }],
  ['none', null],
])('the API address %s', (api, address) => {
  expect(settingsOf({ flags: { api } }).api).toEqual(address)
})

test.each([
  [
    { api: '127.0.0.1:99999' },
    '--api: "127.0.0.1:99999" is not an address to listen on; write host:port or [v6]:port, for example 127.0.0.1:8080, or none',
  ],
  [{ api: '::1:8080' }, /^--api: "::1:8080" is not an address/],
  [{ api: 'a b:1' }, /is not an address/],
  [
    { source: ['nginx=x'] },
    '--source: "nginx=x" is not a source; use file=PATH, docker[=ADDRESS], kontena[=etcd://HOST:PORT?lb=NAME], kontena-yml=PATH',
  ],
  [{ source: ['file='] }, '--source: "file=" lacks its argument; write file=PATH'],
  [
    { source: ['kontena=http://ann:secret@a:1'] },
    '--source: "http://***@a:1" is not the address of an etcd; write etcd://HOST:PORT?lb=NAME, for example etcd://10.0.0.5:2379?lb=lb; etcd3:// for the v3 API',
  ],
  [{ vpc: ['Prod'] }, /^--vpc: "Prod" is not a name/],
  [{ node: 'a/b' }, /^--node: "a\/b" is not a node's name/],
  [{ logFormat: 'xml' }, '--log-format: "xml" is not one of auto, text, json'],
  [{ logLevel: 'loud' }, '--log-level: "loud" is not one of trace, debug, info, warn, error'],
  [{ demo: 'maybe' }, '--demo: "maybe" is neither yes nor no; use true or false'],
  [{ drainTimeout: '10' }, /^--drain-timeout: "10" is not a duration/],
  [{ trustedProxies: ['10.0.0.0/33'] }, /^--trusted-proxies: "10\.0\.0\.0\/33" is not a network/],
  [{ oldWorkers: '0' }, '--old-workers: "0" is not a whole number from 1 to 1000'],
  [{ oldWorkers: '1e2' }, /^--old-workers: "1e2" is not a whole number/],
  [{ acmeDirectory: 'http://x' }, /^--acme-directory: "http:\/\/x" is not the URL of an ACME directory/],
  [{ acmeEmail: 'jane' }, /^--acme-email: "jane" is not an e-mail address/],
  [{ stateDir: 'a\nb' }, '--state-dir: "a\\nb" is not a path'],
])('%j is refused in one sentence', (flags, message) => {
  expect(problemsOf({ flags })).toEqual([typeof message === 'string' ? message : expect.stringMatching(message)])
})

test('every mistake of a file is told at once, with its line', () => {
  const yaml = 'statedir: /x\ncolour: red\nlogLevel: loud\napi: [a, b]\nnode:\nvpc: {a: b}\ndemo: true\ndemo-: 1\n'
  expect(problemsOf({ yaml })).toEqual([
    '/etc/fairlead.yml:1: statedir is no setting; did you mean stateDir?',
    expect.stringMatching(/^\/etc\/fairlead.yml:2: colour is no setting; the settings are stateDir, api, source,/),
    '/etc/fairlead.yml:4: api takes one value',
    '/etc/fairlead.yml:5: node takes one value',
    '/etc/fairlead.yml:6: vpc takes a text or a list of texts',
    '/etc/fairlead.yml:8: demo- is no setting; did you mean demo?',
    expect.stringMatching(/^\/etc\/fairlead.yml:3: logLevel: "loud" is not one of/),
  ])
})

test.each([
  ['api: [1\n', /^\/etc\/fairlead.yml:\d:\d: /],
  ['- a\n', '/etc/fairlead.yml:1: settings are written as keys with values, for example "api: 127.0.0.1:8080"'],
  ['stateDir: a\nstate-dir: b\n', '/etc/fairlead.yml:2: stateDir is given a second time'],
])('a file that is no settings file: %j', (yaml, message) => {
  expect(problemsOf({ yaml })[0]).toEqual(typeof message === 'string' ? message : expect.stringMatching(message))
})

test('an unknown flag is refused; variables of others that begin like ours are none of our business', () => {
  expect(problemsOf({ flags: { statDir: 'x' } })).toEqual(['--stat-dir is no setting; did you mean --state-dir?'])
  expect(problemsOf({ env: { FAIRLEAD_PORT: 'tcp://10.0.0.1:80', FAIRLEAD_PROGRAM: 'agentmetal' } })).toEqual([])
})

test('the ACME account key is used and never shown, not even when it is refused', () => {
  const env = { FAIRLEAD_ACME_EAB: 'key-1:c2VjcmV0' }
  expect(settingsOf({ env }).acmeEab).toEqual({ keyId: 'key-1', hmac: 'c2VjcmV0' })
  expect(effectiveOf('acmeEab', { env })).toBe('(set) (environment FAIRLEAD_ACME_EAB)')
  expect(problemsOf({ flags: { acmeEab: 'c2VjcmV0' } })).toEqual([expect.not.stringContaining('c2VjcmV0')])
})

test('a password in the address of an etcd is not shown', () => {
  const flags = { source: ['kontena=etcd://ann:secret@10.0.0.5:2379?lb=lb'] }
  expect(settingsOf({ flags }).sources[0]?.argument).toContain('ann:secret@')
  expect(effectiveOf('source', { flags })).toBe('kontena=etcd://***@10.0.0.5:2379?lb=lb (flag)')
})

test('the file is named by a flag or a variable, and one that is not there is a mistake', async () => {
  const path = join(temporaryFolder(), 'fairlead.yml')
  writeFileSync(path, 'node: from-file\n')
  for (const [flags, env] of [
    [{ config: path }, {}],
    [{}, { FAIRLEAD_CONFIG: path }],
  ] as const) {
    expect(await readSettings(flags, env)).toMatchObject({ ok: true, settings: { node: 'from-file' } })
  }
  expect(await readSettings({ config: `${path}.no` }, {})).toEqual({
    ok: false,
    problems: [expect.stringMatching(/^the settings file .*\.no cannot be read: there is no such file$/)],
  })
})

test('every setting is a flag and a variable with help', () => {
  const flags = listSettingFlags()
  expect(flags).toHaveLength(32)
  expect(flags[0]).toEqual({
    flag: '--state-dir <DIR>',
    variable: 'FAIRLEAD_STATE_DIR',
    help: 'where everything the daemon writes lies',
    list: false,
  })
})
