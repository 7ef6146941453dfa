// What is told with each request is one word whatever is in it, and is read back as it was.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatStaticFiles, parseFileName, parseFolder, parseStaticFiles } from '../../src/model/static-files.ts'

const files = fc.record({
  root: fc
    .string({ unit: 'binary' })
    .map((text) => `/srv/${text}`)
    .filter((text) => parseFolder(text).ok),
  index: fc.string().filter((text) => parseFileName(text).ok),
  dotfiles: fc.boolean(),
  cacheControl: fc.option(fc.stringMatching(/^[\x21-\x7e]{1,40}$/)),
})

test('any files survive the way, and are a word of harmless characters', () => {
  fc.assert(
    fc.property(files, (some) => {
      const text = formatStaticFiles(some)
      expect(text).toMatch(/^[A-Za-z0-9%+&=*._-]+$/)
      expect(parseStaticFiles(text)).toEqual(some)
    }),
  )
})

test.each(['', 'root=/var/www', 'root=www&index=a', 'root=/&index=a', 'root=/a&index=../b', 'index=a'])(
  '%j is nothing a load balancer says',
  (text) => {
    expect(parseStaticFiles(text)).toBeNull()
  },
)
