// How a setting is defined, and the shapes most of them have.
import { formatDuration, parseDuration } from '../model/duration.ts'
import { accepted, type Parsed } from '../model/parsed.ts'
import type { Machine } from './setting-texts.ts'

/** How one setting is given, read and shown. */
export type Definition<T> = {
  /** Its key in a settings file; the flag and the variable follow from it. */
  readonly key: string
  /** The variable docker-loadbalancer has for it; ours comes first. */
  readonly otherVariable?: string
  /** `list`: may be given several times; `switch`: a flag without an argument. */
  readonly shape: 'one' | 'list' | 'switch'
  readonly placeholder: string
  readonly help: string
  readonly parse: (texts: readonly string[], machine: Machine) => Parsed<T>
  readonly format: (value: T) => string
  readonly fallback: (machine: Machine, env: Environment) => T
}

export type Environment = Readonly<Record<string, string | undefined>>

type ParseOne<T> = (text: string, machine: Machine) => Parsed<T>

export function one<T>(key: string, placeholder: string, help: string, parse: ParseOne<T>) {
  return {
    key,
    shape: 'one' as const,
    placeholder,
    help,
    parse: (texts: readonly string[], machine: Machine) => parse(texts[0] ?? '', machine),
    format: (value: T) => String(value),
  }
}

export function optional<T>(key: string, placeholder: string, help: string, parse: ParseOne<T>): Definition<T | null> {
  return { ...one(key, placeholder, help, parse), format: (value) => String(value ?? ''), fallback: () => null }
}

export function duration(key: string, help: string, fallbackMs: number): Definition<number> {
  return { ...one(key, 'DURATION', help, parseDuration), format: formatDuration, fallback: () => fallbackMs }
}

export function list<T>(key: string, placeholder: string, help: string, parse: ParseOne<T>): Definition<readonly T[]> {
  return {
    key,
    shape: 'list',
    placeholder,
    help,
    parse: (texts, machine) => {
      const values: T[] = []
      for (const text of texts) {
        const parsed = parse(text, machine)
        if (!parsed.ok) return parsed
        values.push(parsed.value)
      }
      return accepted(values)
    },
    format: (values) => values.join(', '),
    fallback: () => [],
  }
}
