// The paper a person reads: how wide it is, and whether it takes colour.
import { stripVTControlCharacters, styleText } from 'node:util'

/** `columns` is null where output goes to a file or a program: nothing is shortened there. */
export type Display = { readonly columns: number | null; readonly colour: boolean }

export type Style = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold'

/** A text in a style, where the paper takes colour. */
export function paint(display: Display, style: Style | undefined, text: string): string {
  return display.colour && style && text !== '' ? styleText(style, text, { validateStream: false }) : text
}

/** A text of others on one line: no control character of theirs moves the cursor or makes a line of its own. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}+/gu, ' ')
}
