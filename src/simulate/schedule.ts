// What happens later, the earliest first; what happens at the same moment in the order it was put down (a binary heap).

type Entry<T> = { readonly atMs: number; readonly order: number; readonly value: T }

/** Events of simulated time. */
export class Schedule<T> {
  readonly #heap: Entry<T>[] = []
  #added = 0

  add(atMs: number, value: T): void {
    const heap = this.#heap
    let at = heap.push({ atMs, order: this.#added++, value }) - 1
    while (at > 0 && this.#isBefore(at, (at - 1) >> 1)) at = this.#swap(at, (at - 1) >> 1)
  }

  /** Takes the earliest event out if it is due by then. */
  takeDue(nowMs: number): { readonly atMs: number; readonly value: T } | undefined {
    const heap = this.#heap
    const first = heap[0]
    if (!first || first.atMs > nowMs) return undefined
    const last = heap.pop()
    if (last && heap.length > 0) {
      heap[0] = last
      this.#sink()
    }
    return first
  }

  #sink(): void {
    let at = 0
    for (;;) {
      const [left, right] = [2 * at + 1, 2 * at + 2]
      const smaller = this.#isBefore(right, left) ? right : left
      if (!this.#isBefore(smaller, at)) return
      at = this.#swap(at, smaller)
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]]
    if (!one || !other) return false
    return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order)
  }

  #swap(from: number, to: number): number {
    const [one, other] = [this.#heap[from], this.#heap[to]]
    if (one && other) [this.#heap[from], this.#heap[to]] = [other, one]
    return to
  }
}
