// Reads nginx's syntax: words that end with `;` or open a block. What they mean is not known here.
import type { Unreadable } from '../remark.ts'

/** One directive: `listen 443 ssl;`, or a block with what stands in it. */
export type Directive = {
  readonly name: string
  readonly words: readonly string[]
  readonly line: number
  /** null: it has no block. */
  readonly block: readonly Directive[] | null
}

type Token = { readonly text: string; readonly line: number; readonly isMark: boolean }

/** The directives of a file, or the line where it cannot be understood. */
export function parseNginx(text: string): Directive[] | Unreadable {
  const tokens = readTokens(text)
  if (!Array.isArray(tokens)) return tokens
  const open: { words: Token[]; directives: Directive[]; line: number }[] = []
  let directives: Directive[] = []
  let words: Token[] = []
  for (const token of tokens) {
    if (!token.isMark) {
      words.push(token)
    } else if (token.text === ';') {
      if (words.length > 0) directives.push(toDirective(words, null))
      words = []
    } else if (token.text === '{') {
      if (words.length === 0) return { line: token.line, message: 'a block has no name; write it before the {' }
      if (open.length >= DEEPEST) return { line: token.line, message: `blocks are nested more than ${DEEPEST} deep` }
      open.push({ words, directives, line: token.line })
      ;[words, directives] = [[], []]
    } else {
      const [first] = words
      const outer = open.pop()
      if (first) return { line: first.line, message: `"${first.text}" does not end; write ; after it` }
      if (!outer) return { line: token.line, message: 'a } closes nothing; take it out' }
      outer.directives.push(toDirective(outer.words, directives))
      directives = outer.directives
    }
  }
  const [first] = words
  const unclosed = open.at(-1)
  if (first) return { line: first.line, message: `"${first.text}" does not end; write ; after it` }
  return unclosed
    ? { line: unclosed.line, message: 'a { is never closed; write } after what belongs to it' }
    : directives
}

/** nginx itself needs five. */
const DEEPEST = 32

function toDirective(words: readonly Token[], block: readonly Directive[] | null): Directive {
  const [name, ...rest] = words
  return { name: name?.text ?? '', words: rest.map(({ text }) => text), line: name?.line ?? 0, block }
}

/** A comment, a mark, a quoted word, or a plain one, in which `${` belongs to a variable. */
const TOKEN =
  /#[^\n]*|[;{}]|"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|(?:\\[\s\S]|\$\{[^}\s]*\}|[^\s;{}"'\\])(?:\\[\s\S]|\$\{[^}\s]*\}|[^\s;{}\\])*/g

function readTokens(text: string): Token[] | Unreadable {
  const tokens: Token[] = []
  let [end, line] = [0, 1]
  for (const found of text.matchAll(TOKEN)) {
    const between = text.slice(end, found.index)
    line += countLines(between)
    if (between.trim() !== '') return { line, message: 'a quote is never closed' }
    const [word] = found
    end = found.index + word.length
    if (!word.startsWith('#')) tokens.push(toToken(word, line))
    line += countLines(word)
  }
  if (text.slice(end).trim() !== '') return { line, message: 'a quote is never closed' }
  return tokens
}

function toToken(word: string, line: number): Token {
  const isQuoted = /^["']/.test(word)
  const text = isQuoted ? word.slice(1, -1).replace(/\\(["'\\])/g, '$1') : word
  return { text, line, isMark: !isQuoted && /^[;{}]$/.test(word) }
}

function countLines(text: string): number {
  return text.split('\n').length - 1
}
