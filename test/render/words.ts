// A configuration line as HAProxy takes it apart: words, quotes, escapes, comments (configuration manual, section 2.2).

/** The words of a line; null where HAProxy would refuse it (an open quote, a lone backslash at the end). */
export function splitWords(line: string): string[] | null {
  const words: string[] = []
  let word: string | null = null
  let quote = ''
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? ''
    if (quote === "'" ? char === "'" : quote === '"' && char === '"') quote = ''
    else if (quote === "'") word = (word ?? '') + char
    else if (char === '\\') {
      const next = line[++at]
      if (next === undefined) return null
      word = (word ?? '') + next
    } else if (quote === '' && (char === '"' || char === "'")) {
      quote = char
      word ??= ''
    } else if (quote === '' && char === '#') break
    else if (quote === '' && /[ \t\n\v\f\r]/.test(char)) {
      if (word !== null) words.push(word)
      word = null
    } else word = (word ?? '') + char
  }
  if (quote !== '') return null
  return word === null ? words : [...words, word]
}
