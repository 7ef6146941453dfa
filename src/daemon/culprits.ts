// Who of many makes a whole fail, found by halving: for errors that name nobody.

/** The fewest tries: each culprit alone costs about log2 of the number. `accepts` tells whether these together pass. */
export async function findCulprits(
  names: readonly string[],
  accepts: (names: ReadonlySet<string>) => Promise<boolean>,
): Promise<string[]> {
  const good = new Set<string>()
  const culprits: string[] = []
  const sift = async (some: readonly string[]): Promise<void> => {
    if (some.length === 0) return
    if (await accepts(new Set([...good, ...some]))) {
      for (const name of some) good.add(name)
    } else if (some.length === 1) {
      culprits.push(...some)
    } else {
      const middle = some.length >> 1
      await sift(some.slice(0, middle))
      await sift(some.slice(middle))
    }
  }
  if (await accepts(new Set())) await sift(names)
  return culprits
}
