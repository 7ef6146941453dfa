// req* and rsp* of HAProxy 1.x as http-request and http-response rules.
import { quoteWord, type Word } from './config-line.ts'
import {
  parseDeletedHeaders,
  parseHeaderPattern,
  parseHeaderReplacement,
  parsePathRewrite,
  parseRequestPattern,
} from './header-pattern.ts'
import { type Rewrite, refusedFor, replacedBy } from './rewrite.ts'

const DIRECTIVE = /^(?<side>req|rsp)(?<fold>i?)(?<verb>add|del|rep|allow|deny|tarpit|pass|setbe)$/

/** What one of these directives is about. */
type Rule = {
  readonly directive: string
  readonly side: 'http-request' | 'http-response'
  readonly verb: string
  /** Whether letters of both cases match. */
  readonly folds: boolean
  readonly pattern: string
  readonly replacement: string
  /** ` if …` as written, or empty. */
  readonly condition: string
}

/** The rules that stand for a req* or rsp* directive; null for any other directive. */
export function rewriteHeaderRule(words: readonly Word[]): Rewrite | null {
  const directive = words[0]?.value ?? ''
  const { side, fold, verb } = DIRECTIVE.exec(directive)?.groups ?? {}
  if (side === undefined || verb === undefined) return null
  const count = verb === 'rep' ? 3 : 2
  const rule: Rule = {
    directive,
    side: side === 'req' ? 'http-request' : 'http-response',
    verb,
    folds: fold === 'i',
    pattern: words[1]?.value ?? '',
    replacement: words[2]?.value ?? '',
    condition: words
      .slice(count)
      .map(({ raw }) => ` ${raw}`)
      .join(''),
  }
  if (words.length < count) return refusedFor(directive, 'and it lacks its arguments; remove the line')
  if (words.slice(0, count).some(({ hasVariable }) => hasVariable))
    return refusedFor(directive, `it depends on the environment; write it as ${rule.side}`)
  if (verb === 'add') return rewriteAdd(rule)
  if (verb === 'del') return rewriteDelete(rule)
  if (verb === 'rep') return rewriteReplace(rule)
  if (verb === 'allow' || verb === 'deny' || verb === 'tarpit') return rewriteVerdict(rule)
  if (verb === 'setbe') return refusedFor(directive, 'write: use_backend NAME if { path_beg /PREFIX }')
  return refusedFor(directive, `write the other rules of this section as ${rule.side} rules with conditions`)
}

const GONE = 'HAProxy 2.1 dropped it'

/** A text for a place where HAProxy expands `%[…]`. */
function literal(text: string): string {
  return quoteWord(text.replaceAll('%', '%%'))
}

function rewriteAdd({ directive, side, pattern, condition }: Rule): Rewrite {
  const { name, value } = /^(?<name>[A-Za-z0-9_-]+):[ \t]*(?<value>[^\r\n]+)$/.exec(pattern)?.groups ?? {}
  if (name === undefined || value === undefined) return refusedFor(directive, `write: ${side} add-header NAME VALUE`)
  return replacedBy([`${side} add-header ${name} ${literal(value)}${condition}`], GONE)
}

function rewriteDelete({ directive, side, pattern, condition }: Rule): Rewrite {
  const deleted = parseDeletedHeaders(pattern)
  if (!deleted)
    return refusedFor(directive, `write: ${side} del-header NAME, with a condition where only some values are meant`)
  const names = 'prefix' in deleted ? [`${deleted.prefix} -m beg`] : deleted.names
  return replacedBy(
    names.map((name) => `${side} del-header ${name}${condition}`),
    GONE,
  )
}

function rewriteReplace({ directive, side, folds, pattern, replacement, condition }: Rule): Rewrite {
  const fold = (regex: string) => (folds && /[A-Za-z]/.test(regex.replace(/\\./g, '')) ? `(?i)${regex}` : regex)
  const path = side === 'http-request' ? parsePathRewrite(pattern, replacement) : null
  if (path)
    return replacedBy(
      [`${side} replace-path ${quoteWord(fold(path.pattern))} ${literal(path.replacement)}${condition}`],
      GONE,
    )
  // ^(Name:.*) with \1 and more: the name is part of the group, and stays.
  const grouped = /^\^\(([A-Za-z0-9_-]+):(?: |\\s)?\*?\.\*\)\$?$/.exec(pattern)?.[1]
  if (grouped !== undefined && /^\\1(?!.*\\[02-9])/.test(replacement))
    return replacedBy(
      [`${side} replace-header ${grouped} ${quoteWord('^(.*)')} ${literal(replacement)}${condition}`],
      GONE,
    )
  const header = parseHeaderPattern(pattern)
  const value = header ? parseHeaderReplacement(header.name, replacement) : null
  if (!header || value === null) {
    const other = side === 'http-request' ? `, or ${side} replace-path REGEX PATH for the request line` : ''
    return refusedFor(directive, `write: ${side} replace-header NAME REGEX VALUE${other}`)
  }
  return replacedBy(
    [`${side} replace-header ${header.name} ${quoteWord(fold(header.value))} ${literal(value)}${condition}`],
    GONE,
  )
}

function rewriteVerdict(rule: Rule): Rewrite {
  const { directive, side, verb, folds, condition } = rule
  const match = matchOf(rule)
  // What HAProxy asks together is joined with "and": it cannot be put before an "or" or into an "unless".
  const isJoinable = condition === '' || (condition.startsWith(' if ') && !/ (?:or|\|\|) /.test(condition))
  if (match === null || !isJoinable) {
    const what =
      side === 'http-request'
        ? '{ path_beg /PREFIX } or { req.hdr(NAME) -m reg REGEX }'
        : '{ res.hdr(NAME) -m reg REGEX }'
    return refusedFor(directive, `write: ${side} ${verb} if ${what}`)
  }
  const tests = match.map((test) => `{ ${folds ? test.replace(' -m reg ', ' -m reg -i ') : test} }`).join(' ')
  return replacedBy([`${side} ${verb} if ${tests}${condition.replace(/^ if/, '')}`], GONE)
}

/** The conditions, each for one pair of braces. */
function matchOf({ side, pattern, folds }: Rule): string[] | null {
  const fetch = side === 'http-request' ? 'req.fhdr' : 'res.fhdr'
  const whole = parseDeletedHeaders(pattern)
  if (whole && 'names' in whole && whole.names.length === 1) return [`${fetch}(${whole.names[0]}) -m found`]
  const header = parseHeaderPattern(pattern)
  if (header) return [`${fetch}(${header.name}) -m reg ${quoteWord(header.value)}`]
  const request = side === 'http-request' ? parseRequestPattern(pattern) : null
  if (!request || (folds && request.methods.length > 0)) return null
  const method = request.methods.length > 0 ? [`method ${request.methods.join(' ')}`] : []
  const uri = request.uri === null ? [] : [`pathq -m reg ${quoteWord(request.uri)}`]
  return method.length + uri.length > 0 ? [...method, ...uri] : null
}
