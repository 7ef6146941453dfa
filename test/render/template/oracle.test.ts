// What Go's own text/template made of several hundred templates (oracle/results.json) is what ours makes of them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DATA } from './oracle-data.ts'
import { renderValue } from './render-value.ts'

type Result = {
  readonly data: string
  readonly template: string
  readonly output?: string
  readonly stage?: 'parse' | 'run'
  readonly line?: number
}

const RESULTS: readonly Result[] = JSON.parse(readFileSync(join(import.meta.dirname, 'oracle/results.json'), 'utf8'))

/** Go refuses them only when they are reached; ours when the template is read. */
const REFUSED_EARLIER = ['{{9223372036854775808}}', '{{0x8000000000000000}}']

/** What ours made of it, in the words of the oracle: an output, or where it stopped. */
function renderOurs({ data, template }: Result) {
  const rendered = renderValue(template, DATA[data] ?? null)
  return rendered.ok ? { output: rendered.text } : { stage: rendered.stage, line: rendered.line }
}

test('the oracle has enough to say', () => {
  expect(RESULTS.length).toBeGreaterThan(600)
  expect(RESULTS.filter(({ output }) => output === undefined).length).toBeGreaterThan(150)
})

test.each(
  RESULTS.map((result) => [`${result.data}: ${JSON.stringify(result.template).slice(0, 120)}`, result] as const),
)('%s', (_name, result) => {
  const ours = renderOurs(result)
  if (result.output !== undefined) expect(ours).toEqual({ output: result.output })
  else
    expect(ours).toEqual({
      stage: REFUSED_EARLIER.includes(result.template) ? 'parse' : result.stage,
      line: result.line,
    })
})
