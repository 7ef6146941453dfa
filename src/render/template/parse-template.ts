// A template's text as a tree, by the grammar of Go's text/template.
import { toBytes } from './bytes.ts'
import { type Settled, type Steps, settle, stopAt } from './fault.ts'
import { lexTemplate, type Token } from './lex-template.ts'
import { parseString } from './literals.ts'
import { parsePipe } from './parse-pipe.ts'
import { TokenReader, unexpected } from './token-reader.ts'
import type { Block, Template, TemplateNode } from './tree.ts'

/** The longest template, in UTF-16 units. */
export const MAX_SOURCE = 1024 * 1024

type Nodes = readonly TemplateNode[]

/** What a list of nodes ended at: the word in that action, or null at the end of the text. */
type Listed = { readonly nodes: Nodes; readonly end: 'end' | 'else' | null; readonly at: Token }

/** Everything that one source defines while it is read. */
type Reading = { readonly reader: TokenReader; readonly defined: Map<string, Nodes> }

/** The tree of a template, or the first fault in it. */
export function parseTemplate(source: string): Settled<Template> {
  if (source.length <= MAX_SOURCE) return settle(parseRoot(lexTemplate(source)))
  const message = `the template has ${source.length} characters; at most ${MAX_SOURCE} are allowed`
  return { ok: false, fault: { position: 0, message } }
}

function* parseRoot(tokens: readonly Token[]): Steps<Template> {
  const reading = { reader: new TokenReader(tokens), defined: new Map<string, Nodes>() }
  const root: TemplateNode[] = []
  for (;;) {
    const { nodes, end, at } = yield* parseNodes(reading, true)
    root.push(...nodes)
    if (end === null) return { root, defined: reading.defined }
    return yield* stopAt(at.position, `{{${end}}} belongs to no block here; remove it, or write its if, range or with`)
  }
}

/** Reads nodes up to an `end` or `else`, which are taken, or to the end of the text. */
function* parseNodes(reading: Reading, isRoot = false): Steps<Listed> {
  const { reader } = reading
  const nodes: TemplateNode[] = []
  for (;;) {
    const token = reader.next()
    const { position } = token
    if (token.kind === 'end') return { nodes, end: null, at: token }
    if (token.kind === 'text') nodes.push({ kind: 'text', text: toBytes(token.text), position })
    else if (token.kind !== 'open') return yield* unexpected(token, 'text or an action')
    else if (reader.foresees('keyword') && reader.peekWord().text !== 'nil') {
      const keyword = reader.next()
      const { text } = keyword
      if (text === 'end' || text === 'else') {
        if (text === 'end') yield* reader.expect('close', '}}')
        return { nodes, end: text, at: keyword }
      }
      if (text === 'define') yield* parseDefinition(reading, keyword, isRoot)
      else nodes.push(yield* parseControl(reading, keyword))
    } else nodes.push({ kind: 'action', pipe: yield* parsePipe(reader, 'close'), position })
  }
}

function* parseControl(reading: Reading, keyword: Token): Steps<TemplateNode> {
  const { reader } = reading
  const { text, position } = keyword
  if (text === 'if' || text === 'with' || text === 'range')
    return { kind: text, position, ...(yield* reader.inside(position, () => parseBlock(reading, text, keyword))) }
  if (text === 'template') {
    const name = yield* parseName(reader)
    const isAlone = reader.peekWord().kind === 'close'
    if (isAlone) reader.next()
    return { kind: 'template', name, pipe: isAlone ? null : yield* parsePipe(reader, 'close'), position }
  }
  if (text === 'block') {
    const name = yield* parseName(reader)
    const pipe = yield* parsePipe(reader, 'close')
    yield* parseBody(reading, keyword, name)
    return { kind: 'template', name, pipe, position }
  }
  if (text !== 'break' && text !== 'continue') return yield* unexpected(keyword, 'an action')
  yield* reader.expect('close', '}}')
  if (reader.ranges > 0) return { kind: 'leave', how: text, position }
  return yield* stopAt(position, `{{${text}}} stands outside a range; it is allowed only inside one`)
}

function* parseBlock(reading: Reading, kind: 'if' | 'with' | 'range', keyword: Token): Steps<Block> {
  const { reader } = reading
  const visible = reader.variables.length
  const pipe = yield* parsePipe(reader, 'close', kind === 'range')
  reader.ranges += kind === 'range' ? 1 : 0
  const { nodes, end } = yield* parseNodes(reading)
  reader.ranges -= kind === 'range' ? 1 : 0
  const otherwise = end === 'else' ? yield* parseElse(reading, kind, keyword) : []
  if (end === null) yield* stopUnclosed(keyword)
  reader.variables.length = visible
  return { pipe, body: nodes, otherwise }
}

/** Reads what follows `else`, through the block's end. */
function* parseElse(reading: Reading, kind: 'if' | 'with' | 'range', keyword: Token): Steps<Nodes> {
  const { reader } = reading
  const word = reader.peekWord()
  if (word.kind === 'keyword' && word.text === kind && kind !== 'range')
    return [yield* parseControl(reading, reader.next())]
  if (word.kind !== 'close') return yield* unexpected(word, kind === 'range' ? '}}' : `}} or ${kind}`)
  reader.next()
  const { nodes, end, at } = yield* parseNodes(reading)
  if (end === null) yield* stopUnclosed(keyword)
  if (end === 'else') return yield* stopAt(at.position, `a second {{else}} in one block; expected {{end}}`)
  return nodes
}

function* stopUnclosed({ text, position }: Token): Steps<never> {
  return yield* stopAt(position, `this {{${text}}} is never closed; write its {{end}}`)
}

function* parseDefinition(reading: Reading, keyword: Token, isRoot: boolean): Steps<void> {
  if (!isRoot) return yield* stopAt(keyword.position, 'a define stands inside another block; move it out of all blocks')
  const name = yield* parseName(reading.reader)
  yield* reading.reader.expect('close', '}}')
  yield* parseBody(reading, keyword, name)
}

function* parseName(reader: TokenReader): Steps<string> {
  const token = reader.nextWord()
  if (token.kind !== 'string' && token.kind !== 'raw') return yield* unexpected(token, "a template's name in quotes")
  const name = parseString(token.text)
  return name.ok ? name.value : yield* stopAt(token.position, name.message)
}

/** Reads what a name stands for, with variables of its own. */
function* parseBody({ reader, defined }: Reading, keyword: Token, name: string): Steps<void> {
  const around = { variables: reader.variables, ranges: reader.ranges }
  reader.variables = ['$']
  reader.ranges = 0
  const { nodes, end, at } = yield* reader.inside(keyword.position, () => parseNodes({ reader, defined }))
  if (end === null) yield* stopUnclosed(keyword)
  if (end === 'else') return yield* stopAt(at.position, `{{else}} stands in a ${keyword.text}; expected {{end}}`)
  reader.variables = around.variables
  reader.ranges = around.ranges
  const known = defined.get(name)
  if (known && !isEmpty(known) && !isEmpty(nodes))
    return yield* stopAt(keyword.position, `${JSON.stringify(name)} is defined twice; give one of them another name`)
  if (!known || isEmpty(known)) defined.set(name, nodes)
}

/** Whether nothing but blanks would come of it. */
function isEmpty(nodes: Nodes): boolean {
  return nodes.every((node) => node.kind === 'text' && node.text.trim() === '')
}
