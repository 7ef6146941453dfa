// The parts of a parsed template; texts and literals are byte strings, as in Go.

/** The name of a field, without its dot. */
export type FieldName = { readonly name: string; readonly position: number }

/** One word of a command. */
export type Operand = { readonly position: number } & (
  | { readonly kind: 'dot' }
  | { readonly kind: 'nil' }
  /** Integers are bigint, floats are number. */
  | { readonly kind: 'literal'; readonly value: string | boolean | bigint | number; readonly source: string }
  | { readonly kind: 'field'; readonly path: readonly FieldName[] }
  | { readonly kind: 'variable'; readonly name: string; readonly path: readonly FieldName[] }
  | { readonly kind: 'function'; readonly name: string }
  /** Fields of what a function or parentheses answer. */
  | { readonly kind: 'chain'; readonly of: Operand; readonly path: readonly FieldName[] }
  | { readonly kind: 'pipe'; readonly pipe: Pipe }
)

/** The first word is what is evaluated or called, the others are its arguments. */
export type Command = readonly [Operand, ...Operand[]]

/** Commands, each with the value of the one before as its last argument. */
export type Pipe = {
  readonly position: number
  readonly variables: readonly string[]
  /** Whether the variables exist already (`=`) or are made here (`:=`). */
  readonly assigns: boolean
  readonly commands: readonly Command[]
}

/** A block with a body for when there is something, and one for when there is not. */
export type Block = {
  readonly pipe: Pipe
  readonly body: readonly TemplateNode[]
  readonly otherwise: readonly TemplateNode[]
}

export type TemplateNode = { readonly position: number } & (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipe: Pipe }
  | ({ readonly kind: 'if' | 'with' | 'range' } & Block)
  | { readonly kind: 'template'; readonly name: string; readonly pipe: Pipe | null }
  | { readonly kind: 'leave'; readonly how: 'break' | 'continue' }
)

/** A parsed source: its own text, and what it defines by name. */
export type Template = {
  readonly root: readonly TemplateNode[]
  readonly defined: ReadonlyMap<string, readonly TemplateNode[]>
}
