// What a kontena.yml takes from elsewhere: the environment, other files, the vault, the variables of a stack and Liquid.
import { expect, test } from 'vitest'
import { readStackText } from './read-stack-text.ts'

const LB = 'lb: { image: kontena/lb }\n'

const hostsOf = async (text: string, given: Parameters<typeof readStackText>[1] = {}) => {
  const { service, problems } = await readStackText(text, given)
  return { hosts: service('shop-web')?.options['virtual_hosts'], problems }
}

const unset = (line: number, name: string) =>
  `remark kontena.yml:${line}: web.environment: the variable ${name} is not set and was left empty; set it, or write $$ for a dollar sign`

test.each([
  ['$HOST', 'a.example', []],
  ['www.${HOST}', 'www.a.example', []],
  ['$NONE', '', [unset(5, 'NONE')]],
  ['${NONE}.x', '.x', [unset(5, 'NONE')]],
  ['a$$HOST', 'a$HOST', []],
  ['%{project}.%{grid}', 'shop.prod', []],
])('variables: %s', async (value, hosts, problems) => {
  const text = `${LB}web:\n  links: [lb]\n  environment:\n    - KONTENA_LB_VIRTUAL_HOSTS=${value}`
  const environment = { HOST: 'a.example', KONTENA_GRID: 'prod' }
  expect(await hostsOf(text, { environment })).toEqual({ hosts, problems })
})

test('a value that begins with %{project} need not be quoted, and a variable adds no line of its own', async () => {
  const text = `${LB}web:\n  links: [lb]\n  environment:\n    KONTENA_LB_VIRTUAL_HOSTS: %{project}.example\n    X: $EVIL`
  const { balancers, problems } = await readStackText(text, { environment: { EVIL: 'x\nweb2: { links: [lb] }' } })
  expect(problems).toEqual([])
  expect(balancers?.[0]?.services).toMatchObject([{ options: { virtual_hosts: 'shop.example' } }])
})

test.each([
  ['a list', '[KONTENA_LB_VIRTUAL_HOSTS=a=b]', 'a=b'],
  ['a map', '{ KONTENA_LB_VIRTUAL_HOSTS: a }', 'a'],
  ['a map with nothing', '{ KONTENA_LB_VIRTUAL_HOSTS: }', ''],
  ['a list of maps', '[{ KONTENA_LB_VIRTUAL_HOSTS: a }]', 'a'],
  ['a number', '{ KONTENA_LB_VIRTUAL_HOSTS: 1.0 }', '1.0'],
  ['a switch', '{ KONTENA_LB_VIRTUAL_HOSTS: true }', 'true'],
])('environment as %s', async (_title, environment, hosts) => {
  expect(await hostsOf(`${LB}web: { links: [lb], environment: ${environment} }`)).toEqual({ hosts, problems: [] })
})

test('several lines of one variable stay several', async () => {
  const text = `${LB}web:\n  links: [lb]\n  environment:\n    KONTENA_LB_CUSTOM_SETTINGS: |\n      a\n      b\n`
  expect((await readStackText(text)).service('shop-web')?.options['custom_settings']).toBe('a\nb\n')
})

test('an env_file is read; what the service states itself wins', async () => {
  const text = (more: string) => `${LB}web:\n  links: [lb]\n  env_file: [web.env]\n${more}`
  const files = { 'web.env': '# comment\n\nKONTENA_LB_VIRTUAL_HOSTS=file.example\r\nOTHER=a=b\n' }
  expect((await hostsOf(text(''), { files })).hosts).toBe('file.example')
  expect((await hostsOf(text('  environment: [KONTENA_LB_VIRTUAL_HOSTS=own]'), { files })).hosts).toBe('own')
  expect((await hostsOf(text(''))).problems).toEqual([
    'refused kontena.yml:4: web.env_file: the file web.env is not there or cannot be read',
  ])
})

test('extends: variables and secrets by name, other keys as a whole', async () => {
  const base =
    'base:\n  links: [lb]\n  instances: 4\n  env_file: base.env\n  environment: [KONTENA_LB_VIRTUAL_HOSTS=base, KONTENA_LB_COOKIE=]\n'
  const own = 'environment: [KONTENA_LB_VIRTUAL_HOSTS=own]'
  const options = { virtual_hosts: 'own', cookie: '', balance: 'source' }
  const same = await readStackText(`${LB}${base}web: { extends: base, ${own} }`, {
    files: { 'base.env': 'KONTENA_LB_BALANCE=source' },
  })
  expect(same.service('shop-web')).toMatchObject({ options, whereabouts: { count: 4 } })
  const other = await readStackText(`${LB}web: { extends: { file: common/base.yml, service: base }, ${own} }`, {
    files: { 'common/base.yml': base, 'common/base.env': 'KONTENA_LB_BALANCE=source' },
  })
  expect(other.service('shop-web')).toMatchObject({ options, whereabouts: { count: 4 } })
})

test.each([
  ['base', 'web.extends: there is no service base'],
  ['{ file: base.yml, service: base }', 'web.extends: the file base.yml is not there or cannot be read'],
  ['{ file: there.yml, service: base }', 'web.extends: there is no service base in there.yml'],
  ['{ file: there.yml }', 'web.extends: write the name of a service of this file, or {file, service}'],
  ['web', 'web.extends: goes over more than 10 services: does one extend itself?'],
])('extends %s is refused', async (value, message) => {
  const { balancers, problems } = await readStackText(`${LB}web: { extends: ${value} }`, {
    files: { 'there.yml': 'a: {}' },
  })
  expect([balancers, problems]).toEqual([null, [`refused kontena.yml:2: ${message}`]])
})

