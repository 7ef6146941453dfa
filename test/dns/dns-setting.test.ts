// DNS providers as settings give them.
import { expect, test } from 'vitest'
import { formatDnsSetting, parseDnsSetting } from '../../src/dns/dns-setting.ts'

test('a provider, its zones, its options', () => {
  const text = 'rfc2136:Example.com,b.test?server=ns.example.com&key-file=/etc/tsig.key'
  const parsed = parseDnsSetting(text)
  expect(parsed).toEqual({
    ok: true,
    value: {
      kind: 'rfc2136',
      zones: ['example.com', 'b.test'],
      options: { server: 'ns.example.com', 'key-file': '/etc/tsig.key' },
    },
  })
  expect(parsed.ok && formatDnsSetting(parsed.value)).toBe(text.replace('Example', 'example'))
  for (const good of [
    'cloudflare:example.com?token-file=/run/token',
    'powerdns:example.com?url=http://127.0.0.1:8081&token-file=/run/key&server-id=localhost',
    'route53:example.com?credentials-file=/root/.aws/credentials&region=us-east-1',
    'rfc2136:example.com?server=[2001:db8::53]:5353',
  ])
    expect(parseDnsSetting(good), good).toMatchObject({ ok: true })
})

test.each([
  ['', /names no DNS provider; write rfc2136, cloudflare/],
  ['bind:example.com?server=x', /"bind:example.com\?server=x" names no DNS provider/],
  ['rfc2136:?server=127.0.0.1', /rfc2136 has no zone; write rfc2136:example.com/],
  ['rfc2136:*.example.com?server=127.0.0.1', /"\*\.example\.com" is not a zone/],
  ['rfc2136:exa mple.com?server=127.0.0.1', /is not a zone/],
  ['rfc2136:example.com', /lacks server; write rfc2136:example\.com\?server=…/],
  ['rfc2136:example.com?server=127.0.0.1&secret=abc', /rfc2136 has no option "secret"; it has server, key-file/],
  ['rfc2136:example.com?server=127.0.0.1:x', /is not a DNS server/],
  ['cloudflare:example.com?token=abc', /cloudflare has no option "token"; it has token-file, endpoint/],
])('%s is refused', (text, sentence) => {
  const parsed = parseDnsSetting(text)
  expect(parsed.ok ? 'accepted' : parsed.message).toMatch(sentence)
})
