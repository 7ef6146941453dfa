// `$NAME`, `${NAME}`, `%{project}` and `%{grid}` in a text, as Kontena fills them in.

/** What a name stands for; undefined: nothing is known of it. */
export type FindValue = (name: string) => string | undefined

/** Fills a text in: `$$` is a dollar sign; a name that stands for nothing is empty, and told by `tellUnset`. */
export function expandText(text: string, find: FindValue, tellUnset: (name: string) => void): string {
  return text.replace(/\$\$|\$\{(\w+)\}|\$(\w+)/g, (whole, braced?: string, bare?: string) => {
    if (whole === '$$') return '$'
    const name = braced ?? bare ?? ''
    const value = find(name)
    if (value === undefined) tellUnset(name)
    return value ?? ''
  })
}

/** What stands for `%{project}` and `%{grid}`. */
export type Marks = { readonly project: string; readonly grid: string }

/** Fills a whole file in: YAML does not take a value that begins with `%`. */
export function fillMarks(text: string, { project, grid }: Marks): string {
  return text.replaceAll('%{project}', () => project).replaceAll('%{grid}', () => grid)
}
