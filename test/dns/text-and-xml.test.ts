// Texts as zone files quote them, and the XML of Route 53: whatever goes in comes out.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { elementsAt, escapeXml, parseXml, textAt } from '../../src/dns/route53/xml.ts'
import { quoteText, unquoteText } from '../../src/dns/text-value.ts'

test('any text comes back from its quotes, however long', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 600 }), (text) => {
      const quoted = quoteText(text)
      expect(quoted).toMatch(/^"[\x20-\x7e]*"$/)
      expect(unquoteText(quoted)).toBe(text)
    }),
  )
})

test.each([
  ['"a" "b"', 'ab'],
  ['"say \\"hi\\" \\\\o/"', 'say "hi" \\o/'],
  ['"caf\\195\\169"', 'café'],
  ['plain, "quoted" within', 'plain, "quoted" within'],
  ['""', ''],
])('%s is %s', (written, text) => {
  expect(unquoteText(written)).toBe(text)
})

test('Route 53 has octal escapes', () => {
  expect(unquoteText('"caf\\303\\251"', 8)).toBe('café')
})

test('any text comes back from XML', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(parseXml(`<a><b>${escapeXml(text)}</b></a>`)?.children[0]?.text).toBe(text)
    }),
  )
})

test('elements, attributes, empty ones, comments and entities', () => {
  const root = parseXml(
    '<?xml version="1.0"?>\n<a x="1">\n <b/><!-- no --><b> &lt;&#65;&#x42;&amp; </b><c><b>2</b></c></a>',
  )
  expect(root?.name).toBe('a')
  expect(elementsAt(root, 'b').map(({ text }) => text.trim())).toEqual(['', '<AB&'])
  expect(textAt(root, 'c/b')).toBe('2')
  expect(textAt(root, 'c/d')).toBeUndefined()
})

test('what is no XML is nothing, and no text makes it throw', () => {
  for (const text of ['', 'hello', '<a>', '<a></b>', '</a>', '<a><b></a></b>']) expect(parseXml(text)).toBeNull()
  expect(parseXml('<a>'.repeat(1000))).toBeNull()
  fc.assert(fc.property(fc.string(), (text) => void parseXml(`<a>${text}</a>`)))
})
