// What an import says of the lines it read, and what it made of them.
import type { LoadBalancerInput } from '../spec/schema.ts'

/** One word about one line. `left-out`: it has no effect in what was made; `note`: it has, or needs none. */
export type Remark = { readonly line: number; readonly kind: 'left-out' | 'note'; readonly text: string }

/** What came of a file: resources as `apply` takes them, and remarks by line. */
export type Imported = { readonly resources: readonly LoadBalancerInput[]; readonly remarks: readonly Remark[] }

/** A file that could not be read to its end. */
export type Unreadable = { readonly line: number; readonly message: string }

/** Collects remarks; the same one is kept once. */
export class Remarks {
  readonly #all = new Map<string, Remark>()

  note(line: number, text: string): void {
    this.#add({ line, kind: 'note', text })
  }

  leaveOut(line: number, text: string): void {
    this.#add({ line, kind: 'left-out', text })
  }

  #add(remark: Remark): void {
    this.#all.set(`${remark.line} ${remark.kind} ${remark.text}`, remark)
  }

  /** By line. */
  list(): Remark[] {
    return [...this.#all.values()].sort((a, b) => a.line - b.line)
  }
}

/** A line's words as they may stand in a remark. */
export function formatLine(words: readonly string[]): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const text = words.join(' ').replace(/[\x00-\x1f\x7f]+/g, ' ')
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
