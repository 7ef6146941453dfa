// Runs the template engine on any of its values, for tests.
import { fromBytes } from '../../../src/render/template/bytes.ts'
import { parseTemplate } from '../../../src/render/template/parse-template.ts'
import { runTemplate } from '../../../src/render/template/run-template.ts'
import type { Value } from '../../../src/render/template/value.ts'

/** The output, or where and why it stopped. */
export function renderValue(source: string, data: Value) {
  const parsed = parseTemplate(source)
  const ran = parsed.ok ? runTemplate(parsed.value, data) : parsed
  if (ran.ok) return { ok: true as const, text: fromBytes(ran.value.map(({ text }) => text).join('')) }
  const { position, message } = ran.fault
  const stage = parsed.ok ? 'run' : 'parse'
  return { ok: false as const, stage, message, line: source.slice(0, position).split('\n').length }
}
