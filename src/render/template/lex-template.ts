// A template's text as tokens: the text between actions, and the words inside them.

export type TokenKind =
  | 'text'
  | 'open'
  | 'close'
  | 'space'
  | 'assign'
  | 'declare'
  | 'pipe'
  | 'comma'
  | 'left'
  | 'right'
  | 'dot'
  | 'field'
  | 'variable'
  | 'word'
  | 'keyword'
  | 'number'
  | 'rune'
  | 'string'
  | 'raw'
  | 'end'
  | 'fault'

/** A piece of a template; of a `fault`, `text` is the sentence to show. */
export type Token = { readonly kind: TokenKind; readonly text: string; readonly position: number }

const KEYWORDS = new Set([
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'nil',
  'range',
  'template',
  'with',
])

/** The tokens, the last of which is `end`, or a `fault`. */
export function lexTemplate(source: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at >= 0) at = lexText(source, at, tokens)
  return tokens
}

/** Reads text and the action after it; answers where it ended, or -1 at the end or a fault. */
function lexText(source: string, start: number, tokens: Token[]): number {
  const open = source.indexOf('{{', start)
  const end = open < 0 ? source.length : open
  const trims = open >= 0 && /^-[ \t\r\n]/.test(source.slice(open + 2, open + 4))
  const raw = source.slice(start, end)
  const text = trims ? raw.replace(/(?<![ \t\r\n])[ \t\r\n]+$/, '') : raw
  if (text !== '') tokens.push({ kind: 'text', text, position: start })
  if (open < 0) {
    tokens.push({ kind: 'end', text: '', position: end })
    return -1
  }
  const inside = open + (trims ? 4 : 2)
  if (source.startsWith('/*', inside)) return lexComment(source, open, inside, tokens)
  tokens.push({ kind: 'open', text: '{{', position: open })
  return lexAction(source, open, inside, tokens)
}

function lexComment(source: string, open: number, start: number, tokens: Token[]): number {
  const end = source.indexOf('*/', start + 2)
  if (end < 0) return fault(tokens, open, 'this comment does not end; close it with */}}')
  const closed = closingAt(source, end + 2)
  if (closed) return closed.next
  return fault(tokens, open, 'a comment fills its whole action; write {{/* text */}}, with nothing between */ and }}')
}

/** What ends an action here, and where the text goes on after it. */
function closingAt(source: string, at: number): { readonly next: number } | null {
  if (source.startsWith('}}', at)) return { next: at + 2 }
  if (!/[ \t\r\n]/.test(source.charAt(at)) || !source.startsWith('-}}', at + 1)) return null
  const blanks = /[ \t\r\n]*/y
  blanks.lastIndex = at + 4
  blanks.exec(source)
  return { next: blanks.lastIndex }
}

/** Each kind of word inside an action; a later one is tried only where no earlier one fits. */
const WORDS: readonly (readonly [kind: TokenKind, pattern: RegExp])[] = [
  ['declare', /:=/y],
  ['assign', /=/y],
  ['pipe', /\|/y],
  ['comma', /,/y],
  ['left', /\(/y],
  ['right', /\)/y],
  ['string', /"(?:\\[^\n]|[^"\\\n])*"/y],
  ['raw', /`[^`]*`/y],
  ['rune', /'(?:\\[^\n]|[^'\\\n])*'/y],
  [
    'number',
    /(?=[+-]|\.?\d)[+-]?(?:0[xX][\da-fA-F_.]*(?:[pP][+-]?[\d_]*)?|(?:\.?\d[\d_.]*)?(?:[eE][+-]?[\d_]*)?)[\p{L}\p{Nd}_]*/uy,
  ],
  ['variable', /\$[\p{L}\p{Nd}_]*/uy],
  ['field', /\.[\p{L}\p{Nd}_]+/uy],
  ['dot', /\./y],
  ['word', /[\p{L}\p{Nd}_]+/uy],
]

/** Kinds after which only a space, a separator or the end may follow. */
const ENDED = new Set<TokenKind>(['variable', 'field', 'dot', 'word'])

function lexAction(source: string, open: number, start: number, tokens: Token[]): number {
  let depth = 0
  let at = start
  for (;;) {
    const blanks = blanksAt(source, at)
    if (blanks > 0) tokens.push({ kind: 'space', text: ' ', position: at })
    at += blanks
    const closed = closingAt(source, at)
    if (closed && depth > 0) return fault(tokens, at, 'a parenthesis is not closed; write ) before }}')
    if (closed) {
      tokens.push({ kind: 'close', text: '}}', position: at })
      return closed.next
    }
    if (at >= source.length) return fault(tokens, open, 'this action does not end; close it with }}')
    const token = wordAt(source, at)
    if (token.kind === 'fault') return fault(tokens, at, token.text)
    depth += token.kind === 'left' ? 1 : token.kind === 'right' ? -1 : 0
    if (depth < 0) return fault(tokens, at, 'this ) closes nothing; remove it, or write its (')
    tokens.push(token)
    at += token.text.length
  }
}

/** How many blanks to skip here: not the one that belongs to a trimming end. */
function blanksAt(source: string, at: number): number {
  const blanks = /[ \t\r\n]*/y
  blanks.lastIndex = at
  const length = blanks.exec(source)?.[0].length ?? 0
  return length > 0 && source.startsWith('-}}', at + length) ? length - 1 : length
}

function wordAt(source: string, at: number): Token {
  for (const [kind, pattern] of WORDS) {
    pattern.lastIndex = at
    const text = pattern.exec(source)?.[0]
    if (text === undefined) continue
    const after = source.slice(at + text.length, at + text.length + 2)
    if (ENDED.has(kind) && !/^($|[ \t\r\n.,|:()]|\}\})/.test(after))
      return {
        kind: 'fault',
        text: `${text} is followed by ${showChar(after)}; write a space between them`,
        position: at,
      }
    return { kind: kind === 'word' && KEYWORDS.has(text) ? 'keyword' : kind, text, position: at }
  }
  const char = source.charAt(at)
  if (`"'\``.includes(char))
    return { kind: 'fault', text: `this ${char} is not closed${char === '`' ? '' : ' in its line'}`, position: at }
  return {
    kind: 'fault',
    text: `${showChar(source.slice(at, at + 2))} means nothing inside {{ }}; allowed are fields, $variables, functions, literals, |, :=, = and parentheses`,
    position: at,
  }
}

function showChar(text: string): string {
  return JSON.stringify(String.fromCodePoint(text.codePointAt(0) ?? 0))
}

function fault(tokens: Token[], position: number, text: string): number {
  tokens.push({ kind: 'fault', text, position })
  return -1
}
