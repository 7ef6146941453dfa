// What of a request's path becomes names below the root, and what never gets that far.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatFolderLocation, readTarget } from '../../src/static-files/read-target.ts'

test.each([
  ['/', []],
  ['/a/b.txt', ['a', 'b.txt']],
  ['/a/b.txt?c=/../d', ['a', 'b.txt']],
  ['//a///b', ['a', 'b']],
  ['http://host:80/a', ['a']],
  ['http://host', []],
  ['/%61%20%C3%A4', ['a ä']],
  // Decoded once: what is left is a name like any other.
  ['/%252e%252e/x', ['%2e%2e', 'x']],
  ['/%252f', ['%2f']],
  ['/a..b/...c', ['a..b', '...c'], true],
  ['/.git/config', ['.git', 'config'], true],
  ['/.well-known/security.txt', ['.well-known', 'security.txt']],
])('%s is %j', (target, names, dotfiles = false) => {
  expect(readTarget(target, dotfiles)).toEqual({
    ok: true,
    names,
    isFolder: /\/(?:\?.*)?$/.test(target) || names.length === 0,
  })
})

test.each([
  ['/../etc/passwd', 404],
  ['/a/../../b', 404],
  ['/%2e%2e/etc', 404],
  ['/%2E./etc', 404],
  ['/..', 404],
  ['/.', 404],
  ['/a/./b', 404],
  ['/.git/config', 404],
  ['/a/.well-known/x', 404],
  ['/%2egit/config', 404],
  [`/${'a'.repeat(256)}`, 404],
  [`/${'a/'.repeat(3000)}`, 404],
  ['/..%2fetc', 400],
  ['/..%5cetc', 400],
  ['/..\\etc', 400],
  ['/a%00.txt', 400],
  ['/a#b', 400],
  ['/a%', 400],
  ['/a%zz', 400],
  ['/%ff%fe', 400],
  ['*', 400],
  ['a', 400],
])('%s is refused with %i', (target, status) => {
  expect(readTarget(target, false)).toEqual({ ok: false, status })
})

test('whatever is asked for, no name leads up, through a slash, or to a dotfile', () => {
  const piece = fc.constantFrom(
    '/',
    '.',
    '..',
    '%2e',
    '%2f',
    '%5c',
    '\\',
    '%25',
    '2f',
    '2e',
    'a',
    '%00',
    '?',
    ':',
    'http://',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const asked = readTarget(`/${pieces.join('')}`, false)
      for (const name of asked.ok ? asked.names : []) expect(name).toMatch(/^[^./\\\0][^/\\\0]*$/)
    }),
  )
})

test.each([
  ['/docs', '/docs?x=1', '/docs/?x=1'],
  ['/docs/sub', '/sub', '/docs/sub/'],
  ['//evil.example/a', '//evil.example/a', '/evil.example/a/'],
  ['http://host/a', 'http://host/a', '/a/'],
])('the folder %s, asked for as %s, is at %s', (publicPath, target, location) => {
  expect(formatFolderLocation(publicPath, target)).toBe(location)
})