test('secrets: variables of the environment, else files; several of one name by newline', async () => {
  const text =
    'lb:\n  image: kontena/lb\n  secrets:\n    - { secret: cert-a, name: SSL_CERTS, type: env }\n  certificates:\n    - { subject: b.example, name: SSL_CERTS, type: env }\n'
  const { balancers, problems } = await readStackText(text, {
    environment: { KONTENA_SECRET_CERT_A: 'A' },
    files: { 'secrets/b.example': 'B\n', 'secrets/cert-a': 'not this' },
  })
  expect(problems).toEqual([])
  expect(balancers?.[0]?.environment).toEqual({ SSL_CERTS: 'A\nB' })
})

test('a service is not served without the password it is to have, and no other secret is asked for', async () => {
  const text = `${LB}web:\n  links: [lb]\n  secrets:\n    - { secret: users, name: KONTENA_LB_BASIC_AUTH_SECRETS }\n    - { secret: db, name: DB_PASSWORD }\n    - { secret: ../../etc/passwd, name: KONTENA_LB_X }`
  const { service } = await readStackText(text, { files: { '../../etc/passwd': 'root' } })
  expect(service('shop-web')?.faults).toEqual([
    '/home/shop/kontena.yml:5: web.secrets: there is no "users" for KONTENA_LB_BASIC_AUTH_SECRETS: set KONTENA_SECRET_USERS, or write the file secrets/users beside the yml',
    expect.stringContaining('there is no "../../etc/passwd" for KONTENA_LB_X'),
  ])
})

const STACK = (variables: string, web: string) =>
  `stack: me/shop\nvariables:\n${variables}\nservices:\n  lb: { image: kontena/lb }\n  web:\n    links: [lb]\n${web}`

test.each([
  ['default', '  host: { type: string, default: a }', 'a', {}],
  ['the environment by its own name', '  host: { type: string, default: a }', 'b', { host: 'b' }],
  ['from env', '  host: { type: string, from: { env: HOST }, default: a }', 'c', { HOST: 'c', host: 'd' }],
  ['from the first of several', '  host:\n    type: string\n    from:\n      env: [NO, HOST]\n', 'c', { HOST: 'c' }],
  ['from vault', '  host: { type: string, from: { vault: web-host } }', 'e', { KONTENA_SECRET_WEB_HOST: 'e' }],
  ['a prompt has its default here', '  host: { type: string, default: a, from: { prompt: Host? } }', 'a', {}],
  ['value', '  host: { type: string, value: f }', 'f', { host: 'b' }],
  ['another variable', '  a: { type: string, value: g }\n  host: { type: string, from: { variable: a } }', 'g', {}],
])('variables of a stack: %s', async (_title, variables, hosts, environment) => {
  for (const written of ['$host', '${host}', '{{ host }}']) {
    const text = STACK(variables, `    environment: ["KONTENA_LB_VIRTUAL_HOSTS=${written}"]`)
    expect(await hostsOf(text, { environment })).toEqual({ hosts, problems: [] })
  }
})

test('Liquid in comments decides what is there, and lines stay those of the file', async () => {
  const variables = '  more: { type: boolean, default: false }\n  count: { type: integer, default: 2 }'
  const web = [
    '    # {% if more %}',
    '    environment: [KONTENA_LB_VIRTUAL_HOSTS=more]',
    '    # {% else %}',
    '    environment:',
    '      # {% for i in (1..count) %}',
    '      X{{ i }}: ""',
    '      # {% endfor %}',
    '      KONTENA_LB_VIRTUAL_HOSTS: few',
    '    # {% endif %}',
    '    instances: many',
  ].join('\n')
  const text = STACK(variables, web)
  expect((await hostsOf(text)).hosts).toBe('few')
  expect((await hostsOf(text, { environment: { more: 'yes' } })).hosts).toBe('more')
  const line = text.split('\n').indexOf('    instances: many') + 1
  expect((await hostsOf(text)).problems).toEqual([
    expect.stringContaining(`kontena.yml:${line}: web.instances: "many"`),
  ])
})

test.each([
  ['a variable nobody knows', '{{ nobody }}', 'undefined variable: nobody'],
  ['an open tag', '# {% if x %}', 'tag {% if x %} not closed'],
  ['a file to include', '{% include "/etc/passwd" %}', 'ENOENT'],
  ['too long a loop', '# {% for i in (1..999999999) %}x{% endfor %}', 'memory alloc limit exceeded'],
])('Liquid with a mistake is refused at its line: %s', async (_title, web, message) => {
  const text = STACK('  x: { type: string, default: a }', web)
  const { balancers, problems } = await readStackText(text)
  expect(balancers).toBeNull()
  expect(problems).toEqual([expect.stringMatching(/^refused kontena\.yml:8: Liquid: /)])
  expect(problems[0]).toContain(message)
})

test('a variable without a value is told, and one of the wrong type refused without its value', async () => {
  const none = await readStackText(STACK('  host: { type: string }', ''))
  expect(none.problems).toEqual([
    'remark kontena.yml:3: variables.host: it has no value and was left empty; set the environment variable host',
  ])
  const wrong = await readStackText(STACK('  host: { type: integer, from: { vault: x } }', ''), {
    environment: { KONTENA_SECRET_X: 'hush' },
  })
  expect(wrong.problems).toEqual(['refused kontena.yml:3: variables.host: what it was given is no integer'])
})
