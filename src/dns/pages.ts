// Lists that come in pages.

/** No name of anybody has so many records; who answers more pages than that does not end at all. */
const MOST_PAGES = 500

/** One page, and what to ask for next; null: nothing. */
export type Page<T, Next> = { readonly items: readonly T[]; readonly next: Next | null }

/** Everything of a list, page after page. */
export async function readPages<T, Next>(first: Next, readPage: (at: Next) => Promise<Page<T, Next>>): Promise<T[]> {
  const items: T[] = []
  let at: Next | null = first
  for (let count = 0; at !== null && count < MOST_PAGES; count++) {
    const page: Page<T, Next> = await readPage(at)
    items.push(...page.items)
    at = page.next
  }
  return items
}
