// Names of resources and pools, made of whatever an imported file calls things.

/** A DNS label of a text: "api_pool" is "api-pool", "*.example.com" is "example-com". */
export function toName(text: string): string {
  const label = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-+|-+$/g, '')
  return label === '' ? 'imported' : label
}

/** Names that are each given once: the second "web" is "web-2". */
export class Names {
  readonly #taken = new Set<string>()

  take(text: string): string {
    const name = toName(text)
    let free = name
    for (let count = 2; this.#taken.has(free); count++) free = `${name}-${count}`
    this.#taken.add(free)
    return free
  }
}
