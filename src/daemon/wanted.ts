// What the fragments of a word need from outside (names, certificates), counted, so that a change costs only its own.
import type { Word } from '../model/fragment.ts'
import { diffWords } from '../model/word-change.ts'

type Needs<T> = readonly (readonly [key: string, need: T])[]

/** Knows what the last word needed; the next is reckoned from there. */
export class Wanted<T> {
  readonly #needsOf: (fragment: Word[number]) => Needs<T>
  /** What was counted for a fragment, which is what it gives back. */
  readonly #counted = new WeakMap<Word[number], Needs<T>>()
  readonly #needs = new Map<string, { readonly need: T; count: number }>()
  #word: Word = []

  constructor(needsOf: (fragment: Word[number]) => Needs<T>) {
    this.#needsOf = needsOf
  }

  /** Everything a word needs, each once. */
  of(word: Word): T[] {
    const { gone, come } = diffWords(this.#word, word)
    this.#word = word
    for (const [key] of gone.flatMap((fragment) => this.#counted.get(fragment) ?? [])) this.#drop(key)
    for (const [key, need] of come.flatMap((fragment) => this.#count(fragment))) {
      const known = this.#needs.get(key) ?? { need, count: 0 }
      known.count++
      this.#needs.set(key, known)
    }
    return [...this.#needs.values()].map(({ need }) => need)
  }

  #count(fragment: Word[number]): Needs<T> {
    const needs = this.#needsOf(fragment)
    this.#counted.set(fragment, needs)
    return needs
  }

  #drop(key: string): void {
    const known = this.#needs.get(key)
    if (known && --known.count <= 0) this.#needs.delete(key)
  }
}
