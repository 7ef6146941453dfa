// What a template may name, in which order, and what is never let into it.
import { expect, test } from 'vitest'
import { makeTemplateData, type TemplateGroup } from '../../../src/render/template/template-data.ts'

const GROUP: TemplateGroup = {
  address: '',
  port: 80,
  pem: '',
  servers: [{ name: 'web1', address: '10.0.0.1', port: 8080 }],
}

function make(groups: readonly TemplateGroup[], statsPort: number | null = null) {
  return makeTemplateData({ groups, statsPort, pidFile: '/run/h.pid', sockFile: '/run/h.sock' })
}

test('services stand by the text "IP Port", backends by name', () => {
  const [web1] = GROUP.servers
  const servers = ['web2', 'web10', 'web1'].map((name) => ({ ...web1!, name }))
  const { data } = make([
    { ...GROUP, servers },
    { ...GROUP, port: 10_000 },
    { ...GROUP, address: '10.0.0.9', port: 1 },
  ])
  expect(data.Services.map(({ Publish }) => `${Publish.IP}:${Publish.Port}`)).toEqual([':10000', ':80', '10.0.0.9:1'])
  expect(data.Services[1]?.Backends.map(({ Name }) => Name)).toEqual(['web1', 'web10', 'web2'])
})

test('statistics are "Y" with their port, or nothing and -1', () => {
  expect(make([], 1936).data).toMatchObject({ Stats: 'Y', StatsPort: 1936 })
  expect(make([]).data).toEqual({
    Services: [],
    Stats: '',
    StatsPort: -1,
    PidFile: '/run/h.pid',
    SockFile: '/run/h.sock',
  })
})

const server = (changes: object) => ({ ...GROUP, servers: [{ ...GROUP.servers[0]!, ...changes }] })

test.each([
  [
    'a line',
    { ...GROUP, address: '127.0.0.1\n http-request deny #' },
    /address "127.0.0.1\\n http-request deny #" cannot be written/,
  ],
  ['a blank', server({ name: 'web 1' }), /server name "web 1" cannot be written/],
  ['a quote', { ...GROUP, pem: '/etc/"a".pem' }, /PEM file/],
  ['a comment', server({ address: '10.0.0.1#' }), /address of "web1"/],
  ['an escape', { ...GROUP, pem: '/etc/a\\ b.pem' }, /PEM file/],
  ['a variable', { ...GROUP, pem: '/etc/$HOME.pem' }, /PEM file/],
  ['no address', server({ address: '' }), /address of "web1" ""/],
  ['no port', server({ port: 0 }), /0 is not a port; use 1 to 65535/],
  ['half a port', { ...GROUP, port: 80.5 }, /80.5 is not a port/],
  [
    'the same server twice',
    { ...GROUP, servers: [...GROUP.servers, ...GROUP.servers] },
    /two servers are called "web1"/,
  ],
])('%s in a group: that group is left out with a sentence, the others stay', (_what, group, expected) => {
  const other = { ...GROUP, port: 81 }
  const { data, refused } = make([group, other])
  expect(data.Services.map(({ Publish }) => Publish.Port)).toEqual([81])
  expect(refused.map(({ message }) => message)).toEqual([expect.stringMatching(expected)])
})

test('one address and port is published once; the first group has it', () => {
  const { data, refused } = make([GROUP, { ...GROUP, pem: '/etc/a.pem' }])
  expect(data.Services.map(({ Publish }) => Publish.Ssl)).toEqual([''])
  expect(refused.map(({ message }) => message)).toEqual(['the service on "*" port 80 is published twice'])
})
