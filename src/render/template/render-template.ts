// A user's template and the services as a configuration of HAProxy: the one way into this folder.
import { fromBytes } from './bytes.ts'
import type { Fault } from './fault.ts'
import { parseTemplate } from './parse-template.ts'
import { type Piece, runTemplate } from './run-template.ts'
import { type TemplateData, toValue } from './template-data.ts'
import { type LegacyWarning, translateLegacy } from './translate-legacy.ts'

/** Why there is no configuration: one sentence, and where in the template, counted from 1. */
export type TemplateError = { readonly message: string; readonly line: number; readonly column: number }

export type RenderedTemplate =
  | {
      readonly ok: true
      readonly text: string
      /** Their `line` is one of the template. */
      readonly warnings: readonly LegacyWarning[]
      /** Of each line of the text: which line of the template it came from, counted from 1. */
      readonly lines: readonly number[]
    }
  | { readonly ok: false; readonly error: TemplateError }

/** Renders a template in Go's text/template language and translates what HAProxy no longer takes. Pure, and ends within limits. */
export function renderTemplate(source: string, data: TemplateData): RenderedTemplate {
  const parsed = parseTemplate(source)
  const ran = parsed.ok ? runTemplate(parsed.value, toValue(data)) : parsed
  if (!ran.ok) return { ok: false, error: locate(source, ran.fault) }
  const rendered = fromBytes(ran.value.map(({ text }) => text).join(''))
  // HAProxy takes a file without a last line feed for one that was cut off.
  const whole = rendered.endsWith('\n') ? rendered : `${rendered}\n`
  const origins = findOrigins(source, ran.value)
  const translated = translateLegacy(whole)
  const originOf = (line: number) => origins[line - 1] ?? origins.at(-1) ?? 1
  if (!translated.ok)
    return { ok: false, error: { message: translated.message, line: originOf(translated.line), column: 1 } }
  const warnings = translated.warnings.map((warning) => ({ ...warning, line: originOf(warning.line) }))
  return { ok: true, text: translated.text, warnings: withoutTwins(warnings), lines: translated.lines.map(originOf) }
}

function locate(source: string, { position, message }: Fault): TemplateError {
  const before = source.slice(0, position).split('\n')
  return { message, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

/** Of each line of the output: the template's line that wrote its first word. */
function findOrigins(source: string, pieces: readonly Piece[]): number[] {
  const starts = [...source.matchAll(/\n/g)].map(({ index }) => index)
  const lineAt = (position: number) => countBelow(starts, position) + 1
  const origins: number[] = []
  let isSettled = false
  for (const { text, position, isLiteral } of pieces) {
    const first = lineAt(position)
    for (const [index, part] of text.split('\n').entries()) {
      const isNew = index > 0 || origins.length === 0
      const line = isLiteral ? first + index : first
      if (isNew) origins.push(line)
      else if (!isSettled) origins[origins.length - 1] = line
      isSettled = (isNew ? false : isSettled) || part.trim() !== ''
    }
  }
  return origins
}

/** How many of these ascending numbers are below a limit. */
function countBelow(numbers: readonly number[], limit: number): number {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] ?? 0) < limit) low = middle + 1
    else high = middle
  }
  return low
}

/** A line in a range writes its directive once for each round: one warning tells enough. */
function withoutTwins(warnings: readonly LegacyWarning[]): LegacyWarning[] {
  const seen = new Map(warnings.map((warning) => [JSON.stringify(warning), warning]))
  return [...seen.values()]
}
