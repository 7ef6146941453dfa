// The XML of Route 53: elements and text; attributes are passed over, and there is nothing else.

/** One element. */
export type XmlElement = { readonly name: string; readonly text: string; readonly children: readonly XmlElement[] }

type Open = { readonly name: string; text: string; readonly children: XmlElement[] }

const DEEPEST = 30
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** The outermost element; null where it is no such XML. */
export function parseXml(xml: string): XmlElement | null {
  const open: Open[] = [{ name: '', text: '', children: [] }]
  for (const [, closing, name, rest, text] of xml.matchAll(/<(\/?)([A-Za-z][\w.:-]*)([^<>]*)>|([^<]+)|<[^<>]*>/g)) {
    const inner = open.at(-1)!
    if (text !== undefined) inner.text += decode(text)
    else if (name === undefined) continue
    else if (closing !== '/') {
      const element: Open = { name, text: '', children: [] }
      inner.children.push(element)
      if (!rest?.endsWith('/')) open.push(element)
      if (open.length > DEEPEST) return null
    } else if (open.length < 2 || open.pop()!.name !== name) return null
  }
  return open.length === 1 ? (open[0]!.children[0] ?? null) : null
}

/** The elements at a path below one, all of them: `ResourceRecordSets/ResourceRecordSet`. */
export function elementsAt(element: XmlElement | null | undefined, path: string): XmlElement[] {
  return path
    .split('/')
    .reduce<XmlElement[]>(
      (found, name) => found.flatMap(({ children }) => children.filter((child) => child.name === name)),
      element ? [element] : [],
    )
}

/** The text of the first element at a path; undefined where there is none. */
export function textAt(element: XmlElement | null | undefined, path: string): string | undefined {
  return elementsAt(element, path)[0]?.text.trim()
}

/** Text as it stands between tags. */
export function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

function decode(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]+));/gi, (all, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? all
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : all
  })
}
