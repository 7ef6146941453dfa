// Liquid in a stack file: rendered as Kontena does, and every line of what comes out traced to the line it came from.
import { Liquid, LiquidError } from 'liquidjs'

export type Rendered =
  | { readonly ok: true; readonly text: string; readonly lineOf: (line: number) => number }
  | { readonly ok: false; readonly line: number; readonly message: string }

const engine = new Liquid({
  // A stack file is small; what goes beyond these is a mistake in it.
  ...{ parseLimit: 1_000_000, renderLimit: 1000, memoryLimit: 10_000_000 },
  // It can include nothing.
  templates: {},
  strictVariables: true,
  strictFilters: true,
  lenientIf: true,
  ownPropertyOnly: true,
})

/** They stand before each line with its number between them; no person writes these two. */
const [OPEN, CLOSE] = ['\uE000', '\uE001']

/** Renders a text; one without Liquid comes back as it is. */
export function renderLiquid(text: string, values: Readonly<Record<string, unknown>>): Rendered {
  if (!/\{[{%]/.test(text)) return { ok: true, text, lineOf: (line) => line }
  // A mark would keep a tag that trims the space around it from doing so.
  const isMarked = !/\{[{%]-|-[}%]\}/.test(text)
  const rendered = render(isMarked ? withMarks(text) : text, values)
  if (!rendered.ok) return rendered
  const lines = rendered.text.split('\n').map((line) => new RegExp(`${OPEN}(\\d+)${CLOSE}`).exec(line)?.[1])
  const lineOf = (line: number) => Number(lines.slice(0, line).findLast((number) => number !== undefined) ?? line)
  return { ok: true, text: rendered.text.replace(new RegExp(`${OPEN}\\d+${CLOSE}`, 'g'), ''), lineOf }
}

/** Marks every line that does not begin inside a tag. */
function withMarks(text: string): string {
  let line = 1
  const mark = () => `${OPEN}${line}${CLOSE}`
  const pieces = text.split(/(\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\})/)
  const marked = pieces.map((piece, index) =>
    piece.replace(/\n/g, () => {
      line++
      return index % 2 === 0 ? `\n${mark()}` : '\n'
    }),
  )
  return marked.join('')
}

/** The library throws what is wrong with a template. */
function render(text: string, values: object) {
  try {
    return { ok: true, text: String(engine.parseAndRenderSync(text, values)) } as const
  } catch (cause) {
    if (!LiquidError.is(cause)) return { ok: false, line: 1, message: `Liquid: ${String(cause)}` } as const
    const line = cause.token.input.slice(0, cause.token.begin).split('\n').length
    const message = cause.message.split(/, line:|\n/)[0]
    return { ok: false, line, message: `Liquid: ${message}` } as const
  }
}
