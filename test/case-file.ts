// The text form of a case: a title and a story, what was before, what is given, and what is expected of it.

/** One section; the body ends without a line break. */
export type Section = { readonly name: string; readonly body: string }

/** A case as its file tells it. `head` is the title and the story. */
export type CaseFile = { readonly head: string; readonly sections: readonly Section[] }

/** Sections a person writes; every other one is an expectation and is made by UPDATE=1. */
export const WRITTEN = ['before', 'given']

const HEADING = /^== (\S+)$/

/** Reads a case. Each section starts with a line `== name`. */
export function parseCase(text: string): CaseFile {
  const head: string[] = []
  const sections: { name: string; lines: string[] }[] = []
  for (const line of text.trimEnd().split('\n')) {
    const name = HEADING.exec(line)?.[1]
    if (name === undefined) (sections.at(-1)?.lines ?? head).push(line)
    else sections.push({ name, lines: [] })
  }
  return { head: head.join('\n').trim(), sections: sections.map(({ name, lines }) => ({ name, body: trim(lines) })) }
}

/** Writes what `parseCase` reads. */
export function formatCase({ head, sections }: CaseFile): string {
  return [head, ...sections.map(({ name, body }) => `== ${name}${body === '' ? '' : `\n${body}`}`)]
    .join('\n\n')
    .concat('\n')
}

/** The body of a section; empty where there is none. */
export function bodyOf({ sections }: CaseFile, name: string): string {
  return sections.find((section) => section.name === name)?.body ?? ''
}

function trim(lines: readonly string[]): string {
  return lines.join('\n').replace(/^\n+|\s+$/g, '')
}
